#pragma once

#include "compiler/base/result.hpp"
#include "compiler/kernel/kept_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kps::kernel {

/// A type of one `Btf` (and, for a split one, of its base). 0 is `void`.
struct TypeId {
    std::uint32_t value = 0;

    auto operator<=>(const TypeId&) const = default;
};

/// The kinds of include/uapi/linux/btf.h (v6.12), by their numbers there.
enum class TypeKind : std::uint8_t {
    void_type = 0,
    integer = 1,
    pointer = 2,
    array = 3,
    struct_type = 4,
    union_type = 5,
    enum32 = 6,
    forward = 7,
    typedef_type = 8,
    volatile_type = 9,
    const_type = 10,
    restrict_type = 11,
    function = 12,
    prototype = 13,
    variable = 14,
    section = 15,
    floating = 16,
    decl_tag = 17,
    type_tag = 18,
    enum64 = 19,
};

constexpr bool is_enum(TypeKind kind) {
    return kind == TypeKind::enum32 || kind == TypeKind::enum64;
}

struct Type {
    TypeKind kind = TypeKind::void_type;
    std::string_view name;   ///< empty if anonymous
    std::uint32_t size = 0;  ///< bytes; integers, structs, unions, enums, floats
    TypeId target;           ///< what a pointer, typedef, modifier, function or prototype refers to
    std::uint32_t count = 0; ///< members, enumerators, parameters
    bool flag = false;       ///< kind_flag: bitfields in a struct, a signed enum, a union forward
    bool is_signed = false;  ///< integers and enums
    bool is_bool = false;
    bool is_char = false;
};

struct Member {
    std::string_view name; ///< empty for an anonymous struct or union
    TypeId type;
    std::uint32_t bit_offset = 0; ///< from the start of the struct; little-endian bit order
    std::uint32_t bit_size = 0;   ///< 0 unless it is a bitfield
};

struct Parameter {
    std::string_view name;
    TypeId type;
};

struct Enumerator {
    std::string_view name;
    std::int64_t value = 0;
};

struct ArrayType {
    TypeId element;
    std::uint32_t count = 0;
};

/// Type information of a kernel or of a module (split BTF, whose ids and strings continue those of
/// the base). Format: Documentation/bpf/btf.rst, include/uapi/linux/btf.h (v6.12). Everything read
/// is checked against the bounds of its section; a damaged record reads as `void`.
class Btf {
public:
    /// `data` is kept. `base`, if any, must outlive the result and stay where it is. Fails if the
    /// header, a section's bounds or the extent of a record are wrong; big-endian is refused.
    static Result<Btf> parse(KeptBytes data, const Btf* base = nullptr);
    static Result<Btf> parse(std::vector<std::byte> data, const Btf* base = nullptr);
    /// Without looking at all of it: what `parse` finds in `data`, as `records` and `names` of the
    /// parsed one told it. These are not trusted; a type that they misplace reads as `void`. Fails
    /// if the header or a section's bounds are wrong.
    static Result<Btf> open(KeptBytes data, KeptBytes records, KeptBytes names);

    Btf(Btf&&) noexcept;
    Btf& operator=(Btf&&) noexcept;
    ~Btf();

    [[nodiscard]] Type type(TypeId id) const;
    /// As `type` has it; quicker, for it reads no name.
    [[nodiscard]] TypeKind kind(TypeId id) const;
    [[nodiscard]] std::vector<Member> members(TypeId id) const;
    [[nodiscard]] std::vector<Parameter> parameters(TypeId prototype) const;
    [[nodiscard]] std::vector<Enumerator> enumerators(TypeId id) const;
    [[nodiscard]] ArrayType array(TypeId id) const;

    /// `id` without typedefs, const, volatile, restrict and type tags.
    [[nodiscard]] TypeId strip(TypeId id) const;
    /// Bytes of a value of that type; 0 for void, functions and incomplete types.
    [[nodiscard]] std::uint64_t size_of(TypeId id) const;
    /// As C writes it: `struct file *`, `const char *`, `unsigned int[4]`.
    [[nodiscard]] std::string spell(TypeId id) const;
    /// As C declares `name` with that type: `int (*open)(struct inode *)`; of a function or
    /// prototype with the names of its parameters.
    [[nodiscard]] std::string declaration(TypeId id, std::string_view name) const;

    /// All functions with that name (several: same-named static functions); ids of kind `function`.
    /// Those of this BTF only, not those of its base.
    [[nodiscard]] std::vector<TypeId> functions(std::string_view name) const;
    /// First type of that kind and name; if there is none here, that of the base.
    [[nodiscard]] std::optional<TypeId> find(TypeKind kind, std::string_view name) const;
    /// Whether there is exactly one, here and in the base together.
    [[nodiscard]] bool is_unique(TypeKind kind, std::string_view name) const;
    /// Makes ready for the lookups by name, which else the first of them does.
    void index_names() const;
    struct FoundEnumerator {
        TypeId enum_type;
        Enumerator enumerator;
    };
    /// Every enumerator with that name, of any enum, also in the base.
    [[nodiscard]] std::vector<FoundEnumerator> find_enumerators(std::string_view name) const;

    [[nodiscard]] std::uint32_t type_count() const; ///< base included, `void` too
    [[nodiscard]] std::span<const std::byte> bytes() const { return data_; }
    /// Where in `bytes` each own type begins: a u32 for each.
    [[nodiscard]] std::span<const std::byte> records() const { return records_.bytes; }
    /// Slots from names to ids, see btf_index.hpp.
    [[nodiscard]] std::span<const std::byte> names() const;

private:
    struct Index;  // by name, each part built when first asked for
    struct Record; // of a type

    Btf();
    std::string read_header(); // what is wrong, or nothing
    std::string find_records();
    [[nodiscard]] std::uint32_t own_types() const;
    [[nodiscard]] Record record(TypeId id) const;
    [[nodiscard]] std::string_view string(std::uint32_t offset) const;
    [[nodiscard]] std::string_view name_at(std::size_t record) const;
    std::uint32_t old_bitfield(Member& member) const;
    [[nodiscard]] std::string declare(TypeId id, std::string inner, int depth) const;
    [[nodiscard]] std::string declare_pointer(TypeId target, std::string inner, int depth) const;
    [[nodiscard]] std::string declare_modified(const Type& modifier, std::string inner,
                                               int depth) const;
    [[nodiscard]] std::string declare_prototype(TypeId id, std::string inner, int depth) const;
    [[nodiscard]] const Index& name_index() const;
    [[nodiscard]] const Index& enumerator_index() const;

    KeptBytes kept_;
    std::span<const std::byte> data_;
    const Btf* base_ = nullptr;
    std::uint32_t first_id_ = 1;     // id of the first own type
    std::uint32_t first_string_ = 0; // offset of the first own string
    std::size_t types_ = 0, types_size_ = 0, strings_ = 0, strings_size_ = 0; // within data_
    KeptBytes records_;
    std::unique_ptr<Index> index_;
};

} // namespace kps::kernel
