#pragma once

#include "compiler/semantics/sources.hpp"

namespace kps::sema {

/// A field's type as written.
struct FieldTypeSpec {
    enum class Kind : std::uint8_t {
        integer,
        boolean,
        character,
        string,
        symbol,
        enumeration,
        bits,
        array,
        bytes,
        errno_code,
        ipv4,
        ipv6,
        port,
    };
    Kind kind = Kind::integer;
    ValueType element;       ///< of integers, addresses and arrays
    std::uint32_t count = 0; ///< what stands in `[]`; 0 if nothing
    bool user = false;       ///< ustring
    syntax::Name enumeration;
    std::uint8_t bit_offset = 0;
    std::uint8_t bit_width = 0;
    std::string text; ///< as written
    Span span;
};

/// Reports what is wrong with it.
std::optional<FieldTypeSpec> read_field_type(const Context& context, Expressions& expressions,
                                             const ExprScope& scope, const syntax::FieldType& type);

/// What can be told of a field without a kernel.
FieldInfo field_info(const syntax::Field& field, const std::optional<FieldTypeSpec>& type);

/// Reports what is wrong with the sources of a field on any kernel; false if it did.
bool check_sources(const Context& context, std::size_t file, const syntax::Field& field,
                   PointKind kind);

/// A field of a probe that was found, and what its values can be.
struct MadeField {
    Field field;
    Range range;
    std::vector<std::string> remarks; ///< for its probe
};
/// A field at one point.
struct FieldRequest {
    Context& context;
    Expressions& expressions;
    const ExprScope& scope;
    const FoundPoint& point;
    const syntax::Field& field;
    const FieldTypeSpec* type; ///< what `read_field_type` made of the field's; null if it has none
};
/// What the field makes of what one source reads; none if that is reported to `sink`.
std::optional<MadeField> field_of(const FieldRequest& request, Sources& sources,
                                  const Operand& operand, Span span, diag::Sink& sink);
/// Takes the first source that exists; for any kernel, the others are kept as far as they can be
/// told.
std::optional<MadeField> make_field(const FieldRequest& request);

} // namespace kps::sema
