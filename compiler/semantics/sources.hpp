#pragma once

#include "compiler/semantics/points.hpp"

namespace kps::sema {

/// An object in memory, or what an array or struct is: not loaded yet.
struct Place {
    ExprId base;                        ///< address of something that it lies in; the root, if any
    std::uint64_t offset = 0;           ///< bytes from there
    CType type;                         ///< not known for a kernel symbol without type information
    std::uint32_t bit_offset = 0;       ///< of a bitfield, from `offset`
    std::uint32_t bit_size = 0;         ///< 0 unless it is one
    bool user = false;                  ///< in user memory
    CShape root = {};                   ///< the named struct from which `steps` lead here
    std::vector<MemberStep> steps = {}; ///< empty: no member of such a struct
};

/// `steps` lead to a member that the given kernel does not have, of which nothing is known.
struct MissingMember {
    Place place;
};

/// A number with the type that C gives it, if that is known.
struct Scalar {
    Value value;
    CType type;
    bool is_raw = false;     ///< a whole register or word of which it is not known how much counts
    bool needs_type = false; ///< and it is a parameter or result, of which it matters
    bool user = false;       ///< as an address it is one of user memory
};

struct TaskName {};    ///< `comm`
struct KernelStack {}; ///< `stack`

/// The text in a field of an event; `size` is that of an array of characters, 0 if it has none.
struct FieldText {
    std::string name;
    std::uint32_t size = 0;
};

/// What a source of a field reads; `monostate` if that is reported or not to be told.
using Operand =
    std::variant<std::monostate, Place, Scalar, TaskName, KernelStack, FieldText, MissingMember>;

/// Lowers the sources of a probe's fields. Mistakes go to the sink it is made with.
class Sources {
public:
    Sources(Context& context, Expressions& expressions, const ExprScope& scope,
            const FoundPoint& point, diag::Sink& sink)
        : context_(context), expressions_(expressions), build_(expressions.builder()),
          scope_(scope), point_(point), sink_(sink) {}

    Operand read(syntax::ExprId id);
    /// The same, but members that do not exist are no mistake: a way that leads to one and no
    /// further than to its own members is a `MissingMember`.
    Operand read_missing(syntax::ExprId id);
    /// A missing member, taken to be what `model` is.
    Operand supposed(const MissingMember& member, const Operand& model, const ValueType& held,
                     Span span);
    /// A field without a source: the parameter of its name.
    Operand parameter(const syntax::Name& name);

    /// The value of an operand that is one integer; else reported.
    std::optional<Scalar> scalar(const Operand& operand, Span span);
    /// `bytes` bytes at a place whose type is not known.
    Value load(const Place& place, const ValueType& type, Span span);
    ExprId address(const Place& place, Span span);

private:
    Operand name(const syntax::Name& name);
    Operand member(const syntax::MemberExpr& member, Span span);
    Place target_of(const Scalar& pointer) const;
    Operand member_of(const Place& aggregate, const syntax::Name& name);
    Operand missing_member(Place aggregate, const syntax::Name& name);
    /// Begins a path at `place` if it is a struct with a name and none leads there.
    void begin_path(Place& place, Span span);
    Operand index(const syntax::IndexExpr& index, Span span);
    Operand unary(const syntax::UnaryExpr& unary, Span span);
    Operand dereference(const Scalar& pointer, Span span);
    Operand address_of(const Operand& operand, Span operand_span, Span span);
    Operand binary(const syntax::BinaryExpr& binary, Span span);
    Operand ternary(const syntax::TernaryExpr& ternary, Span span);
    Operand cast(const syntax::CastExpr& cast, Span span);
    Operand reg(const syntax::RegisterExpr& reg, Span span);
    Operand symbol(const syntax::SymbolExpr& symbol, Span span);
    Operand call(const syntax::CallExpr& call, Span span);
    Operand this_cpu(syntax::ExprId argument, Span span);
    std::optional<kernel::Symbol> variable(const syntax::SymbolExpr& symbol, Span span);
    Place place_of(const kernel::Symbol& variable, Span span);
    Operand kernel_stack(Span span);
    bool is_in_kernel(std::string_view words, Span span);
    Operand stack_slot(const syntax::IndexExpr& index, Span span);

    Operand event_field(const syntax::Name& name); // event_sources.cpp
    CType event_type(std::string_view text, Span span) const;
    void unknown_event_field(const syntax::Name& name);

    Operand return_value(Span span);
    Operand argument(std::uint32_t index, Span span);
    /// What `pick` chooses in each function of this name; reports if they disagree.
    template <class Pick>
    Operand agreed_argument(std::string_view words, Span span, Pick pick);
    Operand place_argument(const FunctionType::Parameter& parameter,
                           const std::vector<FunctionType::Parameter>& all, Span span);
    void unknown_parameter(const syntax::Name& name);
    void no_function_type(Span span);
    void no_such_element(Span span, std::string_view of, std::string_view what);

    std::optional<Scalar> scalar_of_place(const Place& place, Span span);
    Value bitfield(const Place& place, const ValueType& type, Span span);
    /// The type its value is held in, with its enum; none if it is not one value.
    std::optional<ValueType> held_type(const CType& type);
    Operand element(const Operand& base, Span base_span, const Value& index, Span span);
    Scalar scaled_sum(BinaryOp op, const Scalar& pointer, const Value& number, Span span);
    Scalar raw(ExprId expr, Span span, bool needs_type);
    /// The part of a raw word that a value of that type occupies.
    Scalar part(ExprId word, const ValueType& held, const CType& type, Span span);
    ExprId offset(ExprId base, std::uint64_t bytes, Span span);
    bool is_per_cpu(const kernel::Symbol& symbol) const;

    Context& context_;
    Expressions& expressions_;
    ExprBuilder& build_;
    ExprScope scope_;
    const FoundPoint& point_;
    diag::Sink& sink_;
    bool keep_missing_ = false;
};

/// `arg7` is 6; none for other names.
std::optional<std::uint32_t> argument_index(std::string_view name);

} // namespace kps::sema
