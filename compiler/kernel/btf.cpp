#include "compiler/kernel/btf.hpp"

#include "compiler/kernel/btf_index.hpp"
#include "compiler/kernel/bytes.hpp"

#include <array>
#include <fmt/core.h>

namespace kps::kernel {

namespace {

constexpr std::uint16_t btf_magic = 0xeb9f;
constexpr std::size_t btf_header_size = 24, record_size = 12;
constexpr std::uint32_t most_types = 1U << 24;
// Chains of typedefs and arrays end; damaged ones may run in a circle.
constexpr int longest_chain = 64;

/// Bytes that follow the common part of a record, and for each of what it counts.
struct Tail {
    bool known = false;
    std::uint8_t fixed = 0, per_item = 0;
};
constexpr auto tails = [] {
    std::array<Tail, 32> all{};
    const auto set = [&](TypeKind kind, std::uint8_t fixed, std::uint8_t per_item = 0) {
        all[static_cast<std::size_t>(kind)] = {true, fixed, per_item};
    };
    for (const TypeKind kind :
         {TypeKind::pointer, TypeKind::forward, TypeKind::typedef_type, TypeKind::volatile_type,
          TypeKind::const_type, TypeKind::restrict_type, TypeKind::function, TypeKind::floating,
          TypeKind::type_tag})
        set(kind, 0);
    for (const TypeKind kind : {TypeKind::integer, TypeKind::variable, TypeKind::decl_tag})
        set(kind, 4);
    set(TypeKind::array, 12);
    for (const TypeKind kind :
         {TypeKind::struct_type, TypeKind::union_type, TypeKind::section, TypeKind::enum64})
        set(kind, 0, 12);
    for (const TypeKind kind : {TypeKind::enum32, TypeKind::prototype})
        set(kind, 0, 8);
    return all;
}();

/// Empty for a kind that is not known.
std::optional<std::size_t> tail_size(TypeKind kind, std::uint32_t count) {
    const Tail tail = tails[static_cast<std::size_t>(kind)]; // 5 bits
    if (!tail.known) return std::nullopt;
    return tail.fixed + std::size_t{tail.per_item} * count;
}

bool has_size(TypeKind kind) {
    return kind == TypeKind::integer || kind == TypeKind::struct_type ||
           kind == TypeKind::union_type || kind == TypeKind::enum32 || kind == TypeKind::enum64 ||
           kind == TypeKind::floating || kind == TypeKind::section;
}

bool has_target(TypeKind kind) {
    return !has_size(kind) && kind != TypeKind::array && kind != TypeKind::forward &&
           kind != TypeKind::void_type;
}

bool has_count(TypeKind kind) {
    return kind == TypeKind::struct_type || kind == TypeKind::union_type ||
           kind == TypeKind::enum32 || kind == TypeKind::enum64 || kind == TypeKind::prototype;
}

bool is_stripped(TypeKind kind) {
    return kind == TypeKind::typedef_type || kind == TypeKind::const_type ||
           kind == TypeKind::volatile_type || kind == TypeKind::restrict_type ||
           kind == TypeKind::type_tag;
}

} // namespace

Btf::Btf() : index_(std::make_unique<Index>()) {}
Btf::Btf(Btf&&) noexcept = default;
Btf& Btf::operator=(Btf&&) noexcept = default;
Btf::~Btf() = default;

Result<Btf> Btf::parse(std::vector<std::byte> data, const Btf* base) {
    return parse(keep(std::move(data)), base);
}

Result<Btf> Btf::parse(KeptBytes data, const Btf* base) {
    Btf btf;
    btf.kept_ = std::move(data);
    btf.data_ = btf.kept_.bytes;
    btf.base_ = base;
    if (base) {
        btf.first_id_ = base->type_count();
        btf.first_string_ = base->first_string_ + static_cast<std::uint32_t>(base->strings_size_);
    }
    std::string problem = btf.read_header();
    if (problem.empty()) problem = btf.find_records();
    if (!problem.empty()) return fail("damaged BTF: " + problem);
    return btf;
}

Result<Btf> Btf::open(KeptBytes data, KeptBytes records, KeptBytes names) {
    Btf btf;
    btf.kept_ = std::move(data);
    btf.data_ = btf.kept_.bytes;
    if (const std::string problem = btf.read_header(); !problem.empty())
        return fail("damaged BTF: " + problem);
    if (records.bytes.size() / sizeof(std::uint32_t) >= most_types)
        return fail("damaged BTF: it has too many types");
    btf.records_ = std::move(records);
    std::call_once(btf.index_->names_built,
                   [&] { btf.index_->names = NameSlots(std::move(names)); });
    return btf;
}

std::string Btf::read_header() {
    if (data_.size() < btf_header_size || data_.size() > UINT32_MAX)
        return fmt::format("{} bytes cannot hold it", data_.size());
    const auto found = load_le<std::uint16_t>(data_, 0);
    if (found == 0x9feb) return "it is big-endian, which is not supported";
    if (found != btf_magic) return fmt::format("magic is {:#x}, not {:#x}", found, btf_magic);
    if (const auto version = load_le<std::uint8_t>(data_, 2); version != 1)
        return fmt::format("version is {}, not 1", version);
    const std::uint64_t header = load_le<std::uint32_t>(data_, 4);
    types_ = header + load_le<std::uint32_t>(data_, 8);
    types_size_ = load_le<std::uint32_t>(data_, 12);
    strings_ = header + load_le<std::uint32_t>(data_, 16);
    strings_size_ = load_le<std::uint32_t>(data_, 20);
    if (header < btf_header_size || !in_bounds(data_, types_, types_size_))
        return "its types lie outside of it";
    if (!in_bounds(data_, strings_, strings_size_)) return "its strings lie outside of it";
    if (strings_size_ > 0 && data_[strings_ + strings_size_ - 1] != std::byte{0})
        return "its strings do not end with a NUL";
    if (strings_size_ > 0 && first_string_ == 0 && data_[strings_] != std::byte{0})
        return "its strings do not begin with the empty one";
    return {};
}

std::string Btf::find_records() {
    const std::size_t end = types_ + types_size_;
    std::vector<std::uint32_t> records;
    records.reserve(types_size_ / 20);
    for (std::size_t at = types_; at < end;) {
        const std::size_t id = first_id_ + records.size();
        if (end - at < record_size) return fmt::format("type {} is cut short", id);
        const Record record{this, at, load_le<std::uint32_t>(data_, at + 4)};
        const auto tail = tail_size(record.kind(), record.count());
        if (!tail)
            return fmt::format("type {} is of unknown kind {}", id,
                               static_cast<int>(record.kind()));
        if (*tail > end - at - record_size) return fmt::format("type {} is cut short", id);
        if (id >= most_types) return "it has too many types";
        records.push_back(static_cast<std::uint32_t>(at));
        at += record_size + *tail;
    }
    records_ = keep(std::move(records));
    return {};
}

std::uint32_t Btf::own_types() const {
    return static_cast<std::uint32_t>(records_.bytes.size() / sizeof(std::uint32_t));
}

std::uint32_t Btf::type_count() const {
    return first_id_ + own_types();
}

Btf::Record Btf::record(TypeId id) const {
    const Btf* from = this;
    while (from->base_ != nullptr && id.value < from->first_id_)
        from = from->base_;
    const std::uint32_t index = id.value - from->first_id_;
    if (id.value < from->first_id_ || index >= from->own_types()) return {};
    const std::size_t at =
        load_le<std::uint32_t>(from->records_.bytes, index * sizeof(std::uint32_t));
    const std::size_t end = from->types_ + from->types_size_;
    if (at < from->types_ || at + record_size > end) return {};
    const Record found{from, at, load_le<std::uint32_t>(from->data_, at + 4),
                       load_le<std::uint32_t>(from->data_, at + 8)};
    const auto tail = tail_size(found.kind(), found.count());
    return tail && *tail <= end - at - record_size ? found : Record{};
}

std::string_view Btf::string(std::uint32_t offset) const {
    if (base_ && offset < first_string_) return base_->string(offset);
    const std::uint32_t own = offset - first_string_;
    if (own >= strings_size_) return {};
    return {reinterpret_cast<const char*>(data_.data() + strings_ + own)}; // NUL-checked at parse
}

std::string_view Btf::name_at(std::size_t record) const {
    return string(load_le<std::uint32_t>(data_, record));
}

TypeKind Btf::kind(TypeId id) const {
    return record(id).kind();
}

Type Btf::type(TypeId id) const {
    const Record found = record(id);
    if (!found) return {};
    Type type;
    type.kind = found.kind();
    type.name = found.from->name_at(found.at);
    type.flag = found.flag();
    if (has_size(type.kind)) type.size = found.size_or_type;
    if (has_target(type.kind)) type.target = {found.size_or_type};
    if (has_count(type.kind)) type.count = found.count();
    if (type.kind == TypeKind::enum32 || type.kind == TypeKind::enum64) type.is_signed = type.flag;
    if (type.kind == TypeKind::integer) {
        const std::uint32_t encoding =
            load_le<std::uint32_t>(found.from->data_, found.at + record_size) >> 24;
        type.is_signed = (encoding & 1) != 0;
        type.is_char = (encoding & 2) != 0;
        type.is_bool = (encoding & 4) != 0;
    }
    return type;
}

std::vector<Member> Btf::members(TypeId id) const {
    const Record outer = record(id);
    if (outer.kind() != TypeKind::struct_type && outer.kind() != TypeKind::union_type) return {};
    const Btf& from = *outer.from;
    std::vector<Member> members;
    members.reserve(outer.count());
    for (std::uint32_t i = 0; i < outer.count(); ++i) {
        const std::size_t at = outer.at + record_size + 12 * std::size_t{i};
        const auto place = load_le<std::uint32_t>(from.data_, at + 8);
        Member member{from.name_at(at), {load_le<std::uint32_t>(from.data_, at + 4)}};
        member.bit_offset = outer.flag() ? place & 0xffffff : place;
        member.bit_size = outer.flag() ? place >> 24 : from.old_bitfield(member);
        members.push_back(member);
    }
    return members;
}

/// Without kind_flag a bitfield is told by its integer: fewer bits than its bytes have, which begin
/// at an offset of their own.
std::uint32_t Btf::old_bitfield(Member& member) const {
    const Record integer = record(strip(member.type));
    if (integer.kind() != TypeKind::integer) return 0;
    const auto encoding = load_le<std::uint32_t>(integer.from->data_, integer.at + record_size);
    const std::uint32_t bits = encoding & 0xff;
    if (bits == 0 || bits == integer.size_or_type * 8) return 0;
    member.bit_offset += encoding >> 16 & 0xff;
    return bits;
}

std::vector<Parameter> Btf::parameters(TypeId prototype) const {
    const Record found = record(prototype);
    if (found.kind() != TypeKind::prototype) return {};
    const Btf& from = *found.from;
    std::vector<Parameter> parameters;
    parameters.reserve(found.count());
    for (std::uint32_t i = 0; i < found.count(); ++i) {
        const std::size_t at = found.at + record_size + 8 * std::size_t{i};
        parameters.push_back({from.name_at(at), {load_le<std::uint32_t>(from.data_, at + 4)}});
    }
    return parameters;
}

std::vector<Enumerator> Btf::enumerators(TypeId id) const {
    const Record found = record(id);
    const bool wide = found.kind() == TypeKind::enum64;
    if (!wide && found.kind() != TypeKind::enum32) return {};
    const Btf& from = *found.from;
    std::vector<Enumerator> enumerators;
    enumerators.reserve(found.count());
    for (std::uint32_t i = 0; i < found.count(); ++i) {
        const std::size_t at = found.at + record_size + (wide ? 12 : 8) * std::size_t{i};
        const auto low = load_le<std::uint32_t>(from.data_, at + 4);
        const std::uint64_t high = wide ? load_le<std::uint32_t>(from.data_, at + 8)
                                        : (found.flag() && low >> 31 != 0 ? UINT32_MAX : 0);
        enumerators.push_back({from.name_at(at), static_cast<std::int64_t>(high << 32 | low)});
    }
    return enumerators;
}

ArrayType Btf::array(TypeId id) const {
    const Record found = record(id);
    if (found.kind() != TypeKind::array) return {};
    const std::size_t at = found.at + record_size;
    return {{load_le<std::uint32_t>(found.from->data_, at)},
            load_le<std::uint32_t>(found.from->data_, at + 8)};
}

TypeId Btf::strip(TypeId id) const {
    for (int steps = 0; steps < longest_chain; ++steps) {
        const Record found = record(id);
        if (!is_stripped(found.kind())) return id;
        id = {found.size_or_type};
    }
    return {};
}

std::uint64_t Btf::size_of(TypeId id) const {
    std::uint64_t elements = 1;
    for (int steps = 0; steps < longest_chain; ++steps) {
        id = strip(id);
        const Type type = this->type(id);
        if (type.kind == TypeKind::pointer) return elements * 8;
        if (type.kind != TypeKind::array) return elements * type.size;
        const ArrayType array = this->array(id);
        // The product of a sane type fits in 32 bits; a damaged one must not wrap to a small one.
        if (array.count != 0 && elements > UINT32_MAX / array.count) return 0;
        elements *= array.count;
        id = array.element;
    }
    return 0;
}

} // namespace kps::kernel
