#pragma once

#include "runtime/hits/hit_limit.hpp"
#include "runtime/recordings/reader.hpp"

#include <functional>
#include <unordered_map>

namespace kps::recordings {

/// Which events of another tool's trace are of use; the others are not read. `group` may be empty.
/// Null: all.
using Wanted = std::function<bool(std::string_view group, std::string_view name)>;

/// Puts together the recording of a trace of another tool, which knows of no tests: one trace, of
/// one set of sources that grows with the events seen.
class ForeignTrace {
public:
    /// One kind of event.
    struct Kind {
        std::uint32_t source = 0;
        bool is_wanted = false;
    };

    explicit ForeignTrace(Wanted wanted, HitSink* sink = nullptr)
        : wanted_(std::move(wanted)), sink_(sink) {
        recording_.sources.emplace_back().is_typed = false;
    }

    /// An event that occurs. `event` is `GROUP:NAME` or `NAME`; it must live as long as this.
    Kind kind(std::string_view event);
    /// The same of one that may occur, with its fields in order; none if it was declared before.
    std::optional<Kind> declare(std::string_view event, std::vector<Source::Field> fields = {});
    /// One that was declared does occur; once for each.
    void occurs(std::string_view event, const Kind& kind);
    /// The index of a field of the source; `expected` is where it most likely is.
    std::uint32_t field(std::uint32_t source, std::string_view name, std::uint32_t expected);

    /// Once, and with a sink only: everything that may occur was declared, hits come. False: nobody
    /// wants them, not even the rest.
    bool begin();
    /// Nobody wants what is still to come.
    [[nodiscard]] bool is_done() const { return fate_ == HitSink::Fate::drop; }

    /// About so many hits will come.
    void expect(std::size_t hits) {
        if (is_kept()) trace().hits.reserve(hits);
    }
    /// Something was recorded on that CPU.
    void saw(std::uint32_t cpu, std::uint64_t time_ns);
    /// Whether there is room for one more hit; it counts as lost if not.
    bool takes(std::uint32_t cpu, std::uint64_t time_ns) {
        return !is_kept() || limit_.takes(cpu, time_ns);
    }
    /// Of what the next hit points to.
    [[nodiscard]] hits::Storage& storage() { return *(is_kept() ? trace() : passing_).storage; }
    /// After `takes`, with as many fields as were found.
    void add(const hits::Hit& hit) {
        if (is_kept()) return trace().hits.push_back(hit);
        passing_.hits.push_back(hit);
        if (passing_.hits.size() == passing_at_once) pass_on();
    }
    /// Events of a CPU were lost since the last that was seen on it, until the next one.
    void lost(std::uint32_t cpu, std::uint64_t count, std::string cause);

    [[nodiscard]] hits::Trace& trace() { return test_.trace; }
    [[nodiscard]] std::uint64_t first_ns() const { return first_ns_; }

    /// Sorts the hits by time. The trace reaches from the first event seen to the last. What was
    /// declared and did not occur is no source; the sink is told of the end only if there is none.
    Recording finish(std::optional<std::string> cut_short) &&;

private:
    struct Cpu {
        std::uint64_t last_ns = 0;
        std::optional<std::size_t> open_loss;
    };

    static constexpr std::size_t passing_at_once = 1024;

    [[nodiscard]] bool is_kept() const { return fate_ == HitSink::Fate::keep; }
    void pass_on();
    void drop_unused_sources();

    Wanted wanted_;
    HitSink* sink_;
    HitSink::Fate fate_ = HitSink::Fate::keep;
    hits::Trace passing_; // hits for the sink
    hits::HitLimit limit_;
    Recording recording_;
    Observed test_;
    std::vector<bool> is_used_; // by source
    std::unordered_map<std::string_view, Kind> kinds_;
    std::unordered_map<std::uint32_t, Cpu> cpus_;
    std::uint64_t first_ns_ = UINT64_MAX;
    std::uint64_t last_ns_ = 0;
    std::uint32_t last_cpu_number_ = UINT32_MAX;
    Cpu* last_cpu_ = nullptr;
};

} // namespace kps::recordings
