#pragma once

#include "compiler/plan/plan.hpp"
#include "runtime/collect/messages.hpp"
#include "runtime/hits/hit_limit.hpp"
#include "runtime/hits/record.hpp"
#include "runtime/hits/run_story.hpp"
#include "runtime/hits/tally_check.hpp"
#include "runtime/hits/task_tree.hpp"

#include <map>

namespace kps::hits {

/// The events a job for `probes` must enable besides those that every job records: the probes' own
/// in `group`, and `task:task_rename` for exact names of tasks.
std::vector<collect::Event> events_to_enable(const plan::Plan& plan,
                                             std::span<const sema::ProbeId> probes,
                                             const std::string& group);

/// Makes a trace of what a collector tells about one job. Damaged records and pages become losses
/// with their place; messages about other jobs are ignored.
class TraceBuilder {
public:
    /// `plan` and `job` are kept. Events of `job.group` are those of `probes`.
    TraceBuilder(const plan::Plan& plan, const collect::Job& job,
                 std::span<const sema::ProbeId> probes, HitLimit limit = HitLimit());

    void take(const collect::Message& message);

    /// The trace of all that was taken. Fails if an event or the pages of this kernel are not as
    /// expected, so that nothing could be read.
    Result<Trace> finish() &&;

private:
    struct Entry { // a hit or a task event
        std::uint64_t time_ns = 0;
        const Value* fields = nullptr; // of a hit, as many as its probe has
        std::uint32_t number = 0;      // tid of a hit, index into tasks_ of a task event
        std::uint16_t probe = 0;
        bool is_task = false;
    };
    struct Cpu {
        std::vector<Entry> entries;      // in order
        std::vector<TallyCheck> tallies; // as many as probes
        std::uint64_t last_ns = 0;
        std::uint64_t missed = 0; // told by pages; UINT64_MAX if one did not say how many
        std::optional<std::size_t> open_loss; // of damage, which ends with the next page
    };
    struct Handler { // of the records with one id
        enum class Kind : std::uint8_t { none, hit, tally, task };
        Kind kind = Kind::none;
        std::uint16_t probe = 0;
        bool has_tally = false;
        std::uint32_t decoder = 0; // or the layout of a task event
        TaskEvent::Kind task = TaskEvent::Kind::created;
    };
    void take_body(const collect::EventFormat& format);
    void take_body(const collect::PageFormat& format);
    void take_body(const collect::Page& page);
    void take_body(const collect::CpuStats& stats) { stats_.push_back(stats); }
    void take_body(const collect::ProbeProfile& profile) { profiles_.push_back(profile); }

    void take_own_format(const EventLayout& layout, const std::string& event);
    Handler& handler(std::uint32_t id);
    void take_record(std::uint32_t cpu_number, Cpu& cpu, const RawRecord& record);
    void take_missed(std::uint32_t cpu_number, Cpu& cpu, const PageReader::Missed& missed,
                     std::uint64_t until_ns);
    void take_damage(std::uint32_t cpu_number, Cpu& cpu);
    static void break_tallies(Cpu& cpu);
    std::size_t add_loss(std::optional<std::uint32_t> cpu, std::uint64_t begin_ns,
                         std::uint64_t end_ns, std::uint64_t count, std::string cause);

    // trace_merge.cpp
    void find_unrecorded(std::uint32_t cpu_number, Cpu& cpu);
    void add_counted_losses();
    void merge();
    void add_entry(std::uint32_t cpu_number, const Entry& entry, TaskTree& tree);

    const plan::Plan& plan_;
    const collect::Job& job_;
    RunStory story_;
    std::vector<sema::ProbeId> probes_;
    HitLimit limit_;
    std::optional<Error> error_;
    std::optional<PageLayout> page_layout_;
    std::vector<Handler> handlers_; // by id
    std::vector<RecordDecoder> decoders_;
    std::vector<EventLayout> task_layouts_;
    std::map<std::uint32_t, Cpu> cpus_;
    std::size_t hits_ = 0;
    std::vector<TaskEvent> tasks_;
    std::vector<collect::CpuStats> stats_;
    std::vector<collect::ProbeProfile> profiles_;
};

} // namespace kps::hits
