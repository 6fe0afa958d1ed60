#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <vector>

namespace kps {

/// A typed index: nodes refer to each other by these, never by pointer. `Tag` is the type of what
/// is referred to and may be incomplete.
template <class Tag>
struct Id {
    std::uint32_t value = 0;

    auto operator<=>(const Id&) const = default;
};

/// A growing sequence of `T` addressed by `Id<T>`.
template <class T>
class Table {
public:
    Id<T> add(T item) {
        items_.push_back(std::move(item));
        return {static_cast<std::uint32_t>(items_.size() - 1)};
    }
    [[nodiscard]] const T& operator[](Id<T> id) const { return items_.at(id.value); }
    [[nodiscard]] T& operator[](Id<T> id) { return items_.at(id.value); }
    void reserve(std::size_t items) { items_.reserve(items); }
    /// Ids start from 0 again.
    void clear() { items_.clear(); }
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    [[nodiscard]] bool empty() const { return items_.empty(); }
    [[nodiscard]] auto begin() const { return items_.begin(); }
    [[nodiscard]] auto end() const { return items_.end(); }

private:
    std::vector<T> items_;
};

} // namespace kps

template <class Tag>
struct std::hash<kps::Id<Tag>> {
    std::size_t operator()(kps::Id<Tag> id) const noexcept { return id.value; }
};
