#pragma once

#include "runtime/hits/hit_limit.hpp"
#include "runtime/recordings/coding.hpp"
#include "runtime/recordings/recording.hpp"

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

    explicit ForeignTrace(Wanted wanted) : wanted_(std::move(wanted)) {
        recording_.sources.emplace_back().is_typed = false;
        recording_.tests.emplace_back();
    }

    /// `event` is `GROUP:NAME` or `NAME`; it must live as long as this.
    Kind kind(std::string_view event);
    /// The index of a field of the source; `expected` is where it most likely is.
    std::uint32_t field(std::uint32_t source, std::string_view name, std::uint32_t expected);

    /// About so many hits will come.
    void expect(std::size_t hits) { trace().hits.reserve(hits); }
    /// Something was recorded on that CPU.
    void saw(std::uint32_t cpu, std::uint64_t time_ns);
    /// Whether one more hit is kept; it counts as lost if not.
    bool takes(std::uint32_t cpu, std::uint64_t time_ns) { return limit_.takes(cpu, time_ns); }
    /// After `takes`, with as many fields as were found.
    void add(const hits::Hit& hit) { trace().hits.push_back(hit); }
    /// Events of a CPU were lost since the last that was seen on it, until the next one.
    void lost(std::uint32_t cpu, std::uint64_t count, std::string cause);

    [[nodiscard]] hits::Trace& trace() { return recording_.tests.front().trace; }
    [[nodiscard]] Recording& recording() { return recording_; }
    [[nodiscard]] std::uint64_t first_ns() const { return first_ns_; }

    /// Sorts the hits by time. The trace reaches from the first event seen to the last.
    Recording finish(std::optional<std::string> cut_short) &&;

private:
    struct Cpu {
        std::uint64_t last_ns = 0;
        std::optional<std::size_t> open_loss;
    };

    Wanted wanted_;
    hits::HitLimit limit_;
    Recording recording_;
    std::unordered_map<std::string_view, Kind> kinds_;
    std::unordered_map<std::uint32_t, Cpu> cpus_;
    std::uint64_t first_ns_ = UINT64_MAX;
    std::uint64_t last_ns_ = 0;
    std::uint32_t last_cpu_number_ = UINT32_MAX;
    Cpu* last_cpu_ = nullptr;
};

} // namespace kps::recordings
