#pragma once

#include "compiler/kernel/btf.hpp"

#include <mutex>

namespace kps::kernel {

/// Open addressing from a name to numbers of the caller's, which knows their names. Numbers with
/// equal names are found in the order in which they were added.
class NameSlots {
public:
    explicit NameSlots(std::size_t capacity = 0);

    void add(std::string_view name, std::uint32_t number);
    /// Calls `take(number)` for each number whose name may be `name` until it returns false.
    template <class Take>
    void visit(std::string_view name, Take take) const {
        if (slots_.empty()) return;
        const std::uint32_t tag = hash(name);
        for (std::size_t i = tag >> 1 & mask_; slots_[i].tag != 0; i = (i + 1) & mask_)
            if (slots_[i].tag == tag && !take(slots_[i].number)) return;
    }

private:
    struct Slot {
        std::uint32_t tag = 0; // 0: free
        std::uint32_t number = 0;
    };
    static std::uint32_t hash(std::string_view name); // never 0

    std::vector<Slot> slots_;
    std::size_t mask_ = 0;
};

struct Btf::Index {
    std::once_flag names_built, enumerators_built;
    NameSlots names;       // to ids
    NameSlots enumerators; // to positions in `found`
    std::vector<FoundEnumerator> found;
};

} // namespace kps::kernel
