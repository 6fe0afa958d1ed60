#include "compiler/kernel/btf_index.hpp"

#include "compiler/kernel/bytes.hpp"

#include <bit>
#include <functional>

namespace kps::kernel {

namespace {

bool is_enum(std::span<const std::byte> data, std::uint32_t record) {
    const auto kind = static_cast<TypeKind>(load_le<std::uint32_t>(data, record + 4) >> 24 & 0x1f);
    return kind == TypeKind::enum32 || kind == TypeKind::enum64;
}

} // namespace

NameSlots::NameSlots(std::size_t capacity)
    : slots_(std::bit_ceil(capacity * 3 / 2 + 1)), mask_(slots_.size() - 1) {}

std::uint32_t NameSlots::hash(std::string_view name) {
    const std::uint64_t wide = std::hash<std::string_view>{}(name);
    return static_cast<std::uint32_t>(wide ^ wide >> 32) | 1;
}

void NameSlots::add(std::string_view name, std::uint32_t number) {
    const std::uint32_t tag = hash(name);
    std::size_t i = tag >> 1 & mask_;
    while (slots_[i].tag != 0)
        i = (i + 1) & mask_;
    slots_[i] = {tag, number};
}

const Btf::Index& Btf::name_index() const {
    std::call_once(index_->names_built, [this] {
        NameSlots slots(named_);
        for (std::uint32_t i = 0; i < records_.size(); ++i)
            if (load_le<std::uint32_t>(data_, records_[i]) != 0)
                slots.add(name_at(records_[i]), first_id_ + i);
        index_->names = std::move(slots);
    });
    return *index_;
}

const Btf::Index& Btf::enumerator_index() const {
    std::call_once(index_->enumerators_built, [this] {
        std::vector<FoundEnumerator> found;
        for (std::uint32_t i = 0; i < records_.size(); ++i)
            if (is_enum(data_, records_[i]))
                for (const Enumerator& enumerator : enumerators({first_id_ + i}))
                    found.push_back({{first_id_ + i}, enumerator});
        NameSlots slots(found.size());
        for (std::uint32_t i = 0; i < found.size(); ++i)
            slots.add(found[i].enumerator.name, i);
        index_->enumerators = std::move(slots);
        index_->found = std::move(found);
    });
    return *index_;
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
