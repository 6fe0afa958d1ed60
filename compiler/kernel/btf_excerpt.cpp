#include "compiler/kernel/btf_excerpt.hpp"

#include "compiler/kernel/bytes.hpp"

#include <algorithm>

namespace kps::kernel {

namespace {

bool is_aggregate(TypeKind kind) {
    return kind == TypeKind::struct_type || kind == TypeKind::union_type;
}

/// One BTF section in the making (Documentation/bpf/btf.rst, v6.12).
class SectionWriter {
public:
    explicit SectionWriter(std::size_t first_string) : first_string_(first_string) {
        if (first_string == 0) strings_.push_back('\0');
    }

    void word(std::uint32_t value) {
        const auto bytes = std::as_bytes(std::span(&value, 1));
        types_.insert(types_.end(), bytes.begin(), bytes.end());
    }
    void name(std::string_view text) {
        word(text.empty() ? 0 : static_cast<std::uint32_t>(first_string_ + strings_.size()));
        if (!text.empty()) strings_.append(text).push_back('\0');
    }
    void record(const Type& type, bool flag, std::size_t count, std::uint32_t size_or_type) {
        name(type.name);
        word((flag ? 1U << 31 : 0) | static_cast<std::uint32_t>(type.kind) << 24 |
             static_cast<std::uint32_t>(count));
        word(size_or_type);
    }
    [[nodiscard]] std::vector<std::byte> finish() && {
        SectionWriter whole(1);
        const auto types = static_cast<std::uint32_t>(types_.size());
        const auto strings = static_cast<std::uint32_t>(strings_.size());
        for (const std::uint32_t value : {0x0001eb9fU, 24U, 0U, types, types, strings})
            whole.word(value);
        whole.types_.insert(whole.types_.end(), types_.begin(), types_.end());
        const auto text = std::as_bytes(std::span(strings_));
        whole.types_.insert(whole.types_.end(), text.begin(), text.end());
        return std::move(whole.types_);
    }

private:
    std::size_t first_string_;
    std::vector<std::byte> types_;
    std::string strings_;
};

void write_enumerators(SectionWriter& out, const Type& type, const std::vector<Enumerator>& all) {
    for (const Enumerator& item : all) {
        const auto value = static_cast<std::uint64_t>(item.value);
        out.name(item.name);
        out.word(static_cast<std::uint32_t>(value));
        if (type.kind == TypeKind::enum64) out.word(static_cast<std::uint32_t>(value >> 32));
    }
}

void write_integer(SectionWriter& out, const Type& type) {
    out.record(type, false, 0, type.size);
    const std::uint32_t encoding =
        (type.is_signed ? 1U : 0U) | (type.is_char ? 2U : 0U) | (type.is_bool ? 4U : 0U);
    out.word(encoding << 24 | type.size * 8);
}

} // namespace

BtfExcerpt::BtfExcerpt(const Btf& kernel, const Words& words) : words_(words), kernel_{&kernel} {
    add_roots(kernel_, 1);
}

std::size_t BtfExcerpt::add_module(const Btf& module) {
    Part part{&module};
    add_roots(part, kernel_.btf->type_count());
    modules_.push_back(std::move(part));
    return modules_.size() - 1;
}

void BtfExcerpt::add_roots(Part& part, std::uint32_t first) {
    for (std::uint32_t id = first; id < part.btf->type_count(); ++id)
        if (is_root(*part.btf, {id})) keep(part, {id});
}

bool BtfExcerpt::is_root(const Btf& btf, TypeId id) const {
    const Type type = btf.type(id);
    if (type.kind == TypeKind::integer) return true; // by words such as `unsigned`
    if (type.kind == TypeKind::type_tag || type.kind == TypeKind::decl_tag ||
        type.kind == TypeKind::section)
        return false;
    if (!type.name.empty() && words_.contains(type.name)) return true;
    return is_enum(type.kind) && std::ranges::any_of(btf.enumerators(id), [&](const auto& item) {
               return words_.contains(item.name);
           });
}

void BtfExcerpt::keep(Part& part, TypeId id) {
    for (std::vector<TypeId> open{id}; !open.empty();) {
        const TypeId next = open.back();
        open.pop_back();
        const bool is_own = &part != &kernel_ && next.value >= kernel_.btf->type_count();
        Ids& ids = is_own ? part.ids : kernel_.ids;
        if (next.value == 0 || !ids.insert(next).second) continue;
        std::ranges::copy(leads_to(*part.btf, next), std::back_inserter(open));
    }
}

std::vector<TypeId> BtfExcerpt::leads_to(const Btf& btf, TypeId id) const {
    const Type type = btf.type(id);
    std::vector<TypeId> targets;
    if (is_aggregate(type.kind)) {
        for (const Member& member : members(btf, id))
            targets.push_back(member.type);
    } else if (type.kind == TypeKind::array) {
        targets.push_back(btf.array(id).element);
    } else {
        for (const Parameter& parameter : btf.parameters(id))
            targets.push_back(parameter.type);
        targets.push_back(type.target);
    }
    return targets;
}

std::vector<Member> BtfExcerpt::members(const Btf& btf, TypeId id) const {
    std::vector<Member> members = btf.members(id);
    std::erase_if(members, [&](const Member& member) {
        return !member.name.empty() && !words_.contains(member.name);
    });
    return members;
}

BtfExcerpt::NewIds BtfExcerpt::numbered(const Part* module) const {
    NewIds numbers{{TypeId{0}, 0}};
    for (const TypeId id : kernel_.ids)
        numbers.emplace(id, static_cast<std::uint32_t>(numbers.size()));
    if (module != nullptr)
        for (const TypeId id : module->ids)
            numbers.emplace(id, static_cast<std::uint32_t>(numbers.size()));
    return numbers;
}

std::vector<std::byte> BtfExcerpt::write(const Part& part, const NewIds& numbers,
                                         std::size_t first_string) const {
    SectionWriter out(first_string);
    for (const TypeId id : part.ids) {
        const Type type = part.btf->type(id);
        if (type.kind == TypeKind::integer) {
            write_integer(out, type);
        } else if (is_aggregate(type.kind)) {
            const std::vector<Member> kept = members(*part.btf, id);
            out.record(type, true, kept.size(), type.size);
            for (const Member& member : kept) {
                out.name(member.name);
                out.word(numbers.at(member.type));
                out.word(member.bit_size << 24 | member.bit_offset);
            }
        } else if (is_enum(type.kind)) {
            out.record(type, type.is_signed, type.count, type.size);
            write_enumerators(out, type, part.btf->enumerators(id));
        } else if (type.kind == TypeKind::array) {
            const ArrayType array = part.btf->array(id);
            out.record(type, false, 0, 0);
            out.word(numbers.at(array.element));
            out.word(0);
            out.word(array.count);
        } else if (type.kind == TypeKind::prototype) {
            out.record(type, false, type.count, numbers.at(type.target));
            for (const Parameter& parameter : part.btf->parameters(id)) {
                out.name(parameter.name);
                out.word(numbers.at(parameter.type));
            }
        } else {
            const bool has_size = type.kind == TypeKind::floating;
            out.record(type, type.flag, 0, has_size ? type.size : numbers.at(type.target));
            if (type.kind == TypeKind::variable) out.word(1);
        }
    }
    return std::move(out).finish();
}

std::vector<std::byte> BtfExcerpt::bytes() const {
    return write(kernel_, numbered(nullptr), 0);
}

std::vector<std::byte> BtfExcerpt::module_bytes(std::size_t number) const {
    const std::vector<std::byte> base = bytes();
    const auto strings = load_le<std::uint32_t>(base, 20);
    const Part& part = modules_.at(number);
    return write(part, numbered(&part), strings);
}

} // namespace kps::kernel
