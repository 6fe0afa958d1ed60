#pragma once

#include "compiler/kernel/btf.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace kps::test {

/// Writes BTF for tests: a fixture kernel's types, or (given a base) those of a module. Every call
/// adds one type and returns its id; `bytes()` is the finished section. Header only.
///
///     BtfBuilder types;
///     const TypeId integer = types.integer("int", 4);
///     const TypeId file = types.structure("file", 16, {{"f_flags", integer, 0}, {"f_mode",
///     integer, 32}}); types.function("vfs_open", integer, {{"file", types.pointer(file)}});
///     facts.image.btf = types.bytes();
class BtfBuilder {
public:
    using TypeId = kernel::TypeId;
    using TypeKind = kernel::TypeKind;

    struct Member {
        std::string name;
        TypeId type;
        std::uint32_t bit_offset = 0;
        std::uint32_t bit_size = 0; ///< not 0: a bitfield
    };
    struct Parameter {
        std::string name;
        TypeId type;
    };
    struct Enumerator {
        std::string name;
        std::int64_t value = 0;
    };

    BtfBuilder() { strings_.push_back('\0'); }
    /// Continues the ids and strings of `base`, which must be complete by now.
    explicit BtfBuilder(const BtfBuilder& base)
        : next_id_(base.next_id_), first_string_(base.first_string_ + size32(base.strings_)) {}

    enum Encoding : std::uint8_t { is_unsigned = 0, is_signed = 1, is_char = 2, is_bool = 4 };

    TypeId integer(std::string_view name, std::uint32_t size, int encoding = is_signed) {
        record(name, TypeKind::integer, 0, false, size);
        word(static_cast<std::uint32_t>(encoding) << 24 | size * 8);
        return {next_id_++};
    }
    /// An integer that is a bitfield by itself, as compilers wrote them before kind_flag.
    TypeId bitfield_integer(std::string_view name, std::uint32_t size, std::uint32_t offset,
                            std::uint32_t bits) {
        record(name, TypeKind::integer, 0, false, size);
        word(offset << 16 | bits);
        return {next_id_++};
    }
    TypeId pointer(TypeId target) { return reference({}, TypeKind::pointer, target); }
    TypeId const_type(TypeId target) { return reference({}, TypeKind::const_type, target); }
    TypeId volatile_type(TypeId target) { return reference({}, TypeKind::volatile_type, target); }
    TypeId restrict_type(TypeId target) { return reference({}, TypeKind::restrict_type, target); }
    TypeId type_tag(std::string_view tag, TypeId target) {
        return reference(tag, TypeKind::type_tag, target);
    }
    TypeId typedef_type(std::string_view name, TypeId target) {
        return reference(name, TypeKind::typedef_type, target);
    }
    TypeId array(TypeId element, std::uint32_t count) {
        record({}, TypeKind::array, 0, false, 0);
        word(element.value), word(element.value), word(count);
        return {next_id_++};
    }
    TypeId structure(std::string_view name, std::uint32_t size,
                     const std::vector<Member>& members) {
        return aggregate(name, TypeKind::struct_type, size, members);
    }
    TypeId union_type(std::string_view name, std::uint32_t size,
                      const std::vector<Member>& members) {
        return aggregate(name, TypeKind::union_type, size, members);
    }
    /// A struct with kind_flag unset: bit offsets are whole, bitfields are told by their integers.
    TypeId old_structure(std::string_view name, std::uint32_t size,
                         const std::vector<Member>& members) {
        record(name, TypeKind::struct_type, size32(members), false, size);
        for (const Member& member : members)
            word(string(member.name)), word(member.type.value), word(member.bit_offset);
        return {next_id_++};
    }
    TypeId forward(std::string_view name, bool is_union = false) {
        record(name, TypeKind::forward, 0, is_union, 0);
        return {next_id_++};
    }
    TypeId enum32(std::string_view name, const std::vector<Enumerator>& enumerators,
                  bool signed_values = false) {
        record(name, TypeKind::enum32, size32(enumerators), signed_values, 4);
        for (const Enumerator& item : enumerators)
            word(string(item.name)), word(static_cast<std::uint32_t>(item.value));
        return {next_id_++};
    }
    TypeId enum64(std::string_view name, const std::vector<Enumerator>& enumerators,
                  bool signed_values = false) {
        record(name, TypeKind::enum64, size32(enumerators), signed_values, 8);
        for (const Enumerator& item : enumerators) {
            const auto value = static_cast<std::uint64_t>(item.value);
            word(string(item.name));
            word(static_cast<std::uint32_t>(value)), word(static_cast<std::uint32_t>(value >> 32));
        }
        return {next_id_++};
    }
    TypeId floating(std::string_view name, std::uint32_t size) {
        record(name, TypeKind::floating, 0, false, size);
        return {next_id_++};
    }
    TypeId prototype(TypeId returned, const std::vector<Parameter>& parameters) {
        record({}, TypeKind::prototype, size32(parameters), false, returned.value);
        for (const Parameter& parameter : parameters)
            word(string(parameter.name)), word(parameter.type.value);
        return {next_id_++};
    }
    TypeId function(std::string_view name, TypeId prototype_id) {
        return reference(name, TypeKind::function, prototype_id);
    }
    /// The prototype and the function; returns the function's id.
    TypeId function(std::string_view name, TypeId returned,
                    const std::vector<Parameter>& parameters) {
        return function(name, prototype(returned, parameters));
    }
    TypeId variable(std::string_view name, TypeId type) {
        record(name, TypeKind::variable, 0, false, type.value);
        word(1);
        return {next_id_++};
    }
    TypeId decl_tag(std::string_view tag, TypeId target) {
        record(tag, TypeKind::decl_tag, 0, false, target.value);
        word(UINT32_MAX);
        return {next_id_++};
    }

    [[nodiscard]] std::vector<std::byte> bytes() const {
        const std::uint32_t header[] = {0x0001eb9f,      24, 0, size32(types_), size32(types_),
                                        size32(strings_)};
        std::vector<std::byte> bytes(sizeof header + types_.size() + strings_.size());
        std::memcpy(bytes.data(), header, sizeof header);
        std::ranges::copy(types_, bytes.begin() + sizeof header);
        std::memcpy(bytes.data() + sizeof header + types_.size(), strings_.data(), strings_.size());
        return bytes;
    }

private:
    template <class Container>
    static std::uint32_t size32(const Container& container) {
        return static_cast<std::uint32_t>(container.size());
    }
    void word(std::uint32_t value) {
        const auto bytes = std::bit_cast<std::array<std::byte, 4>>(value);
        types_.insert(types_.end(), bytes.begin(), bytes.end());
    }
    std::uint32_t string(std::string_view text) {
        if (text.empty()) return 0;
        const std::uint32_t offset = first_string_ + size32(strings_);
        strings_.append(text).push_back('\0');
        return offset;
    }
    void record(std::string_view name, TypeKind kind, std::uint32_t count, bool flag,
                std::uint32_t size_or_type) {
        word(string(name));
        word((flag ? 1U << 31 : 0) | static_cast<std::uint32_t>(kind) << 24 | count);
        word(size_or_type);
    }
    TypeId reference(std::string_view name, TypeKind kind, TypeId target) {
        record(name, kind, 0, false, target.value);
        return {next_id_++};
    }
    TypeId aggregate(std::string_view name, TypeKind kind, std::uint32_t size,
                     const std::vector<Member>& members) {
        record(name, kind, size32(members), true, size);
        for (const Member& member : members)
            word(string(member.name)), word(member.type.value),
                word(member.bit_size << 24 | member.bit_offset);
        return {next_id_++};
    }

    std::vector<std::byte> types_;
    std::string strings_;
    std::uint32_t next_id_ = 1;
    std::uint32_t first_string_ = 0;
};

} // namespace kps::test
