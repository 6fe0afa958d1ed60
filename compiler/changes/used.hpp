#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

namespace kps::changes {

/// What of a kernel somebody depends on, by the names that changes have.
struct Used {
    using Names = std::set<std::string, std::less<>>;

    Names functions;
    Names events; ///< `sched:sched_switch`
    /// Of a struct, union or typedef, what is read of it: `i_mode`, or `u.x` of a member `u` whose
    /// type has no name.
    std::map<std::string, Names, std::less<>> members;
    Names enumerators;
    Names options; ///< `CONFIG_KPROBES`

    void merge(Used other);
};

} // namespace kps::changes
