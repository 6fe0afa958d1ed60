#pragma once

#include "compiler/base/ids.hpp"
#include "compiler/base/rare.hpp"
#include "compiler/base/source.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The syntax of one `.kps` file. Nodes hold views into the `SourceSet` they were parsed from and
/// refer to each other by index into the tables of their `File`.
namespace kps::syntax {

struct Expr;
struct Declaration;
struct Statement;
using ExprId = Id<Expr>;
using DeclarationId = Id<Declaration>;
using StatementId = Id<Statement>;

/// A name as it means, without backquotes; `span` includes them.
struct Name {
    std::string_view text;
    Span span;
};

/// `a.b.c`
struct Path {
    std::vector<Name> parts;
    Span span;
};

/// A text between quotes or the lines of a block, with its escapes resolved.
struct Text {
    std::string value;
    Span span;
};

// ---------------------------------------------------------------- expressions

enum class IntegerUnit : std::uint8_t { none, duration, size };

/// `value` is in nanoseconds for a duration and in bytes for a size.
struct IntegerLiteral {
    std::uint64_t value = 0;
    IntegerUnit unit = IntegerUnit::none;
};
struct DecimalLiteral { // only as a factor of `baseline`
    double value = 0;
};
struct StringLiteral {
    std::string value;
};
struct CharLiteral {
    char value = 0;
};
struct IpLiteral { // ip"10.0.0.1": 4 or 16 bytes, network order
    std::string bytes;
};
struct NameExpr {
    Name name;
};
struct RegisterExpr { // %di; the name without the sign
    Name name;
};
struct SymbolExpr { // @jiffies; the name without the sign
    Name name;
};
struct MemberExpr {
    ExprId base;
    Name member;
    bool arrow = false;
};
struct IndexExpr {
    ExprId base;
    ExprId index;
};
enum class UnaryOperator : std::uint8_t { minus, complement, logical_not, dereference, address_of };
struct UnaryExpr {
    UnaryOperator op = UnaryOperator::minus;
    ExprId operand;
};
enum class BinaryOperator : std::uint8_t {
    multiply,
    divide,
    remainder,
    add,
    subtract,
    shift_left,
    shift_right,
    less,
    less_equal,
    greater,
    greater_equal,
    equal,
    not_equal,
    bit_and,
    bit_xor,
    bit_or,
    logical_and,
    logical_or,
};
struct BinaryExpr {
    BinaryOperator op = BinaryOperator::add;
    ExprId left;
    ExprId right;
};
struct TernaryExpr {
    ExprId condition;
    ExprId then;
    ExprId otherwise;
};
/// `value in low..high`, both ends included.
struct InRangeExpr {
    ExprId value;
    ExprId low;
    ExprId high;
};
/// `struct sock **`; `tag` is `struct`, `union`, `enum` or empty.
struct CType {
    std::string_view tag;
    Name name;
    std::uint32_t pointers = 0;
    Span span;
};
struct CastExpr {
    CType type;
    ExprId operand;
};
struct CallExpr { // this_cpu(x)
    Name callee;
    std::vector<ExprId> arguments;
};

struct Expr {
    std::variant<IntegerLiteral, DecimalLiteral, StringLiteral, CharLiteral, IpLiteral, NameExpr,
                 RegisterExpr, SymbolExpr, MemberExpr, IndexExpr, UnaryExpr, BinaryExpr,
                 TernaryExpr, InRangeExpr, CastExpr, CallExpr>
        node;
    Span span;
};

// ---------------------------------------------------------------- fields

/// `u32`, `string[64]`, `enum task_state`, `bits(3, 2)`, `u8[16]`.
struct FieldType {
    Name name; ///< `u32`, `string`, `enum`, `bits`, ...
    std::optional<Name> enum_name;
    std::optional<ExprId> bit_offset; ///< `bits` only, with `bit_width`
    std::optional<ExprId> bit_width;
    std::optional<ExprId> count; ///< what stands in `[]`
    Span span;
};

struct Field {
    Name name;
    std::optional<FieldType> type;
    std::vector<ExprId> sources; ///< none: the name itself; several: `else` alternatives
    Span span;
};

// ---------------------------------------------------------------- probe points

struct SymbolName { // [MODULE:]SYMBOL
    std::optional<Name> module;
    Name symbol;
    Span span;
};
struct EntryPoint {
    SymbolName symbol;
};
struct ReturnPoint {
    SymbolName symbol;
    std::optional<ExprId> maxactive;
};
struct OffsetPoint {
    SymbolName symbol;
    ExprId offset; ///< bytes
};
struct FileLinePoint {
    Text file;
    ExprId line;
};
struct FunctionLinePoint {
    SymbolName symbol;
    ExprId line;
};
struct TracepointPoint {
    Name group;
    Name event;
};
struct AnyOfPoint { // entry|return any of "glob"
    bool is_return = false;
    Text glob;
};
struct AllOfPoint { // entry|return all of a, b
    bool is_return = false;
    std::vector<SymbolName> symbols;
};
struct UserPoint {
    bool is_return = false;
    Text path;
    Name symbol;
};

struct Point {
    std::variant<EntryPoint, ReturnPoint, OffsetPoint, FileLinePoint, FunctionLinePoint,
                 TracepointPoint, AnyOfPoint, AllOfPoint, UserPoint>
        node;
    Span span;
};

// ---------------------------------------------------------------- streams and expectations

/// `open.enter where ret < 0`
struct Stream {
    Path name;
    std::optional<ExprId> where;
    Span span;
};

/// `by tid`, `by (tid, file)`
struct Key {
    std::vector<Name> fields;
    Span span;
};

/// What stands behind a count or an aggregate: `>= 3`, `in 1..5` (`high` set).
struct Comparison {
    BinaryOperator op = BinaryOperator::equal; ///< meaningless if `high` is set
    ExprId value;
    std::optional<ExprId> high;
    Span span;
};

struct ExpectExists { // some S, no S [during SPAN] [by KEY]
    bool some = false;
    Stream stream;
    Rare<Stream> during;
    std::optional<Key> by;
};
struct ExpectCount {
    Stream stream;
    Comparison comparison;
    std::optional<Key> by;
};
struct ExpectEvery {
    Stream stream;
    bool if_any = false;
    ExprId condition;
};
struct ExpectThen {
    std::vector<Stream> steps; ///< two or more
    std::optional<Key> by;
    std::optional<ExprId> within;
};
struct ExpectOnlyAfter {
    Stream stream;
    Stream earlier;
    std::optional<Key> by;
    std::optional<ExprId> within;
};
struct ExpectPaired {
    Stream opener;
    Stream closer;
    std::optional<Key> by;
};
struct ExpectNoOverlap {
    Stream span;
    std::optional<Key> by;
};
struct ExpectNoGap {
    Stream stream;
    ExprId over;
};
/// `p99(S.field where ...) < 5ms by KEY`; the last part of `stream.name` is the field. `function`
/// is `min max mean sum stddev p50 p90 p99 p99.9 rate distinct`.
struct ExpectAggregate {
    Name function;
    Stream stream;
    Comparison comparison;
    std::optional<Key> by;
};
struct ExpectFollows {
    Stream stream;
    Path machine;
};

enum class ScopeKind : std::uint8_t { after, before, between, after_until };
struct ScopeClause {
    ScopeKind kind = ScopeKind::after;
    Stream first;
    std::optional<Stream> second; ///< `between A and B`, `after A until B`
};

struct Expectation {
    std::variant<ExpectExists, ExpectCount, ExpectEvery, ExpectThen, ExpectOnlyAfter, ExpectPaired,
                 ExpectNoOverlap, ExpectNoGap, ExpectAggregate, ExpectFollows>
        node;
    Rare<ScopeClause> scope;
    std::optional<ExprId> allow_tainted; ///< percent
    Span span;                           ///< from `expect` to the end
};

// ---------------------------------------------------------------- conditions on the kernel

struct KernelVersion { // >= 5.6
    BinaryOperator op = BinaryOperator::greater_equal;
    std::string_view version; ///< digits and dots
    Span span;
};
struct RequiresKernel {
    KernelVersion version;
};
struct RequiresConfig {
    Name name; ///< with or without `CONFIG_`
};
struct RequiresSymbol {
    SymbolName symbol;
};
struct RequiresFeature {
    Name name;
};
struct RequiresArch {
    std::vector<Name> names;
};
struct Requires {
    std::variant<RequiresKernel, RequiresConfig, RequiresSymbol, RequiresFeature, RequiresArch>
        node;
    Span span;
};

// ---------------------------------------------------------------- statements of a test

struct RunStatement {
    Text command; ///< for `/bin/sh -c`
    bool is_block = false;
    std::optional<Name> user;
    std::optional<ExprId> exits;
    std::optional<ExprId> within;
};
struct BackgroundStatement {
    Text command;
};
struct WatchStatement {
    ExprId duration;
};
struct SetupStatement {
    Text command;
};
struct CleanupStatement {
    Text command;
};
enum class HitScope : std::uint8_t { workload, system, cgroup };
struct ScopeStatement {
    HitScope scope = HitScope::workload;
    std::optional<Text> cgroup;
};
struct LetStatement {
    Name name;
    Stream stream;
};
struct RequiresStatement {
    Requires condition;
};
struct OnStatement { // on kernel >= V { }, on arch A { }
    std::variant<RequiresKernel, RequiresArch> condition;
    std::vector<StatementId> body;
};
struct ExpectStatement {
    Expectation expectation;
};
struct KnownFailureStatement {
    Text reason;
    std::vector<StatementId> body;
};
struct WitnessStatement {
    Stream stream;
};
enum class ShowKind : std::uint8_t { stream, hist, top };
struct ShowStatement { // show S, show hist(S.field), show top N count(S) by KEY
    ShowKind kind = ShowKind::stream;
    Stream stream;
    std::optional<ExprId> top;
    std::optional<Key> by;
};

struct Statement {
    std::variant<RunStatement, BackgroundStatement, WatchStatement, SetupStatement,
                 CleanupStatement, ScopeStatement, LetStatement, RequiresStatement, OnStatement,
                 ExpectStatement, KnownFailureStatement, WitnessStatement, ShowStatement>
        node;
    Span span;
};

// ---------------------------------------------------------------- declarations

struct ImportDeclaration {
    std::variant<Path, Text> what; ///< `a.b` on the library path, or "./file.kps"
    std::optional<Name> alias;
};
struct RequiresDeclaration {
    Requires condition;
};
struct ConstDeclaration {
    Name name;
    ExprId value;
};
struct ProbeDeclaration {
    Name name;
    std::vector<Point> points; ///< in order of preference
    bool optional = false;
    std::vector<Field> fields;
};
struct CallDeclaration {
    Name name;
    std::vector<SymbolName> symbols; ///< in order of preference
    bool optional = false;
    std::vector<Field> enter;
    std::vector<Field> exit;
    std::optional<Span> enter_span; ///< `enter { ... }`
    std::optional<Span> exit_span;
};
struct SpanDeclaration {
    Name name;
    Stream from;
    Stream to;
    std::optional<Key> by;
};
struct MachineEdge {
    Name from;
    std::vector<Stream> events;
    Name to;
    Span span;
};
struct MachineDeclaration {
    Name name;
    std::optional<Key> by;
    std::vector<Name> start;
    std::vector<MachineEdge> edges;
    std::vector<Name> accept;
    std::vector<Span> parts; ///< of all the above, in the order written
};
struct TemplateDeclaration {
    Name name;
    std::vector<Name> parameters;
    std::vector<DeclarationId> body;
};
struct UseDeclaration {
    Path name;
    std::vector<ExprId> arguments;
    std::optional<Name> alias;
};
struct TestDeclaration {
    Text name;
    std::vector<Name> tags;
    std::vector<StatementId> body;
};

struct Declaration {
    std::variant<ImportDeclaration, RequiresDeclaration, ConstDeclaration, ProbeDeclaration,
                 CallDeclaration, SpanDeclaration, MachineDeclaration, TemplateDeclaration,
                 UseDeclaration, TestDeclaration>
        node;
    Span span;
};

struct File {
    SourceId source;
    std::vector<DeclarationId> declarations; ///< of the top level, in order
    Table<Expr> exprs;
    Table<Statement> statements;
    Table<Declaration> all_declarations; ///< those inside templates too
    std::vector<Span> comments;          ///< each from `#` to the end of its line
};

} // namespace kps::syntax
