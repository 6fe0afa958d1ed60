#include "compiler/changes/change.hpp"

#include <array>

namespace kps::changes {

std::string_view to_string(Kind kind) {
    constexpr std::array<std::string_view, kinds> names = {
        "function_removed",       "function_added",
        "function_renamed",       "function_signature",
        "function_not_probeable", "function_ambiguous",
        "function_suffixed",      "function_inlined",
        "struct_removed",         "struct_added",
        "member_removed",         "member_added",
        "member_renamed",         "member_type",
        "member_moved",           "enumerator_removed",
        "enumerator_added",       "enumerator_value",
        "tracepoint_removed",     "tracepoint_added",
        "tracepoint_fields",      "config"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view to_string(Severity severity) {
    constexpr std::array<std::string_view, severities> names = {"silent wrong data", "missed hits",
                                                                "error", "harmless"};
    return names[static_cast<std::size_t>(severity)];
}

} // namespace kps::changes
