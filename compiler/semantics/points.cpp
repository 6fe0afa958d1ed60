#include "compiler/semantics/points.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <set>

namespace kps::sema {

using kernel::KernelView;
using kernel::ModuleIndex;
using kernel::ProbeStatus;
using kernel::Symbol;

namespace {

constexpr std::int64_t max_maxactive = 4096; // KRETPROBE_MAXACTIVE_MAX, kernel/trace/trace_kprobe.c
constexpr std::int64_t max_offset = std::int64_t{1} << 32U;

std::optional<PointRequest> return_request(Expressions& expressions, const ExprScope& scope,
                                           const syntax::ReturnPoint& point, Span span) {
    PointRequest request{PointKind::function_return, point.symbol, 0, 0, span};
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
    return PointRequest{kind, point.symbol, static_cast<std::uint64_t>(*offset), 0, span};
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
                return Request{{PointKind::entry, p.symbol, 0, 0, point.span}};
            },
            [&](const syntax::ReturnPoint& p) {
                return return_request(expressions, scope, p, point.span);
            },
            [&](const syntax::OffsetPoint& p) {
                return offset_request(expressions, scope, p, point.span);
            },
            [&](const syntax::FileLinePoint&) { return refuse("probes at source lines are"); },
            [&](const syntax::FunctionLinePoint&) { return refuse("probes at source lines are"); },
            [&](const syntax::TracepointPoint&) { return refuse("tracepoints are"); },
            [&](const syntax::AnyOfPoint&) { return refuse("probes on `any of` a pattern are"); },
            [&](const syntax::AllOfPoint&) { return refuse("probes on `all of` a list are"); },
            [&](const syntax::UserPoint&) { return refuse("user-space probes are"); },
        },
        point.node);
}

namespace {

bool is_text(const Symbol& symbol) {
    return std::string_view("tTwW").find(symbol.type) != std::string_view::npos;
}

/// Judges one alternative; why it cannot be probed goes to `sink`, with similar names if `suggest`.
class PointFinder {
public:
    PointFinder(Context& context, const PointRequest& request, bool suggest, diag::Sink& sink)
        : context_(context), kernel_(*context.kernel), request_(request), suggest_(suggest),
          sink_(sink), name_(request.symbol.symbol.text), span_(request.symbol.symbol.span) {}

    std::optional<FoundPoint> find() {
        if (request_.symbol.module && !find_module()) return std::nullopt;
        std::vector<Symbol> symbols = kernel_.symbols().find(name_);
        if (module_) std::erase_if(symbols, [&](const Symbol& s) { return s.module != *module_; });
        const std::optional<Symbol> symbol = single(symbols);
        if (!symbol || !can_be_probed(*symbol) || !offset_is_inside(*symbol)) return std::nullopt;
        FoundPoint point{request_, {}, function_type(kernel_, name_, symbol->module), remarks_};
        if (symbol->module != 0) point.module = kernel_.modules()[symbol->module].name;
        if (symbol->type == 't' && request_.kind != PointKind::offset)
            point.remarks.emplace_back("calls that the compiler inlined are not seen");
        return point;
    }

private:
    bool find_module() {
        std::string wanted(request_.symbol.module->text);
        std::ranges::replace(wanted, '-', '_');
        std::vector<std::string_view> names;
        for (ModuleIndex i = 1; i < kernel_.modules().size(); ++i) {
            names.push_back(kernel_.modules()[i].name);
            if (names.back() == wanted) module_ = i;
        }
        if (!module_)
            sink_.report(diag::unknown_kernel_module, request_.symbol.module->span, wanted)
                .did_you_mean(nearest_names(wanted, names));
        return module_.has_value();
    }

    std::optional<Symbol> single(const std::vector<Symbol>& symbols) {
        std::vector<Symbol> functions;
        std::ranges::copy_if(symbols, std::back_inserter(functions), is_text);
        if (functions.empty()) {
            if (symbols.empty())
                absent();
            else
                sink_.report(diag::not_a_function, span_, name_).label("this symbol is data");
            return std::nullopt;
        }
        // The name alone means the kernel's own function if there is one.
        const auto own = std::ranges::count(functions, ModuleIndex{0}, &Symbol::module);
        if (functions.size() == 1 || (own == 1 && !module_)) {
            if (functions.size() > 1) note_namesakes(functions);
            return functions.front();
        }
        ambiguous(functions);
        return std::nullopt;
    }

    std::vector<std::string> modules_of(const std::vector<Symbol>& functions) const {
        std::vector<std::string> modules;
        for (const Symbol& symbol : functions)
            if (symbol.module != 0) modules.push_back(kernel_.modules()[symbol.module].name);
        return modules;
    }

    void note_namesakes(const std::vector<Symbol>& functions) {
        remarks_.push_back(fmt::format("{} {} a function of this name, too; with {} loaded the "
                                       "kernel refuses the probe",
                                       listing(modules_of(functions)),
                                       functions.size() == 2 ? "has" : "have",
                                       functions.size() == 2 ? "it" : "one of them"));
    }

    void ambiguous(const std::vector<Symbol>& functions) {
        auto report = sink_.report(diag::ambiguous_function, span_, functions.size(), name_);
        const std::vector<std::string> modules = modules_of(functions);
        if (!modules.empty() && !module_) {
            const std::size_t own = functions.size() - modules.size();
            report.remark(own > 0 ? fmt::format("{} are in the kernel itself, the others in {}",
                                                own, listing(modules))
                                  : "they are in the modules " + listing(modules));
            report.help(fmt::format("say which: `{}:{}`", modules.front(), name_));
            return;
        }
        report.remark(kernel_.release() +
                      " refuses a probe by a name that means several functions");
        report.help("probe a caller, or a function it calls, whose name is unique");
    }

    void absent() {
        if (!module_) {
            const std::vector<Symbol> variants = kernel_.symbols().suffixed(name_);
            if (!variants.empty()) return suffixed(variants);
            if (kernel_.btf() != nullptr && !kernel_.btf()->functions(name_).empty()) {
                sink_.report(diag::inlined_function, span_, name_)
                    .remark("the kernel's BTF describes it, its symbols do not have it")
                    .help("probe a function that calls it");
                return;
            }
        }
        auto report = sink_.report(diag::unknown_function, span_, name_);
        report.label(module_ ? "not in the module's symbols"
                             : "not in the symbols of " + kernel_.release());
        if (suggest_ && context_.may_search())
            report.did_you_mean(kernel_.symbols().nearest_functions(name_));
    }

    void suffixed(const std::vector<Symbol>& variants) {
        std::vector<std::string> names;
        bool is_whole = false;
        for (const Symbol& symbol : variants) {
            names.emplace_back(symbol.name);
            is_whole |= symbol.name.find(".isra") != std::string_view::npos ||
                        symbol.name.find(".constprop") != std::string_view::npos;
        }
        std::ranges::sort(names);
        names.erase(std::ranges::unique(names).begin(), names.end());
        sink_.report(diag::suffixed_function, span_, name_, listing(names))
            .remark(is_whole ? "the compiler changed how it is called; which arguments are left is "
                               "not known"
                             : "the rest of it is inlined, and fragments are not its entry")
            .help("probe a function that calls it");
    }

    bool can_be_probed(const Symbol& symbol) {
        switch (symbol.probe) {
        case ProbeStatus::probeable:
        case ProbeStatus::unknown: return true;
        case ProbeStatus::not_text:
            sink_.report(diag::not_a_function, span_, name_).label("this symbol is data");
            return false;
        case ProbeStatus::init: sink_.report(diag::init_function, span_, name_); return false;
        case ProbeStatus::notrace:
            sink_.report(diag::notrace_function, span_, name_)
                .help("probe a function that calls it");
            return false;
        case ProbeStatus::blacklisted:
            sink_.report(diag::blacklisted_function, span_, name_)
                .help("probe a function that calls it");
            return false;
        }
        return false;
    }

    bool offset_is_inside(const Symbol& symbol) {
        if (symbol.size == 0 || request_.offset < symbol.size) return true;
        sink_.report(diag::offset_outside, request_.span, name_, symbol.size);
        return false;
    }

    Context& context_;
    const KernelView& kernel_;
    const PointRequest& request_;
    bool suggest_;
    diag::Sink& sink_;
    std::string_view name_;
    Span span_;
    std::optional<ModuleIndex> module_;
    std::vector<std::string> remarks_;
};

} // namespace

PointChoice choose_point(Context& context, const std::vector<PointRequest>& alternatives) {
    PointChoice choice;
    for (const PointRequest& request : alternatives) {
        diag::Sink unused;
        choice.point = PointFinder(context, request, false, unused).find();
        if (!choice.point) continue;
        if (alternatives.size() > 1) choice.chosen = context.words(request.span);
        return choice;
    }
    // Similar names are searched for in the whole kernel: only once all have failed.
    for (const PointRequest& request : alternatives) {
        diag::Sink sink;
        PointFinder(context, request, true, sink).find();
        choice.failures.push_back(sink.sorted().front());
    }
    for (const diag::Diagnostic& failure : choice.failures)
        choice.why_not += (choice.why_not.empty() ? "" : "; ") + failure.message;
    return choice;
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
