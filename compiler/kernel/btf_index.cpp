#include "compiler/kernel/btf_index.hpp"

#include <algorithm>
#include <bit>
#include <ranges>

namespace kps::kernel {

NameSlots::NameSlots(KeptBytes slots) : slots_(std::move(slots)) {
    if (!std::has_single_bit(slots_.bytes.size()) || slots_.bytes.size() < sizeof(Slot))
        slots_ = {};
}

// FNV-1a: slots are stored, so the hash must not differ between builds.
std::uint32_t NameSlots::hash(std::string_view name) {
    std::uint64_t wide = 0xcbf29ce484222325;
    for (const char c : name)
        wide = (wide ^ static_cast<unsigned char>(c)) * 0x00000100000001b3;
    return static_cast<std::uint32_t>(wide ^ wide >> 32) | 1U << 31;
}

NameSlotsBuilder::NameSlotsBuilder(std::size_t capacity)
    : slots_(std::bit_ceil(capacity * 3 / 2 + 1)) {}

void NameSlotsBuilder::add(std::string_view name, std::uint32_t number) {
    const std::uint32_t tag = NameSlots::hash(name);
    std::size_t i = tag & (slots_.size() - 1);
    while (slots_[i] != 0)
        i = (i + 1) & (slots_.size() - 1);
    slots_[i] = NameSlots::Slot{number} << 32 | tag;
}

const Btf::Index& Btf::name_index() const {
    std::call_once(index_->names_built, [this] {
        const auto named = [this](std::uint32_t id) {
            const Record found = record({id});
            return found && load_le<std::uint32_t>(data_, found.at) != 0;
        };
        const auto ids = std::views::iota(first_id_, type_count());
        NameSlotsBuilder slots(static_cast<std::size_t>(std::ranges::count_if(ids, named)));
        for (const std::uint32_t id : ids)
            if (named(id)) slots.add(name_at(record({id}).at), id);
        index_->names = std::move(slots).done();
    });
    return *index_;
}

const Btf::Index& Btf::enumerator_index() const {
    std::call_once(index_->enumerators_built, [this] {
        std::vector<FoundEnumerator> found;
        std::size_t last = 0;
        for (std::uint32_t id = first_id_; id < type_count(); ++id) {
            const Record here = record({id});
            // Damaged records may lie over each other and hold more than there is.
            if (here.at <= last || !is_enum(here.kind())) continue;
            for (const Enumerator& enumerator : enumerators({id}))
                found.push_back({{id}, enumerator});
            last = here.at;
        }
        NameSlotsBuilder slots(found.size());
        for (std::uint32_t i = 0; i < found.size(); ++i)
            slots.add(found[i].enumerator.name, i);
        index_->enumerators = std::move(slots).done();
        index_->found = std::move(found);
    });
    return *index_;
}

std::span<const std::byte> Btf::names() const {
    return name_index().names.bytes();
}

void Btf::index_names() const {
    static_cast<void>(name_index());
}

std::vector<TypeId> Btf::functions(std::string_view name) const {
    std::vector<TypeId> found;
    name_index().names.visit(name, [&](std::uint32_t id) {
        const Type type = this->type({id});
        if (type.kind == TypeKind::function && type.name == name) found.push_back({id});
        return true;
    });
    return found;
}

std::optional<TypeId> Btf::find(TypeKind kind, std::string_view name) const {
    std::optional<TypeId> found;
    name_index().names.visit(name, [&](std::uint32_t id) {
        const Type type = this->type({id});
        if (type.kind == kind && type.name == name) found = TypeId{id};
        return !found;
    });
    return found || !base_ ? found : base_->find(kind, name);
}

bool Btf::is_unique(TypeKind kind, std::string_view name) const {
    std::size_t found = 0;
    for (const Btf* btf = this; btf != nullptr; btf = btf->base_)
        btf->name_index().names.visit(name, [&](std::uint32_t id) {
            const Type type = btf->type({id});
            if (type.kind == kind && type.name == name) ++found;
            return found <= 1;
        });
    return found == 1;
}

std::vector<Btf::FoundEnumerator> Btf::find_enumerators(std::string_view name) const {
    std::vector<FoundEnumerator> found;
    if (base_) found = base_->find_enumerators(name);
    const Index& index = enumerator_index();
    index.enumerators.visit(name, [&](std::uint32_t i) {
        if (index.found[i].enumerator.name == name) found.push_back(index.found[i]);
        return true;
    });
    return found;
}

} // namespace kps::kernel
