#include "compiler/semantics/resolve.hpp"

#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/spelling.hpp"
#include "compiler/semantics/values.hpp"

#include <utility>

namespace kps::sema {

namespace {

std::string in_quotes(std::string_view text) {
    std::string quoted = "\"";
    for (char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (c == '\n') {
            quoted += "\\n";
        } else if (code < 0x20 || code == 0x7f) {
            quoted += fmt::format("\\x{:02x}", code);
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

std::string_view name_of(Builtin builtin) {
    switch (builtin) {
    case Builtin::time: return "time";
    case Builtin::cpu: return "cpu";
    case Builtin::tid: return "tid";
    case Builtin::pid: return "pid";
    case Builtin::comm: return "comm";
    case Builtin::func: return "func";
    case Builtin::duration: return "duration";
    }
    std::unreachable();
}

std::string_view name_of(Display display) {
    switch (display) {
    case Display::decimal: return "";
    case Display::hex: return "hex";
    case Display::boolean: return "bool";
    case Display::character: return "char";
    case Display::symbol: return "symbol";
    case Display::enumerator: return "enum";
    case Display::errno_code: return "errno";
    case Display::ipv4: return "ipv4";
    case Display::ipv6: return "ipv6";
    case Display::port: return "port";
    case Display::duration: return "duration";
    case Display::text: return "";
    }
    std::unreachable();
}

class Dumper {
public:
    explicit Dumper(const ResolvedSpec& spec) : spec_(spec) {}

    std::string dump() {
        line(0, "spec {} on {}", in_quotes(spec_.path), spec_.kernel);
        for (std::uint32_t i = 0; i < spec_.probes.size(); ++i)
            probe({i});
        for (const Stream& stream : spec_.streams)
            this->stream(stream);
        for (const Test& test : spec_.tests)
            this->test(test);
        return std::move(text_);
    }

    [[nodiscard]] std::string source(ExprId id) const { return expr(id); }

private:
    template <class... Args>
    void line(int depth, fmt::format_string<Args...> format, Args&&... args) {
        text_ += std::string(static_cast<std::size_t>(depth) * 2, ' ') +
                 fmt::format(format, std::forward<Args>(args)...) + "\n";
    }

    [[nodiscard]] std::string type(const ValueType& type) const {
        const std::string number = fmt::format("{}{}", type.is_signed ? 's' : 'u', type.size * 8);
        std::string shown(name_of(type.display));
        if (type.display == Display::enumerator && type.enumeration)
            shown += " " + spec_.enums[*type.enumeration].name;
        const std::string suffix = shown.empty() ? "" : " " + shown;
        switch (type.kind) {
        case TypeKind::integer: return number + suffix;
        case TypeKind::string:
            return type.count > 0 ? fmt::format("string[{}]", type.count) : "string";
        case TypeKind::bytes: return fmt::format("bytes[{}]{}", type.count, suffix);
        case TypeKind::array:
            return type.count > 0 ? fmt::format("{}[{}]{}", number, type.count, suffix)
                                  : fmt::format("{}[]{}", number, suffix);
        }
        std::unreachable();
    }

    [[nodiscard]] std::string expr(ExprId id, const Stream* stream = nullptr) const {
        const auto inner = [&](ExprId part) { return expr(part, stream); };
        const auto space = [](bool user) { return user ? "user " : ""; };
        return std::visit(
            Overloaded{
                [](const Constant& e) {
                    return e.is_signed ? std::to_string(static_cast<std::int64_t>(e.bits))
                                       : std::to_string(e.bits);
                },
                [](const StringConstant& e) { return in_quotes(e.value); },
                [&](const FieldRef& e) {
                    return stream != nullptr ? stream->fields[e.index].name
                                             : fmt::format("field {}", e.index);
                },
                [](const Argument& e) { return fmt::format("arg{}", e.index + 1); },
                [](const EventField& e) { return "field " + e.name; },
                [](const EventText& e) { return "text of field " + e.name; },
                [](const ReturnValue&) { return std::string("retval"); },
                [](const Register& e) { return "%" + e.name; },
                [](const StackSlot& e) { return fmt::format("stack[{}]", e.index); },
                [](const SymbolAddress& e) { return "&" + e.symbol; },
                [&](const OnThisCpu& e) { return fmt::format("this_cpu({})", inner(e.address)); },
                [](const CallStack&) { return std::string("stack"); },
                [](const CurrentComm&) { return std::string("comm"); },
                [&](const MemberAddress& e) {
                    return fmt::format("({} + {}@{})", inner(e.base), path(e), e.offset);
                },
                [&](const Load& e) {
                    return fmt::format("load {}{}{}({})", space(e.user), e.is_signed ? 's' : 'u',
                                       e.size * 8, inner(e.address));
                },
                [&](const LoadString& e) {
                    return fmt::format("load {}string({})", space(e.user), inner(e.address));
                },
                [&](const LoadBytes& e) {
                    return fmt::format("load {}{}x{}({})", space(e.user), e.count, e.size * 8,
                                       inner(e.address));
                },
                [&](const ExtractBits& e) {
                    return fmt::format("bits {}{} at {} of {}", e.is_signed ? "s" : "u", e.width,
                                       e.offset, inner(e.container));
                },
                [&](const Convert& e) {
                    return fmt::format("{}{}({})", e.is_signed ? 's' : 'u', e.size * 8,
                                       inner(e.operand));
                },
                [&](const Unary& e) {
                    return fmt::format("{}{}", spelling(e.op), inner(e.operand));
                },
                [&](const Binary& e) {
                    return fmt::format("({} {} {})", inner(e.left), spelling(e.op), inner(e.right));
                },
                [&](const Conditional& e) {
                    return fmt::format("({} ? {} : {})", inner(e.condition), inner(e.then),
                                       inner(e.otherwise));
                },
            },
            spec_.exprs[id].node);
    }

    /// `file.f_path.dentry`: the struct and the way into it.
    static std::string path(const MemberAddress& address) {
        std::string text = address.root.name;
        for (const MemberStep& step : address.steps)
            text += step.member.empty() ? fmt::format("[{}]", step.index) : "." + step.member;
        return text;
    }

    void probe(ProbeId id) {
        const Probe& probe = spec_.probes[id];
        const std::string& outer = probe.program.empty() ? probe.module : probe.program;
        const std::string where = (outer.empty() ? "" : outer + ":") + probe.symbol;
        const std::string_view kind = probe.kind == PointKind::entry             ? "entry"
                                      : probe.kind == PointKind::tracepoint      ? "tracepoint"
                                      : probe.kind == PointKind::function_return ? "return"
                                                                                 : "at";
        line(0, "probe {} {} {} {}{}{}{}{}", id.value, probe.name, kind, where,
             probe.offset > 0 ? fmt::format("+{:#x}", probe.offset) : "",
             probe.maxactive > 0 ? fmt::format(" maxactive {}", probe.maxactive) : "",
             probe.instead_of ? fmt::format(" instead of {}", probe.instead_of->value) : "",
             probe.chosen.empty() ? "" : fmt::format(" (of several: {})", probe.chosen));
        for (const Field& field : probe.fields) {
            line(1, "{} : {} = {}", field.name, type(field.type), expr(field.source));
            for (const ExprId source : field.sources)
                line(2, "{} {}", source == field.source ? "here" : "else", expr(source));
        }
        for (const std::string& remark : probe.remarks)
            line(1, "# {}", remark);
    }

    [[nodiscard]] std::string names(const Stream& stream,
                                    const std::vector<std::uint32_t>& indexes) const {
        std::string text;
        for (const std::uint32_t index : indexes)
            text += (text.empty() ? "" : ", ") + stream.fields[index].name;
        return text;
    }

    [[nodiscard]] std::string use(const StreamUse& use) const {
        const Stream& stream = spec_.streams[use.stream];
        std::string text = stream.name;
        for (const ExprId condition : use.where)
            text += " where " + expr(condition, &stream);
        return text;
    }

    void stream(const Stream& stream) {
        const std::string kind =
            std::visit(Overloaded{
                           [](const HitStream& s) {
                               std::string text = "hits of";
                               for (const ProbeId probe : s.probes)
                                   text += fmt::format(" {}", probe.value);
                               return text;
                           },
                           [](const CallStream& s) {
                               return fmt::format("calls {} to {}", s.enter.value, s.exit.value);
                           },
                           [&](const SpanStream& s) {
                               return fmt::format("{} => {} by {}", use(s.from), use(s.to),
                                                  names(spec_.streams[s.from.stream], s.from_key));
                           },
                       },
                       stream.node);
        line(0, "stream {} {}", stream.name, kind);
        for (const StreamField& field : stream.fields) {
            const auto* builtin = std::get_if<Builtin>(&field.origin);
            const auto* read = std::get_if<StreamField::OfProbe>(&field.origin);
            line(1, "{} : {} from {}", field.name, type(field.type),
                 builtin != nullptr ? "every hit, " + std::string(name_of(*builtin))
                                    : fmt::format("side {} field {}", read->side, read->index));
        }
    }

    [[nodiscard]] std::string comparison(const Comparison& comparison) const {
        if (comparison.of_baseline)
            return fmt::format("{} {} * baseline", spelling(comparison.op),
                               *comparison.of_baseline);
        if (comparison.op == CompareOp::in)
            return fmt::format("in {}..{}", comparison.value, comparison.high);
        return fmt::format("{} {}", spelling(comparison.op), comparison.value);
    }

    [[nodiscard]] std::string by(const StreamUse& use,
                                 const std::vector<std::uint32_t>& key) const {
        return key.empty() ? "" : " by " + names(spec_.streams[use.stream], key);
    }

    [[nodiscard]] std::string then(const ExpectThen& expect) const {
        std::string text;
        for (std::size_t i = 0; i < expect.steps.size(); ++i)
            text += (i > 0 ? " then " : "") + use(expect.steps[i]) +
                    by(expect.steps[i], expect.keys[i]);
        return text + within(expect.within_ns);
    }

    [[nodiscard]] std::string keyed(const KeyedUse& keyed) const {
        return use(keyed.use) + by(keyed.use, keyed.key);
    }

    static std::string within(std::optional<std::uint64_t> limit_ns) {
        return limit_ns ? fmt::format(" within {}ns", *limit_ns) : "";
    }

    [[nodiscard]] std::string machine(const Machine& machine) const {
        std::string text = fmt::format("{} from {}", machine.name, machine.states[machine.start]);
        for (const Machine::Edge& edge : machine.edges)
            text += fmt::format("; {}: {} => {}", machine.states[edge.from],
                                keyed(machine.events[edge.event]), machine.states[edge.to]);
        for (std::size_t state = 0; state < machine.states.size(); ++state)
            if (machine.accepts[state]) text += "; accept " + machine.states[state];
        return text;
    }

    [[nodiscard]] std::string expectation(const Expectation& expectation) const {
        return std::visit(
            Overloaded{
                [&](const ExpectExists& e) { return (e.some ? "some " : "no ") + use(e.use); },
                [&](const ExpectCount& e) {
                    return fmt::format("{}({}) {}{}", e.per_second ? "rate" : "count", use(e.use),
                                       comparison(e.comparison), by(e.use, e.key));
                },
                [&](const ExpectEvery& e) {
                    return fmt::format("every {}{}: {}", use(e.use), e.if_any ? " if any" : "",
                                       expr(e.condition, &spec_.streams[e.use.stream]));
                },
                [&](const ExpectThen& e) { return then(e); },
                [&](const ExpectOnlyAfter& e) {
                    return fmt::format("{} only after {}{}", keyed(e.subject), keyed(e.earlier),
                                       within(e.within_ns));
                },
                [&](const ExpectPaired& e) {
                    return fmt::format("{} paired with {}", keyed(e.opener), keyed(e.closer));
                },
                [&](const ExpectDuring& e) {
                    return fmt::format("{} {} during {}", e.some ? "some" : "no", keyed(e.subject),
                                       keyed(e.span));
                },
                [&](const ExpectNoOverlap& e) { return "no overlap " + keyed(e.span); },
                [&](const ExpectFollows& e) {
                    return keyed(e.subject) + " follows " + machine(e.machine);
                },
                [&](const ExpectDistinct& e) {
                    return fmt::format("distinct({} of {}) {}{}",
                                       spec_.streams[e.use.stream].fields[e.field].name, use(e.use),
                                       comparison(e.comparison), by(e.use, e.key));
                },
                [&](const ExpectNoGap& e) {
                    return fmt::format("no gap in {} over {}ns", use(e.use), e.over_ns);
                },
                [&](const ExpectAggregate& e) {
                    return fmt::format("{}({} of {}) {}{}", spelling(e.function),
                                       spec_.streams[e.use.stream].fields[e.field].name, use(e.use),
                                       comparison(e.comparison), by(e.use, e.key));
                },
            },
            expectation.node);
    }

    [[nodiscard]] std::string scope(const std::optional<Scope>& scope) const {
        if (!scope) return {};
        const std::string first = use(scope->first);
        const std::string second = scope->second ? use(*scope->second) : "";
        switch (scope->kind) {
        case Scope::Kind::after: return " after " + first;
        case Scope::Kind::before: return " before " + first;
        case Scope::Kind::between: return fmt::format(" between {} and {}", first, second);
        case Scope::Kind::after_until: return fmt::format(" after {} until {}", first, second);
        }
        std::unreachable();
    }

    [[nodiscard]] std::string show(const Show& show) const {
        return std::visit(
            Overloaded{
                [&](const ShowHistogram& s) {
                    return fmt::format("hist({} of {}){}",
                                       spec_.streams[s.use.stream].fields[s.field].name, use(s.use),
                                       by(s.use, s.key));
                },
                [&](const ShowHits& s) { return use(s.use); },
                [&](const ShowTop& s) {
                    return fmt::format("top {} count({}){}", s.most, use(s.use), by(s.use, s.key));
                },
            },
            show.node);
    }

    void test(const Test& test) {
        line(0, "test {}", in_quotes(test.name));
        for (const std::string& tag : test.tags)
            line(1, "tag {}", tag);
        if (test.skip) line(1, "skip: {}", test.skip->reason);
        for (const std::string& command : test.setup)
            line(1, "setup {}", in_quotes(command));
        for (const std::string& command : test.background)
            line(1, "background {}", in_quotes(command));
        for (const Run& run : test.runs)
            line(1, "run {}{} exits {}{}", in_quotes(run.command),
                 run.user.empty() ? "" : " as " + run.user, run.exits,
                 run.within_ns ? fmt::format(" within {}ns", *run.within_ns) : "");
        if (test.watch_ns) line(1, "watch {}ns", *test.watch_ns);
        for (const std::string& command : test.cleanup)
            line(1, "cleanup {}", in_quotes(command));
        if (!test.cgroup.empty())
            line(1, "scope cgroup {}", in_quotes(test.cgroup));
        else
            line(1, "scope {}", test.scope == HitScope::system ? "system" : "workload");
        std::string probes;
        for (const ProbeId id : test.probes)
            probes += fmt::format(" {}", id.value);
        line(1, "probes{}", probes);
        for (const StreamUse& witness : test.witnesses)
            line(1, "witness {}", use(witness));
        for (const Expectation& item : test.expectations)
            line(1, "expect {}{}{}{}", expectation(item), scope(item.scope),
                 item.allow_tainted > 0 ? fmt::format(" allow tainted {}%", item.allow_tainted)
                                        : "",
                 item.known_failure ? " # known failure: " + *item.known_failure : "");
        for (const Show& item : test.shows)
            line(1, "show {}", show(item));
    }

    const ResolvedSpec& spec_;
    std::string text_;
};

} // namespace

std::string dump(const ResolvedSpec& spec) {
    return Dumper(spec).dump();
}

std::string dump(const ResolvedSpec& spec, ExprId source) {
    return Dumper(spec).source(source);
}

} // namespace kps::sema
