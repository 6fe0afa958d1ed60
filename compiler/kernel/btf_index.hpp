#pragma once

#include "compiler/kernel/btf.hpp"
#include "compiler/kernel/bytes.hpp"

#include <mutex>

namespace kps::kernel {

/// Open addressing from a name to numbers of the caller's, which knows their names. Numbers with
/// equal names are found in the order in which they were added. It lies in a power of two of slots
/// of 8 bytes, little-endian: u32 tag (0: free) and u32 number; in a snapshot, too.
class NameSlots {
public:
    NameSlots() = default;
    /// Not trusted. Nothing is found in a number of slots that is no power of two.
    explicit NameSlots(KeptBytes slots);

    [[nodiscard]] std::span<const std::byte> bytes() const { return slots_.bytes; }
    /// Calls `take(number)` for each number whose name may be `name` until it returns false.
    template <class Take>
    void visit(std::string_view name, Take take) const {
        const std::size_t count = slots_.bytes.size() / sizeof(Slot);
        const std::uint32_t tag = hash(name);
        for (std::size_t i = tag, left = count; left > 0; ++i, --left) {
            const Slot slot = load_le<Slot>(slots_.bytes, (i & (count - 1)) * sizeof(Slot));
            if (slot == 0) return;
            if (tag_of(slot) == tag && !take(static_cast<std::uint32_t>(slot >> 32))) return;
        }
    }

private:
    friend class NameSlotsBuilder;
    using Slot = std::uint64_t;
    static std::uint32_t tag_of(Slot slot) { return static_cast<std::uint32_t>(slot); }
    static std::uint32_t hash(std::string_view name); // never 0

    KeptBytes slots_;
};

class NameSlotsBuilder {
public:
    /// For up to `capacity` names.
    explicit NameSlotsBuilder(std::size_t capacity);
    void add(std::string_view name, std::uint32_t number);
    NameSlots done() && { return NameSlots(keep(std::move(slots_))); }

private:
    std::vector<NameSlots::Slot> slots_;
};

/// Where a type lies, and the words that begin every record. Nothing if it is damaged.
struct Btf::Record {
    const Btf* from = nullptr;
    std::size_t at = 0; ///< in `from->data_`; 0 for nothing
    std::uint32_t info = 0, size_or_type = 0;

    explicit operator bool() const { return at != 0; }
    [[nodiscard]] TypeKind kind() const { return static_cast<TypeKind>(info >> 24 & 0x1f); }
    [[nodiscard]] std::uint32_t count() const { return info & 0xffff; }
    [[nodiscard]] bool flag() const { return info >> 31 != 0; }
};

struct Btf::Index {
    std::once_flag names_built, enumerators_built;
    NameSlots names;       // to ids
    NameSlots enumerators; // to positions in `found`
    std::vector<FoundEnumerator> found;
};

} // namespace kps::kernel
