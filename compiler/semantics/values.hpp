#pragma once

#include "compiler/semantics/arithmetic.hpp"

/// What is known of an expression while it is being checked.
namespace kps::sema {

__extension__ using Wide = __int128; ///< holds every u64 and every s64

/// The values an integer can have, both ends included.
struct Range {
    Wide low = 0;
    Wide high = 0;
};

Range range_of(const ValueType& type);
Range range_of_bits(unsigned width, bool is_signed);
Wide wide(Integer value);

struct Value {
    enum class Kind : std::uint8_t {
        unknown, ///< reported already, or not to be known without the kernel: never an error again
        integer,
        string,
        bytes, ///< of an IPv6 address
        array,
    };
    Kind kind = Kind::unknown;
    ValueType type;
    ExprId expr;                     ///< unless unknown
    Range range;                     ///< of integers
    std::optional<Integer> constant; ///< of integers known before the test runs
    std::string text;                ///< of constant strings and addresses
    bool is_constant = false;
    bool is_bare = false;      ///< a number as written, without a unit or a name
    bool is_size = false;      ///< written with KiB and the like
    std::optional<bool> truth; ///< of conditions that are always or never true
    std::string_view name;     ///< if it was written as one
    Span span;

    [[nodiscard]] bool known() const { return kind != Kind::unknown; }
    [[nodiscard]] bool is_integer() const { return kind == Kind::integer; }
    /// An integer of nanoseconds.
    [[nodiscard]] bool is_duration() const {
        return is_integer() && type.display == Display::duration;
    }
};

/// For messages: `a string`, `an error number`, `enum tcp_state`, `a u16`.
std::string describe(const Value& value, const ResolvedSpec& spec);
std::string describe(const ValueType& type, const ResolvedSpec& spec);

ValueType integer_type(std::uint8_t size, bool is_signed, Display display = Display::decimal);
ValueType string_type(std::uint32_t most = 0);
inline constexpr std::uint32_t task_comm_length = 15; ///< TASK_COMM_LEN without the final NUL
ValueType boolean_type();
ValueType address_type();

/// Adds expressions to a spec; constants are folded.
class ExprBuilder {
public:
    explicit ExprBuilder(ResolvedSpec& spec) : spec_(spec) {}

    ExprId add(decltype(Expr::node) node, const ValueType& type, Span span);
    Value constant(Integer number, Display display, Span span);
    Value string(std::string text, Span span);
    Value address(std::string bytes, Span span); ///< 4 or 16 bytes in network order
    /// An integer whose value is known only from a hit.
    Value integer(ExprId expr, const ValueType& type, Span span);

    /// Operands are integers or unknown; none may be a division by a constant zero.
    Value unary(UnaryOp op, const Value& operand, Span span);
    Value binary(BinaryOp op, const Value& left, const Value& right, Span span);
    Value conditional(const Value& condition, const Value& then, const Value& otherwise, Span span);
    /// The low `size` bytes; the operand itself if it is that already.
    Value convert(const Value& operand, std::uint8_t size, bool is_signed);
    /// As a boolean: `!= 0` unless it is one.
    Value condition(const Value& operand);

    [[nodiscard]] const ResolvedSpec& spec() const { return spec_; }

private:
    [[nodiscard]] decltype(Expr::node) converted(ExprId operand, std::uint8_t size,
                                                 bool is_signed) const;

    ResolvedSpec& spec_;
};

} // namespace kps::sema
