#pragma once

#include "compiler/base/ids.hpp"
#include "compiler/base/source.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// A spec resolved against one kernel: every name, type, alternative and condition is settled.
/// It owns all its text (only `Span`s refer to the sources), so that a verdict can be computed from
/// it and from hits alone.
namespace kps::sema {

struct Expr;
struct Probe;
struct Stream;
struct EnumType;
using ExprId = Id<Expr>;
using ProbeId = Id<Probe>;
using StreamId = Id<Stream>;
using EnumId = Id<EnumType>;

// ---------------------------------------------------------------- values

struct EnumType {
    std::string name; ///< empty if anonymous
    struct Enumerator {
        std::string name;
        std::int64_t value = 0;
    };
    std::vector<Enumerator> enumerators;
};

enum class TypeKind : std::uint8_t { integer, string, bytes, array };
/// Values of `ipv4` and `port` are held as their bytes lie in memory (network order, loaded by a
/// little-endian machine); conditions over ports are lowered to swap them first.
enum class Display : std::uint8_t {
    decimal,
    hex,
    boolean,
    character,
    symbol,
    enumerator,
    errno_code,
    ipv4,
    ipv6,
    port,
    duration,
    text,
};

struct ValueType {
    TypeKind kind = TypeKind::integer;
    std::uint8_t size = 8;  ///< bytes of an integer or of an array's element: 1, 2, 4, 8
    bool is_signed = false; ///< integers and array elements
    /// Of an array elements, 0: as many as a stack has; of bytes their number; of a string the most
    /// bytes that are kept, 0: no limit.
    std::uint32_t count = 0;
    Display display = Display::decimal;
    std::optional<EnumId> enumeration = std::nullopt; ///< with `Display::enumerator`

    bool operator==(const ValueType&) const = default;
};

// ---------------------------------------------------------------- expressions

/// Integers are computed in 64 bits, wrapping; an operand narrower than that is extended by its own
/// sign first. The result is unsigned if an operand is a u64, else signed. Comparisons compare
/// values, whatever the signs. A boolean is 0 or 1.
struct Constant {
    std::uint64_t bits = 0;
    bool is_signed = true;
};
struct StringConstant {
    std::string value;
};
/// A field of the stream that the condition is about: index into `Stream::fields`.
struct FieldRef {
    std::uint32_t index = 0;
};
// What a probe can read; only inside the sources of its fields.
struct Argument { // from 0, as the function receives it in a register
    std::uint32_t index = 0;
};
struct ReturnValue {};
struct Register {
    std::string name; ///< as the kernel names it: `di`, `x0`
};
struct StackSlot { // the N-th word of the stack
    std::uint32_t index = 0;
};
struct SymbolAddress {
    std::string symbol;
};
/// A per-CPU address as it is on the CPU of the hit: `this_cpu_ptr`, include/linux/percpu-defs.h.
struct OnThisCpu {
    ExprId address;
};
/// The addresses of the kernel's code that the hit is in, innermost first.
struct CallStack {};
struct CurrentComm {};
/// A field of the tracepoint's event; `EventText`: of an array of characters, its text.
struct EventField {
    std::string name;
};
struct EventText {
    std::string name;
};
/// What stands at a member: enough of its C type for a relocation to find it again.
enum class CKind : std::uint8_t { integer, enumeration, pointer, structure, union_type, array };
struct CShape {
    CKind kind = CKind::integer;
    std::string name;        ///< tag of a struct, union or enum, name of an integer; may be empty
    std::uint64_t size = 0;  ///< bytes, of an array all of them
    bool is_signed = false;  ///< integers and enums
    std::uint64_t count = 0; ///< elements of an array
    std::vector<CShape> element = {}; ///< of an array, one
    /// Of a `MemberAddress::root` without a tag: `name` is that of its typedef.
    bool is_typedef = false;

    bool operator==(const CShape&) const = default;
};
/// One `.member` or `[index]` on the way to a place inside a struct or union. Members of anonymous
/// structs and unions count as members of the struct around them.
struct MemberStep {
    std::string member;           ///< empty: element `index` of the array that the step before gave
    std::uint64_t index = 0;      ///< of the element
    std::uint64_t bit_offset = 0; ///< from the start of the struct or array
    std::uint32_t bit_size = 0;   ///< not 0: a bitfield
    CShape shape;                 ///< of what it leads to
};
/// The address of a member of the `root` at `base`, as BPF CO-RE finds it again on other kernels
/// (Documentation/bpf/llvm_reloc.rst, v6.12).
struct MemberAddress {
    ExprId base;
    CShape root; ///< a struct or union with a name
    std::vector<MemberStep> steps;
    /// Bytes from `base` on the kernel that was resolved against; of a bitfield those to the
    /// container that is loaded.
    std::uint64_t offset = 0;
};
/// `size` bytes at `address`, extended by `is_signed`.
struct Load {
    ExprId address;
    std::uint8_t size = 8;
    bool is_signed = false;
    bool user = false; ///< user-space memory
};
struct LoadString { // up to the first NUL
    ExprId address;
    bool user = false;
};
struct LoadBytes { // `count` elements of `size` bytes
    ExprId address;
    std::uint8_t size = 1;
    std::uint32_t count = 0;
    bool user = false;
};
/// `width` bits of `container` (a `Load`) from bit `offset`, the lowest being 0.
struct ExtractBits {
    ExprId container;
    std::uint8_t offset = 0;
    std::uint8_t width = 0;
    bool is_signed = false;
};
/// The low `size` bytes, extended by `is_signed`.
struct Convert {
    ExprId operand;
    std::uint8_t size = 8;
    bool is_signed = false;
};
enum class UnaryOp : std::uint8_t { minus, complement, logical_not };
struct Unary {
    UnaryOp op = UnaryOp::minus;
    ExprId operand;
};
enum class BinaryOp : std::uint8_t {
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
/// Division by zero gives an unreadable value. `logical_and` and `logical_or` are decided by one
/// operand where that suffices, even if the other is unreadable.
struct Binary {
    BinaryOp op = BinaryOp::add;
    ExprId left;
    ExprId right;
};
struct Conditional {
    ExprId condition;
    ExprId then;
    ExprId otherwise;
};

struct Expr {
    std::variant<Constant, StringConstant, FieldRef, Argument, ReturnValue, Register, StackSlot,
                 SymbolAddress, OnThisCpu, CallStack, CurrentComm, EventField, EventText,
                 MemberAddress, Load, LoadString, LoadBytes, ExtractBits, Convert, Unary, Binary,
                 Conditional>
        node;
    ValueType type;
    Span span;
};

// ---------------------------------------------------------------- probes and streams

struct Field {
    std::string name;
    ValueType type;
    ExprId source;
    Span span;
    /// Resolved for any kernel: every source in the spec's order, of which the first whose members
    /// exist is read. Empty: there is only `source`.
    std::vector<ExprId> sources = {};
};

enum class PointKind : std::uint8_t { entry, function_return, offset, tracepoint };

struct Probe {
    std::string name; ///< `open`, `open.enter`, `vfs.read.exit`
    PointKind kind = PointKind::entry;
    /// Path of the program or library whose function it is; empty: a function of the kernel. All
    /// memory that its fields read is the program's.
    std::string program;
    std::string module; ///< of a tracepoint its group; empty: the kernel itself
    std::string symbol; ///< or the event of a tracepoint
    /// Bytes from the symbol, `PointKind::offset` only; of a program's function, its offset in the
    /// file.
    std::uint64_t offset = 0;
    std::uint32_t maxactive = 0; ///< 0: the kernel's default
    /// Where the symbol's name is not unique: the point as `_text+OFFSET`, `offset` included; 0
    /// otherwise.
    std::uint64_t text_offset = 0;
    std::vector<Field> fields;
    /// Resolved for any kernel: the probe that it stands in for where that one's point does not
    /// exist; its fields are the same in name and type.
    std::optional<ProbeId> instead_of;
    std::string
        chosen; ///< which of several alternatives it is, for the report; empty if there is one
    std::vector<std::string>
        remarks;     ///< for example that the function may be inlined in some callers
    Span span;       ///< its name
    Span point_span; ///< where it is
};

enum class Builtin : std::uint8_t { time, cpu, tid, pid, comm, func, duration };

struct StreamField {
    std::string name;
    ValueType type;
    /// A builtin, or a field of a probe: of the opening one (`side` 0) or the closing one (1).
    struct OfProbe {
        std::uint8_t side = 0;
        std::uint32_t index = 0;
    };
    std::variant<Builtin, OfProbe> origin;
};

/// The hits of one probe, or of several with the same fields (`any of`, `all of`).
struct HitStream {
    std::vector<ProbeId> probes;
};
/// Entry and return of one function, paired per tid as a stack, so that recursion nests.
struct CallStream {
    ProbeId enter;
    ProbeId exit;
};
/// A stream, narrowed by conditions that all must hold.
struct StreamUse {
    StreamId stream;
    std::vector<ExprId> where;
    std::string text; ///< as the spec writes it: `open where ret < 0`
    Span span;
};
/// Each hit of `from` with the next hit of `to` that has the same key.
struct SpanStream {
    StreamUse from; ///< of hit streams
    StreamUse to;
    std::vector<std::uint32_t> from_key; ///< indexes into the fields of the streams
    std::vector<std::uint32_t> to_key;
};

struct Stream {
    std::string name;
    std::variant<HitStream, CallStream, SpanStream> node;
    /// Builtins first, in the order of `Builtin`, then the probes' fields. For a call or span the
    /// builtins are those of the opening hit, and `duration` is there too.
    std::vector<StreamField> fields;
    /// Set if the stream is `optional` and no point of it exists on this kernel: why.
    std::optional<std::string> absent;
    Span span;
};

// ---------------------------------------------------------------- tests

enum class CompareOp : std::uint8_t {
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    in
};

/// Integers are compared by value; for `in` both ends belong to the range.
struct Comparison {
    CompareOp op = CompareOp::equal;
    std::int64_t value = 0;
    std::int64_t high = 0;
    Display display = Display::decimal; ///< how to print the bounds
    /// Set: the bound is not `value` but so many times the same measure on the old kernel, which
    /// only a gate knows. Never with `in`, a key, or a scope that may have several parts.
    std::optional<double> of_baseline = std::nullopt;
};

struct ExpectExists {
    bool some = false;
    StreamUse use;
};
struct ExpectCount {
    StreamUse use;
    Comparison comparison;
    std::vector<std::uint32_t> key; ///< field indexes; empty: one count over all
    bool per_second = false;        ///< `rate(S)`: over the time that was observed
};
struct ExpectEvery {
    StreamUse use;
    bool if_any = false;
    ExprId condition;
};
struct ExpectThen {
    std::vector<StreamUse> steps;
    std::vector<std::vector<std::uint32_t>> keys; ///< one per step, types agree
    std::optional<std::uint64_t> within_ns;       ///< from the first step's hit
};
/// A stream and the fields that make its key.
struct KeyedUse {
    StreamUse use;
    std::vector<std::uint32_t> key;
};
struct ExpectOnlyAfter {
    KeyedUse subject;
    KeyedUse earlier;                       ///< its key's types agree with the subject's
    std::optional<std::uint64_t> within_ns; ///< from the earlier hit to the subject's
};
struct ExpectPaired {
    KeyedUse opener;
    KeyedUse closer; ///< its key's types agree with the opener's
};
struct ExpectDuring {
    bool some = false;
    KeyedUse subject;
    KeyedUse span; ///< a call or span; its key's types agree with the subject's
};
struct ExpectNoOverlap {
    KeyedUse span; ///< a call or span
};
struct ExpectNoGap {
    StreamUse use;
    std::uint64_t over_ns = 0;
};
/// A deterministic automaton over hits: for no state can two of its edges take the same hit.
struct Machine {
    struct Edge {
        std::uint32_t from = 0; ///< indexes into `states`
        std::uint32_t to = 0;
        std::uint32_t event = 0; ///< index into `events`
    };
    std::string name;
    std::vector<std::string> states; ///< each can be reached and can reach one that accepts
    std::uint32_t start = 0;
    std::vector<bool> accepts;    ///< by state
    std::vector<KeyedUse> events; ///< ordered by stream, none twice; the types of the keys agree
    std::vector<Edge> edges;
};
struct ExpectFollows {
    KeyedUse subject; ///< its key's types agree with those of the events
    Machine machine;
};
/// The number of different values of a field.
struct ExpectDistinct {
    StreamUse use;
    std::uint32_t field = 0;
    Comparison comparison;
    std::vector<std::uint32_t> key;
};
enum class Aggregate : std::uint8_t { min, max, mean, sum, stddev, p50, p90, p99, p99_9 };
struct ExpectAggregate {
    Aggregate function = Aggregate::min;
    StreamUse use;
    std::uint32_t field = 0;
    Comparison comparison;
    std::vector<std::uint32_t> key;
};

/// The part of a run, or the parts, in which an expectation must hold.
struct Scope {
    enum class Kind : std::uint8_t { after, before, between, after_until };
    Kind kind = Kind::after;
    StreamUse first;
    std::optional<StreamUse> second = {}; ///< `between A and B`, `after A until B`
};

struct Expectation {
    std::variant<ExpectExists, ExpectCount, ExpectEvery, ExpectThen, ExpectOnlyAfter, ExpectPaired,
                 ExpectDuring, ExpectNoOverlap, ExpectNoGap, ExpectFollows, ExpectDistinct,
                 ExpectAggregate>
        node;
    std::string text; ///< as the spec writes it
    Span span;
    std::optional<std::string> known_failure; ///< the reason, inside `known failure`
    std::optional<Scope> scope = {};
    /// So many percent of the slices may be left out for what was lost of them. Only of `then`,
    /// `only after`, `paired with`, `during`, `no overlap` and `follows`.
    std::uint32_t allow_tainted = 0;
};
/// The streams that an expectation and its scope are about, in the order in which they are named.
std::vector<const StreamUse*> uses_of(const Expectation& expectation);
/// What a count, an aggregate or `distinct` is compared with, null for other forms.
const Comparison* comparison_of(const Expectation& expectation);

/// How often each power of two occurs: `show hist(S.field)`.
struct ShowHistogram {
    StreamUse use;
    std::uint32_t field = 0;
    std::vector<std::uint32_t> key = {}; ///< empty: one histogram
};
/// The keys with the most hits: `show top 10 count(S) by KEY`.
struct ShowTop {
    std::uint32_t most = 10;
    StreamUse use;
    std::vector<std::uint32_t> key;
};
/// The hits themselves: `show S`.
struct ShowHits {
    StreamUse use;
};
/// What the report shows besides verdicts; it never fails.
struct Show {
    std::variant<ShowHistogram, ShowTop, ShowHits> node;
    std::string text; ///< as the spec writes it
    Span span;
};

struct Run {
    std::string command;
    std::string user;       ///< empty: none given
    std::int32_t exits = 0; ///< the exit status that is expected
    std::optional<std::uint64_t> within_ns;
    Span span;
};

enum class HitScope : std::uint8_t { workload, system };

struct Test {
    std::string name;
    std::vector<std::string> tags;
    std::vector<Run> runs;
    std::vector<std::string> background;
    std::vector<std::string> setup;
    std::vector<std::string> cleanup;
    std::optional<std::uint64_t> watch_ns;
    HitScope scope = HitScope::workload;
    /// Of `system`: only hits of tasks in that control group count, or in one below it; named as in
    /// `/proc/PID/cgroup`. Empty: those of all tasks.
    std::string cgroup;
    std::vector<Expectation> expectations;
    std::vector<StreamUse> witnesses;
    std::vector<Show> shows;
    std::vector<ProbeId> probes; ///< those its streams need
    /// A requirement that this kernel does not meet, or an absent stream: the test is SKIP.
    struct Skip {
        std::string reason;
        Span span;
    };
    std::optional<Skip> skip;
    Span span;
};

struct ResolvedSpec {
    std::string path;
    std::string kernel; ///< release of the kernel it was resolved against
    Table<Expr> exprs;
    Table<Probe> probes;
    Table<Stream> streams;
    Table<EnumType> enums;
    std::vector<Test> tests;
};

} // namespace kps::sema
