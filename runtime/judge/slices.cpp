#include "runtime/judge/slices.hpp"

namespace kps::judge {

Slice* Slices::open(const Step& step) {
    if (open_ >= max_open_keys) return nullptr;
    ++open_;
    List& list = step.key ? by_key_[*step.key] : of_any_key_;
    list.push_back({step, Truth::no, {}});
    const auto slice = std::prev(list.end());
    if (step.item.closing != Item::none) by_end_.emplace(seen_.time(step.item.closing), slice);
    return &*slice;
}

void Slices::remove(List::iterator slice) {
    --open_;
    if (!slice->step.key) {
        of_any_key_.erase(slice);
        return;
    }
    const auto list = by_key_.find(*slice->step.key);
    list->second.erase(slice);
    if (list->second.empty()) by_key_.erase(list);
}

} // namespace kps::judge
