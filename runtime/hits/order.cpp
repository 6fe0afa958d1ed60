#include "runtime/hits/order.hpp"

#include <algorithm>

namespace kps::hits {

namespace {

constexpr std::size_t few = 64; // with more, what sorts anything is as good

bool is_earlier(const Hit& a, const Hit& b) {
    return a.time_ns < b.time_ns;
}

} // namespace

void sort_by_time(std::vector<Hit>& hits) {
    using Place = std::vector<Hit>::iterator;
    std::vector<Place> parts; // where each begins, and the end
    for (Place begin = hits.begin(); begin != hits.end() && parts.size() <= few;) {
        parts.push_back(begin);
        begin = std::is_sorted_until(begin, hits.end(), is_earlier);
    }
    if (parts.size() > few) {
        std::ranges::stable_sort(hits, is_earlier);
        return;
    }
    parts.push_back(hits.end());
    while (parts.size() > 2) {
        std::vector<Place> merged;
        for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
            if (i + 2 < parts.size())
                std::inplace_merge(parts[i], parts[i + 1], parts[i + 2], is_earlier);
            merged.push_back(parts[i]);
        }
        merged.push_back(hits.end());
        parts = std::move(merged);
    }
}

} // namespace kps::hits
