#pragma once

#include "runtime/hits/hit_limit.hpp"
#include "runtime/hits/run_story.hpp"
#include "runtime/hits/samples.hpp"

namespace kps::hits {

/// Makes a trace of what a collector tells about one job with a BPF object. Damaged samples become
/// losses; messages about other jobs are ignored.
class BpfTraceBuilder {
public:
    /// `spec` and `job` are kept. The object was made for `work`; `job.bpf` has a value.
    BpfTraceBuilder(const sema::ResolvedSpec& spec, plan::KernelWork work, const collect::Job& job,
                    HitLimit limit = HitLimit());

    void take(const collect::Message& message);

    /// The trace of all that was taken, with `Trace::summed`. Fails if a map is not as expected, or
    /// is missing although everything was collected.
    Result<Trace> finish() &&;

private:
    struct Entry {
        Hit hit;
        bool sent = false;
        bool of_call = false; // its other hit is in the same sample
    };
    struct Crossing { // a sample that is evidence
        std::uint64_t tallies = 0;
        Summed::Occurrence entries; // indexes into entries_
    };
    void take_body(const collect::Samples& samples);
    void take_body(const collect::MapContents& map);
    void take_body(const collect::ProgramProfile& profile);

    void take_sample(Bytes bytes);
    [[nodiscard]] bool is_about(const plan::Tally& tally, const Sample& sample) const;
    [[nodiscard]] std::uint64_t tallies_of(const Sample& sample) const;
    void add_damage();
    [[nodiscard]] std::uint64_t last_ns() const;
    std::vector<std::uint32_t> place_hits();
    [[nodiscard]] std::uint32_t twin(const Entry& entry, const std::vector<bool>& of_call) const;
    void place_evidence(const std::vector<std::uint32_t>& places);

    const sema::ResolvedSpec& spec_;
    const collect::Job& job_;
    RunStory story_;
    SampleReader reader_;
    HitLimit limit_;
    Summed summed_;
    bool has_sums_ = false;
    bool damaged_ = false;
    std::vector<Entry> entries_; // in the order of the ring buffer
    std::vector<Crossing> crossings_;
    std::optional<Error> error_;
};

} // namespace kps::hits
