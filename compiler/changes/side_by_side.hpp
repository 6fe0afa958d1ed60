#pragma once

#include <compare>
#include <functional>

namespace kps::changes {

/// Walks two lists that are sorted by `key` together: `visit(was, now)` with pointers to the items
/// of one key, null where only the other list has it.
template <class List, class Key, class Visit>
void side_by_side(const List& was, const List& now, Key key, Visit visit) {
    auto a = was.begin(), b = now.begin();
    while (a != was.end() || b != now.end()) {
        const std::strong_ordering order = a == was.end() ? std::strong_ordering::greater
                                           : b == now.end()
                                               ? std::strong_ordering::less
                                               : std::invoke(key, *a) <=> std::invoke(key, *b);
        visit(order <= 0 ? &*a : nullptr, order >= 0 ? &*b : nullptr);
        if (order <= 0) ++a;
        if (order >= 0) ++b;
    }
}

} // namespace kps::changes
