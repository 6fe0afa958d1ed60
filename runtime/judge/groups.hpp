#pragma once

#include "runtime/judge/streams.hpp"

#include <functional>

/// Expectations with `by`: each observed key is judged on its own.
namespace kps::judge {

struct Group {
    const Member* first = nullptr; ///< tells the key; null in the one group without a key
    std::vector<const Member*> sure;
    std::uint64_t doubtful = 0; ///< members that may not belong
};

struct Groups {
    bool keyed = false;
    std::vector<Group> all;    ///< in the order in which the keys were first seen; not keyed: one
    std::uint64_t keyless = 0; ///< members whose key is not known: of any group, or of a new one
    Doubt doubt;               ///< about members and keys
};

/// `selection` must outlive the result.
Groups group_by(Reader& reader, const Selection& selection, const std::vector<std::uint32_t>& key);

/// What came of all groups.
struct Outcome {
    const Group* failing = nullptr; ///< the first that surely fails
    std::size_t failing_count = 0;
    const Group* open = nullptr; ///< the first of which it cannot be told
};

/// A group of which no member surely belongs may not be there, and so cannot fail.
Outcome judge_groups(const Groups& groups, const std::function<Truth(const Group&)>& holds);

} // namespace kps::judge
