#pragma once

#include "runtime/hits/evaluate.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tsl/robin_map.h>
#include <vector>

namespace kps::judge {

/// Stands for a key of a test: two are the same if the keys are.
using KeyId = std::uint32_t;

inline bool is_negative(sema::Integer integer) {
    return integer.is_signed && static_cast<std::int64_t>(integer.bits) < 0;
}

/// Equal exactly for equal keys; none if a part is not known.
std::optional<std::string> bytes_of(std::span<const hits::Operand> key);

/// Of integers for a map that takes the low bits. Multiplication by 2^64 over the golden ratio:
/// Knuth, The Art of Computer Programming 3, 6.4.
struct MixedHash {
    std::size_t operator()(std::uint64_t word) const {
        word *= 0x9e37'79b9'7f4a'7c15;
        return word ^ word >> 32;
    }
};

/// Numbers keys by value, from 0 on in the order in which they come.
class Keys {
public:
    /// None if a part is not known.
    std::optional<KeyId> id_of(std::span<const hits::Operand> key);
    KeyId id_of(sema::Integer key) {
        return number(is_negative(key) ? negative_ : positive_, key.bits);
    }

private:
    using OfIntegers = tsl::robin_map<std::uint64_t, KeyId, MixedHash>;

    KeyId number(auto& ids, const auto& key) {
        const auto [at, fresh] = ids.try_emplace(key, next_);
        next_ += fresh;
        return at->second;
    }

    OfIntegers positive_; ///< keys of one integer, which most are
    OfIntegers negative_;
    tsl::robin_map<std::string, KeyId> others_;
    KeyId next_ = 0;
};

/// What is kept of some keys, in the order in which they came.
template <class T>
class ByKey {
public:
    struct Entry {
        KeyId key;
        T value;
    };

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    /// Null if nothing is kept of it. Until something else is added or erased.
    [[nodiscard]] T* find(KeyId key) {
        const std::uint32_t place = key < places_.size() ? places_[key] : nowhere;
        return place != nowhere ? &entries_[place].value : nullptr;
    }
    T& add(KeyId key, T value) {
        if (key >= places_.size()) places_.resize(key + std::size_t{1}, nowhere);
        places_[key] = static_cast<std::uint32_t>(entries_.size());
        return entries_.emplace_back(Entry{key, std::move(value)}).value;
    }
    T& operator[](KeyId key) {
        T* const known = find(key);
        return known != nullptr ? *known : add(key, T{});
    }
    /// Returns how many.
    std::size_t erase_if(const auto& is_over) {
        const std::size_t erased = std::erase_if(entries_, [&](const Entry& entry) {
            return is_over(entry.value) && (places_[entry.key] = nowhere, true);
        });
        for (std::size_t i = 0; i < entries_.size(); ++i)
            places_[entries_[i].key] = static_cast<std::uint32_t>(i);
        return erased;
    }
    auto begin() { return entries_.begin(); }
    auto end() { return entries_.end(); }

private:
    static constexpr std::uint32_t nowhere = UINT32_MAX;

    std::vector<std::uint32_t> places_; ///< of each key in `entries_`
    std::vector<Entry> entries_;
};

} // namespace kps::judge
