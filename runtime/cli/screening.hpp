#pragma once

#include "runtime/judge/screen.hpp"
#include "runtime/recordings/binding.hpp"
#include "runtime/recordings/reader.hpp"

#include <functional>
#include <set>

namespace kps::cli {

/// Judges tests of a recording while its hits are read, as far as that can be done without keeping
/// them.
class Screening : public recordings::HitSink {
public:
    /// A test by which a recorded one may be judged.
    struct Candidate {
        const sema::ResolvedSpec* spec = nullptr;
        const sema::Test* test = nullptr;
    };
    /// Those of the name of a recorded test; of an empty one: of a trace that is of no test.
    using Candidates = std::function<std::vector<Candidate>(const std::string& name)>;

    /// What a candidate was judged to be.
    struct Judged {
        std::size_t recorded = 0; ///< index into `Recording::tests`
        const sema::Test* test = nullptr;
        judge::TestResult result;
        hits::Trace rest; ///< without hits
        std::uint64_t hits = 0;
    };

    /// `maps` outlives this.
    Screening(Candidates candidates, const std::vector<recordings::EventMap>& maps)
        : candidates_(std::move(candidates)), maps_(maps) {}

    Fate begin(const recordings::Recording& so_far, const recordings::Observed& test) override;
    bool take(const hits::Trace& hits) override;
    void end(const recordings::Observed& test) override;

    [[nodiscard]] std::vector<Judged> judged() && { return std::move(judged_); }
    /// Whether hits of some test have to be looked at that were not kept.
    [[nodiscard]] bool has_unjudged() const { return unjudged_ > 0; }
    /// The recording's tests that there are candidates for, by their index.
    [[nodiscard]] const std::set<std::size_t>& wanted() const { return wanted_; }

private:
    struct Run { // of one candidate
        const sema::Test* test = nullptr;
        recordings::Binding binding;
        std::vector<bool> is_bound; ///< by probe
        std::unique_ptr<judge::Screen> screen;
    };

    Candidates candidates_;
    const std::vector<recordings::EventMap>& maps_;
    std::vector<Run> runs_; ///< of the test that has begun
    std::size_t recorded_ = 0;
    hits::Storage storage_; ///< of what is converted
    std::vector<Judged> judged_;
    std::size_t unjudged_ = 0;
    std::set<std::size_t> wanted_;
};

/// Keeps the hits of some of a recording's tests, by their index.
class Keeping : public recordings::HitSink {
public:
    explicit Keeping(const std::set<std::size_t>& kept) : kept_(kept) {}

    Fate begin(const recordings::Recording& so_far, const recordings::Observed&) override {
        return kept_.contains(so_far.tests.size()) ? Fate::keep : Fate::drop;
    }
    bool take(const hits::Trace&) override { return false; }
    void end(const recordings::Observed&) override {}

private:
    const std::set<std::size_t>& kept_;
};

/// Reads what a recording tells before its tests.
class HeadOnly : public recordings::HitSink {
public:
    Fate begin(const recordings::Recording&, const recordings::Observed& test) override {
        has_stopped_ = true;
        is_foreign_ = test.test.empty();
        return Fate::stop;
    }
    bool take(const hits::Trace&) override { return false; }
    void end(const recordings::Observed&) override {}

    /// There is more.
    [[nodiscard]] bool has_stopped() const { return has_stopped_; }
    /// It is the trace of another tool, of no test.
    [[nodiscard]] bool is_foreign() const { return is_foreign_; }

private:
    bool has_stopped_ = false;
    bool is_foreign_ = false;
};

} // namespace kps::cli
