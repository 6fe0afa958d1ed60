#pragma once

#include "compiler/plan/kernel_work.hpp"
#include "compiler/semantics/resolved.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace kps::hits {

/// The read that should have given the value faulted.
struct Unreadable {
    auto operator<=>(const Unreadable&) const = default;
};

/// The elements of an array.
struct Elements : std::span<const std::uint64_t> {
    explicit Elements(std::span<const std::uint64_t> elements)
        : std::span<const std::uint64_t>(elements) {}
    bool operator==(const Elements& other) const { return std::ranges::equal(*this, other); }
};

/// An integer is kept as 64 bits, extended by the sign of its field's type; which it is, the field
/// tells. Strings have no terminating NUL, `bytes[N]` is a string of N bytes. What a value points
/// to belongs to the trace's storage.
using Value = std::variant<Unreadable, std::uint64_t, std::string_view, Elements>;

/// What the hits of a trace point to. It grows, and goes as a whole: a hit costs no allocation of
/// its own.
class Storage {
public:
    std::string_view keep(std::string_view text) {
        const std::span<char> kept = make<char>(text.size());
        std::ranges::copy(text, kept.begin());
        return {kept.data(), kept.size()};
    }
    template <class T>
        requires std::is_trivially_destructible_v<T>
    std::span<T> make(std::size_t count) {
        auto* const begin = static_cast<T*>(memory_.allocate(count * sizeof(T), alignof(T)));
        std::uninitialized_default_construct_n(begin, count);
        return {begin, count};
    }
    void clear() { memory_.release(); }

private:
    std::pmr::monotonic_buffer_resource memory_;
};

struct Hit {
    sema::ProbeId probe;
    std::uint64_t time_ns = 0; ///< CLOCK_MONOTONIC of the kernel observed
    std::uint32_t cpu = 0;
    std::uint32_t tid = 0;
    std::uint32_t pid = 0;         ///< thread group; 0 if it is not known
    std::string_view comm;         ///< of no data if it is not known
    std::span<const Value> fields; ///< in the order of the probe's fields
};

/// Hits that happened and were not seen.
struct Loss {
    std::optional<sema::ProbeId> probe = {}; ///< none: any probe may be concerned
    std::optional<std::uint32_t> cpu = {};
    std::uint64_t begin_ns = 0; ///< the lost hits lie in [begin, end]
    std::uint64_t end_ns = UINT64_MAX;
    std::uint64_t count = 0; ///< at most that many; UINT64_MAX if not known
    std::string cause;       ///< `ring buffer overrun on cpu 1`, `kretprobe missed 3 returns`
};

/// How one command of the workload ended.
struct CommandResult {
    std::string command;
    std::int32_t exit_status = 0; ///< -1 if it was killed
    std::int32_t signal = 0;
    bool timed_out = false;
    std::uint64_t duration_ns = 0;
    std::string output;
};

/// What the kernel summed up instead of sending every hit.
struct Summed {
    /// A hit, or a call by both of its hits: indexes into `Trace::hits`.
    struct Occurrence {
        static constexpr std::uint32_t none = UINT32_MAX;

        std::uint32_t opening = 0;
        std::uint32_t closing = none;

        bool operator==(const Occurrence&) const = default;
    };
    struct Cell {
        std::vector<Value> key;           ///< as many as the tally's key has parts
        std::vector<std::uint64_t> words; ///< see `plan::Form`
    };
    struct Tally {
        std::vector<std::uint64_t> words; ///< with a key: of the items without a known one
        std::vector<Cell> cells;          ///< one a key, in no order
        std::vector<Occurrence> evidence; ///< in the order of their last hits
    };
    /// Of a stream of calls.
    struct Calls {
        std::uint64_t entered = 0;
        std::uint64_t ended = 0;    ///< returned from a call that was seen to be entered
        std::uint64_t orphans = 0;  ///< returns without an entry
        std::uint64_t vanished = 0; ///< open although its task ended a later one
    };
    plan::KernelWork work;      ///< what it was asked
    std::vector<Tally> tallies; ///< as many as `work.tallies`
    std::vector<Calls> calls;   ///< as many as `work.calls`
    std::vector<bool> sent;     ///< as many as hits; false: the hit is only evidence of a tally
};

/// Addresses of the kernel observed, and the names they are shown by: `vfs_open`, `vfs_open+0x10`,
/// `fuse_get_tree+0x3c [fuse]`.
using SymbolNames = std::map<std::uint64_t, std::string>;

/// Everything observed during one test.
struct Trace {
    std::vector<Hit> hits; ///< by time; those of one CPU in their own order
    std::shared_ptr<Storage> storage = std::make_shared<Storage>(); ///< of `hits`; copies share it
    std::vector<Loss> losses;
    std::vector<CommandResult> runs; ///< as many as the test's `run`s that were started
    std::vector<std::string>
        failed_setup;          ///< what of setup, background or cleanup failed, with its output
    std::uint64_t live_ns = 0; ///< every probe was live from here
    std::uint64_t end_ns = 0;  ///< until here (the end of the drain)
    std::optional<std::string> cut_short; ///< why the run ended early
    /// None: `hits` are all of the test's probes.
    std::optional<Summed> summed;
    SymbolNames symbols; ///< of the values that are shown by name, as far as there is one

    [[nodiscard]] Trace without_hits() const {
        return {{},      storage, losses,    runs,         failed_setup,
                live_ns, end_ns,  cut_short, std::nullopt, symbols};
    }
};

} // namespace kps::hits
