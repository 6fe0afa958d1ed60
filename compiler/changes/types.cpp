#include "compiler/changes/types.hpp"

namespace kps::changes {

using kernel::Type;
using kernel::TypeId;
using kernel::TypeKind;

namespace {

constexpr int longest_chain = 32; // damaged types may run in circles

Spelling named(TypeKind kind, std::string_view name) {
    return mix(hash_text(name), static_cast<std::uint64_t>(kind));
}

/// A forward declaration is spelled as what it declares.
TypeKind tag_of(const Type& type) {
    if (type.kind == TypeKind::forward)
        return type.flag ? TypeKind::union_type : TypeKind::struct_type;
    return type.kind == TypeKind::enum64 ? TypeKind::enum32 : type.kind;
}

/// `id` without what does not change how a value is read.
TypeRef bare(TypeRef ref) {
    return ref.to(ref.types->btf().strip(ref.id));
}

bool is_integral(TypeKind kind) {
    return kind == TypeKind::integer || kind == TypeKind::enum32 || kind == TypeKind::enum64;
}

bool is_aggregate(TypeKind kind) {
    return kind == TypeKind::struct_type || kind == TypeKind::union_type;
}

bool points_to_anything(const Type& target) {
    return target.kind == TypeKind::void_type ||
           (target.kind == TypeKind::integer && target.size == 1);
}

} // namespace

std::uint64_t hash_text(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x00000100000001b3;
    return hash;
}

// The finisher of SplitMix64, so that sums of small numbers lie far apart.
std::uint64_t mix(std::uint64_t hash, std::uint64_t more) {
    hash += more * 0x9e3779b97f4a7c15 + 0x9e3779b97f4a7c15;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
    return hash ^ hash >> 31;
}

Types::Types(const kernel::Btf& btf, Types* base)
    : btf_(btf), base_(base), first_(base != nullptr ? base->btf_.type_count() : 0),
      known_(btf.type_count() - first_) {}

const Types::Listed& Types::listed() {
    if (listed_) return *listed_;
    listed_.emplace();
    for (std::uint32_t id = first_; id < btf_.type_count(); ++id) {
        const TypeKind kind = btf_.kind({id});
        if (is_aggregate(kind) && !btf_.type({id}).name.empty())
            listed_->structs.push_back({id});
        else if (kind == TypeKind::typedef_type)
            listed_->typedefs.push_back({id});
        else if (kind == TypeKind::enum32 || kind == TypeKind::enum64)
            listed_->enums.push_back({id});
    }
    return *listed_;
}

Spelling Types::spelling(TypeId id) {
    return compute(id, 0);
}

Spelling Types::compute(TypeId id, int depth) {
    if (base_ != nullptr && id.value < first_) return base_->compute(id, depth);
    const std::uint32_t index = id.value - first_;
    if (index < known_.size() && known_[index] != 0) return known_[index];
    if (depth > longest_chain) return 1;
    const Type type = btf_.type(id);
    Spelling spelling = 0;
    switch (type.kind) {
    case TypeKind::type_tag: spelling = compute(type.target, depth + 1); break;
    case TypeKind::pointer:
    case TypeKind::const_type:
    case TypeKind::volatile_type:
    case TypeKind::restrict_type:
        spelling = mix(compute(type.target, depth + 1), static_cast<std::uint64_t>(type.kind));
        break;
    case TypeKind::array: {
        const kernel::ArrayType array = btf_.array(id);
        spelling = mix(mix(compute(array.element, depth + 1), array.count), 3);
        break;
    }
    case TypeKind::prototype: spelling = of_prototype(type, id, depth); break;
    case TypeKind::function: spelling = compute(type.target, depth + 1); break;
    case TypeKind::integer:
    case TypeKind::typedef_type:
        spelling = type.name == "bool" || type.name == "_Bool" ? named(TypeKind::integer, "_Bool")
                                                               : named(type.kind, type.name);
        break;
    case TypeKind::void_type:
    case TypeKind::struct_type:
    case TypeKind::union_type:
    case TypeKind::enum32:
    case TypeKind::enum64:
    case TypeKind::forward:
    case TypeKind::variable:
    case TypeKind::section:
    case TypeKind::floating:
    case TypeKind::decl_tag: spelling = named(tag_of(type), type.name); break;
    }
    spelling = spelling == 0 ? 1 : spelling;
    if (index < known_.size()) known_[index] = spelling;
    return spelling;
}

Spelling Types::of_prototype(const Type& type, TypeId id, int depth) {
    Spelling spelling = mix(compute(type.target, depth + 1), type.count);
    for (const kernel::Parameter& parameter : btf_.parameters(id))
        spelling = mix(spelling, compute(parameter.type, depth + 1));
    return spelling;
}

namespace {

bool read_alike(TypeRef old_type, TypeRef new_type, int depth) {
    if (old_type.spelling() == new_type.spelling()) return true;
    const TypeRef a = bare(old_type), b = bare(new_type);
    const Type x = a.type(), y = b.type();
    if (is_integral(x.kind) && is_integral(y.kind))
        return x.size == y.size && (x.is_signed == y.is_signed || x.kind != y.kind);
    if (x.kind != y.kind || depth > longest_chain) return false;
    if (x.kind == TypeKind::pointer) {
        const TypeRef to = bare(a.to(x.target)), now_to = bare(b.to(y.target));
        return to.spelling() == now_to.spelling() || points_to_anything(to.type()) ||
               points_to_anything(now_to.type());
    }
    if (x.kind == TypeKind::array) {
        const kernel::ArrayType one = a.types->btf().array(a.id),
                                other = b.types->btf().array(b.id);
        return one.count == other.count &&
               read_alike(a.to(one.element), b.to(other.element), depth + 1);
    }
    return a.spelling() == b.spelling();
}

} // namespace

bool reads_alike(TypeRef old_type, TypeRef new_type) {
    return read_alike(old_type, new_type, 0);
}

Types* AllTypes::of(kernel::ModuleIndex module) {
    if (module >= known_.size()) return nullptr;
    std::optional<std::unique_ptr<Types>>& known = known_[module];
    if (!known) {
        known.emplace();
        if (const kernel::Btf* const btf = view_.module_btf(module))
            *known = std::make_unique<Types>(*btf, module == 0 ? nullptr : of(0));
    }
    return known->get();
}

std::vector<Types*> AllTypes::of(std::span<const kernel::ModuleIndex> modules) {
    std::vector<Types*> found;
    for (const kernel::ModuleIndex module : modules)
        if (Types* const types = of(module)) found.push_back(types);
    return found;
}

} // namespace kps::changes
