#pragma once

#include "compiler/base/result.hpp"
#include "runtime/recordings/recording.hpp"

namespace kps::recordings {

/// `--map EVENT=PROBE`: hits of the event `GROUP:NAME` or `NAME` are hits of the probe. Where the
/// trace tells no groups, as text of ftrace, the event has that name in any.
struct EventMap {
    std::string event;
    std::string probe;
};

/// Whether hits of an event may be hits of the probe, as `Binding` has it; `group` may be empty.
bool may_be_of(std::string_view group, std::string_view event, const sema::Probe& probe,
               std::span<const EventMap> maps);

/// The probes of a spec as a recording has them.
Sources sources_of(const sema::ResolvedSpec& spec);

/// Gives the hits of a recording to the probes of a spec. A source is bound to each probe that
/// `--map` names, that has its name, or, where no source has that, whose tracepoint it is (an event
/// without a group by its name alone); probes named by `--map` to those events only. Of several of
/// one name the first is bound to the first, and so on. Fields are bound by name, of a tracepoint
/// also by that of the event's field which they read; what the source does not have is unreadable.
/// Enumerators keep their names where their values differ.
class Binding {
public:
    /// The arguments are kept.
    Binding(const Sources& sources, const sema::ResolvedSpec& spec, std::span<const EventMap> maps);

    /// Whether hits of the probe were recorded, if there were any. One that `--map` names was.
    [[nodiscard]] bool has(sema::ProbeId probe) const;

    /// The hits of the `wanted` probes, in the order of time; `trace` is of the sources. What it
    /// does not have of `wanted` counts as lost: hits of it may have been and were not recorded.
    [[nodiscard]] hits::Trace bind(const hits::Trace& trace,
                                   std::span<const sema::ProbeId> wanted) const;
    /// By number of a probe, whether it is one of these.
    [[nodiscard]] std::vector<bool> are_wanted(std::span<const sema::ProbeId> probes) const;
    /// Gives `take` a hit as one of each wanted probe. What its fields point to is where it was, or
    /// in `storage`.
    void bind(const hits::Hit& hit, const std::vector<bool>& is_wanted, hits::Storage& storage,
              const auto& take) const {
        for (const Target& target : targets_.at(hit.probe.value)) {
            if (!is_wanted[target.probe.value]) continue;
            hits::Hit bound = hit;
            bound.probe = target.probe;
            bound.fields = converted(hit.fields, target, storage);
            take(bound);
        }
    }

private:
    struct Column { // of a field of the spec
        std::optional<std::uint32_t> from;
        const sema::ValueType* recorded = nullptr;
        const sema::ValueType* wanted = nullptr;
        bool is_same = false;
        /// From the recorded value of an enumerator to that of the spec's.
        std::map<std::uint64_t, std::uint64_t> renamed = {};
    };
    struct Target {
        sema::ProbeId probe;
        std::vector<Column> columns;
        bool is_same = false; // the fields as a whole
        /// Where the recorded fields begin, if all columns are there and in order.
        std::optional<std::uint32_t> first = {};
    };

    [[nodiscard]] bool binds(const Source& source, const sema::Probe& probe) const;
    [[nodiscard]] Target target(const Source& source, sema::ProbeId probe) const;
    [[nodiscard]] std::map<std::uint64_t, std::uint64_t> renamed(const Source::Field& from,
                                                                 const sema::Field& to) const;
    [[nodiscard]] hits::Value convert(const hits::Value& value, const Column& column,
                                      hits::Storage& storage) const;
    /// The recorded fields themselves, if conversion would not change them.
    [[nodiscard]] std::optional<std::span<const hits::Value>>
    unchanged(std::span<const hits::Value> fields, const Target& target,
              hits::Storage& storage) const;
    [[nodiscard]] std::span<const hits::Value> converted(std::span<const hits::Value> fields,
                                                         const Target& target,
                                                         hits::Storage& storage) const;
    void bind_losses(const std::vector<hits::Loss>& losses, std::vector<hits::Loss>& bound) const;

    const Sources& sources_;
    const sema::ResolvedSpec& spec_;
    std::span<const EventMap> maps_;
    std::vector<std::vector<Target>> targets_; // as many as sources
};

/// The value that another tool's text stands for, in a field of the type: integers in any base,
/// with the names of enumerators, addresses and characters; strings in quotes or bare. Unreadable
/// if it is none.
hits::Value read_printed(std::string_view text, const sema::ValueType& type,
                         const Table<sema::EnumType>& enums, hits::Storage& storage);

} // namespace kps::recordings
