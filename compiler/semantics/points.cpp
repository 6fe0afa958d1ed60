#include "compiler/semantics/points.hpp"

#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/event_finder.hpp"
#include "compiler/semantics/point_finder.hpp"
#include "compiler/semantics/program_finder.hpp"

#include <algorithm>
#include <set>

namespace kps::sema {

using kernel::KernelView;
using kernel::Symbol;

namespace {

constexpr std::int64_t max_maxactive = 4096; // KRETPROBE_MAXACTIVE_MAX, kernel/trace/trace_kprobe.c
constexpr std::int64_t max_offset = std::int64_t{1} << 32U;

PointKind side(bool is_return) {
    return is_return ? PointKind::function_return : PointKind::entry;
}

std::optional<PointRequest> return_request(Expressions& expressions, const ExprScope& scope,
                                           const syntax::ReturnPoint& point, Span span) {
    PointRequest request{PointKind::function_return, {point.symbol}, {}, 0, 0, span};
    if (!point.maxactive) return request;
    const auto most = expressions.integer(scope, *point.maxactive, "maxactive", 1, max_maxactive);
    if (!most) return std::nullopt;
    request.maxactive = static_cast<std::uint32_t>(*most);
    return request;
}

std::optional<PointRequest> offset_request(Expressions& expressions, const ExprScope& scope,
                                           const syntax::OffsetPoint& point, Span span) {
    const auto offset = expressions.integer(scope, point.offset, "the offset", 0, max_offset);
    if (!offset) return std::nullopt;
    const PointKind kind = *offset == 0 ? PointKind::entry : PointKind::offset;
    return PointRequest{kind, {point.symbol}, {}, static_cast<std::uint64_t>(*offset), 0, span};
}

} // namespace

std::optional<PointRequest> point_request(const Context& context, Expressions& expressions,
                                          const ExprScope& scope, const syntax::Point& point) {
    const auto refuse = [&](std::string_view what) {
        context.not_supported(what, point.span);
        return std::optional<PointRequest>{};
    };
    using Request = std::optional<PointRequest>;
    return std::visit(
        Overloaded{
            [&](const syntax::EntryPoint& p) {
                return Request{{PointKind::entry, {p.symbol}, {}, 0, 0, point.span}};
            },
            [&](const syntax::ReturnPoint& p) {
                return return_request(expressions, scope, p, point.span);
            },
            [&](const syntax::OffsetPoint& p) {
                return offset_request(expressions, scope, p, point.span);
            },
            [&](const syntax::FileLinePoint&) { return refuse("probes at source lines are"); },
            [&](const syntax::FunctionLinePoint&) { return refuse("probes at source lines are"); },
            [&](const syntax::TracepointPoint& p) {
                const syntax::SymbolName event{p.group, p.event, point.span};
                return Request{{PointKind::tracepoint, {event}, {}, 0, 0, point.span}};
            },
            [&](const syntax::AnyOfPoint& p) {
                return Request{{side(p.is_return), {}, p.glob, 0, 0, point.span}};
            },
            [&](const syntax::AllOfPoint& p) {
                return Request{{side(p.is_return), p.symbols, {}, 0, 0, point.span}};
            },
            [&](const syntax::UserPoint& p) {
                const syntax::SymbolName symbol{std::nullopt, p.symbol, p.symbol.span};
                return Request{{side(p.is_return), {symbol}, {}, 0, 0, point.span, p.path}};
            },
        },
        point.node);
}

namespace {

std::vector<FoundPoint> find_points(Context& context, const PointRequest& request, bool suggest,
                                    diag::Sink& sink) {
    const bool is_event = request.kind == PointKind::tracepoint;
    if (!request.program && !is_event) return PointFinder(context, request, suggest, sink).find();
    std::optional<FoundPoint> point = is_event ? find_event(*context.kernel, request, sink)
                                               : ProgramFinder(context, request, sink).find();
    return point ? std::vector{std::move(*point)} : std::vector<FoundPoint>{};
}

} // namespace

PointChoice choose_point(Context& context, const std::vector<PointRequest>& alternatives) {
    PointChoice choice;
    for (; choice.index < alternatives.size(); ++choice.index) {
        const PointRequest& request = alternatives[choice.index];
        diag::Sink unused;
        choice.points = find_points(context, request, false, unused);
        if (choice.points.empty()) continue;
        if (alternatives.size() > 1) choice.chosen = context.words(request.span);
        return choice;
    }
    // Similar names are searched for in the whole kernel: only once all have failed.
    for (const PointRequest& request : alternatives) {
        diag::Sink sink;
        find_points(context, request, true, sink);
        choice.failures.push_back(sink.sorted().front());
    }
    for (const diag::Diagnostic& failure : choice.failures)
        choice.why_not += (choice.why_not.empty() ? "" : "; ") + failure.message;
    return choice;
}

std::expected<FoundPoint, std::string> other_point(Context& context, const PointRequest& request) {
    diag::Sink absence;
    std::vector<FoundPoint> found = find_points(context, request, false, absence);
    if (found.size() == 1) return std::move(found.front());
    if (!found.empty()) return std::unexpected("it is several functions");
    const bool has_name = request.symbols.size() == 1;
    const bool is_function = has_name && !request.program && request.kind != PointKind::tracepoint;
    if (!is_function) return std::unexpected(absence.sorted().front().message);
    const syntax::SymbolName& name = request.symbols.front();
    FoundPoint point;
    point.kind = request.kind;
    if (name.module) point.module = name.module->text;
    std::ranges::replace(point.module, '-', '_');
    point.symbol = name.symbol.text;
    point.offset = request.offset;
    point.maxactive = request.maxactive;
    point.function = {point.symbol, context.kernel->btf(), {}};
    point.span = request.span;
    return point;
}

void report_no_point(const Context& context, const syntax::Name& name, const PointChoice& choice) {
    if (choice.failures.size() == 1) {
        context.sink.add(choice.failures.front());
        return;
    }
    auto report =
        context.sink.report(diag::no_point, name.span, name.text, context.kernel->release());
    std::set<std::string> helped;
    for (const diag::Diagnostic& failure : choice.failures) {
        report.remark(failure.message);
        for (const std::string& help : failure.help)
            if (helped.insert(help).second) report.help(help);
    }
}

bool symbol_exists(const KernelView& kernel, const syntax::SymbolName& symbol) {
    std::string module(symbol.module ? symbol.module->text : "");
    std::ranges::replace(module, '-', '_');
    return std::ranges::any_of(kernel.symbols().find(symbol.symbol.text), [&](const Symbol& s) {
        return !symbol.module || (s.module != 0 && kernel.modules()[s.module].name == module);
    });
}

} // namespace kps::sema
