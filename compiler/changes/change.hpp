#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What differs between two kernels for those who observe them: pure data, computed from two kernel
/// views.
namespace kps::changes {

enum class Kind : std::uint8_t {
    function_removed,
    function_added,
    function_renamed, ///< gone, and there are new ones that may be it
    function_signature,
    function_not_probeable, ///< it is there, and a probe at its entry is refused
    function_ambiguous,     ///< several functions have the name now
    function_suffixed,      ///< the compiler made other functions of it: `.isra`, `.part`, ...
    function_inlined,
    struct_removed, ///< also of unions, and of typedefs that name a struct or union without a tag
    struct_added,
    member_removed,
    member_added,
    member_renamed,
    member_type,  ///< also the width of a bitfield
    member_moved, ///< its offset
    enumerator_removed,
    enumerator_added,
    enumerator_value,
    tracepoint_removed,
    tracepoint_added,
    tracepoint_fields,
    config, ///< an option of the kernel's configuration
};
constexpr std::size_t kinds = static_cast<std::size_t>(Kind::config) + 1;

/// What befalls one who goes by the old kernel, the worst first.
enum class Severity : std::uint8_t {
    silent_wrong_data, ///< something else is read, and nothing tells
    missed_hits,       ///< some calls are not seen
    error,             ///< what is asked for does not exist or is refused
    harmless,
};
constexpr std::size_t severities = static_cast<std::size_t>(Severity::harmless) + 1;

std::string_view to_string(Kind kind);         ///< `function_removed`
std::string_view to_string(Severity severity); ///< `silent wrong data`

/// What something that is gone may be called now.
struct Candidate {
    std::string name{};        ///< as `Change::name` writes it
    std::string declaration{}; ///< empty if not known
    double score = 0;          ///< 0 to 1
    std::string reason{};      ///< `same signature, same neighbours, similar name`
};
inline constexpr std::size_t most_candidates = 5; ///< in a list of them

struct Change {
    Kind kind = Kind::config;
    Severity severity = Severity::harmless;
    /// Of a function, struct, enumerator or option its own; `inode.i_ctime` of a member, with those
    /// of anonymous structs and unions as members of the struct around them; `sched:sched_switch`
    /// of a tracepoint.
    std::string name;
    std::string module{}; ///< that a function is in; empty: the kernel itself
    /// The two sides: a declaration, an offset, a value, how a probe is taken. None: it does not
    /// exist there.
    std::optional<std::string> old_side{}, new_side{};
    std::vector<std::string> details{};  ///< what differs, where the sides do not show it at once
    std::vector<Candidate> candidates{}; ///< of what was renamed, the likeliest first
};

} // namespace kps::changes
