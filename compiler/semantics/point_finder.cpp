#include "compiler/semantics/point_finder.hpp"

#include "compiler/base/nearest.hpp"

#include <algorithm>

namespace kps::sema {

using kernel::ModuleIndex;
using kernel::ProbeStatus;

namespace {

constexpr std::size_t most_matches = 1000;

bool is_text(const kernel::Symbol& symbol) {
    return std::string_view("tTwW").find(symbol.type) != std::string_view::npos;
}

/// Calls of a `static` function are inlined wherever the compiler sees fit.
constexpr std::string_view inlining_remark = "calls that the compiler inlined are not seen";

} // namespace

std::vector<FoundPoint> PointFinder::find() {
    if (request_.pattern) return find_matching(*request_.pattern);
    std::vector<FoundPoint> points;
    for (const syntax::SymbolName& name : request_.symbols) {
        std::optional<FoundPoint> point = find_one(name);
        if (!point) return {};
        points.push_back(std::move(*point));
    }
    return points;
}

std::optional<FoundPoint> PointFinder::find_one(const syntax::SymbolName& name) {
    name_ = name.symbol.text;
    span_ = name.symbol.span;
    module_.reset();
    if (name.module) {
        module_ = module(name.module->text, name.module->span);
        if (!module_) return std::nullopt;
    }
    std::vector<Symbol> symbols = kernel_.symbols().find(name_);
    if (module_) std::erase_if(symbols, [&](const Symbol& s) { return s.module != *module_; });
    const std::optional<Symbol> symbol = single(symbols);
    if (!symbol || !can_be_probed(*symbol) || !offset_is_good(*symbol)) return std::nullopt;
    FoundPoint point = found(*symbol);
    if (symbol->type == 't' && request_.kind != PointKind::offset)
        point.remarks.emplace_back(inlining_remark);
    return point;
}

/// Those that cannot be probed are left out.
std::vector<FoundPoint> PointFinder::find_matching(const syntax::Text& pattern) {
    std::string glob = pattern.value;
    ModuleIndex from = 0;
    if (const std::size_t colon = glob.find(':'); colon != std::string::npos) {
        const auto named = module(std::string_view(glob).substr(0, colon), pattern.span);
        if (!named) return {};
        from = *named;
        glob.erase(0, colon + 1);
    }
    const std::vector<Symbol> symbols = kernel_.symbols().functions_like(glob, from);
    std::vector<FoundPoint> points;
    for (const Symbol& symbol : symbols) {
        const bool good =
            symbol.probe == ProbeStatus::probeable || symbol.probe == ProbeStatus::unknown;
        const auto named = [&] {
            return from == 0 || std::ranges::count(symbols, symbol.name, &Symbol::name) == 1;
        };
        if (good && named()) points.push_back(found(symbol));
    }
    if (points.empty() || points.size() > most_matches) {
        auto report =
            sink_.report(diag::pattern_matches, pattern.span, points.size(), most_matches);
        if (points.size() < symbols.size())
            report.remark(
                fmt::format("{} more match but cannot be probed", symbols.size() - points.size()));
        if (from == 0) report.help("functions of a module are matched by `\"MODULE:PATTERN\"`");
        return {};
    }
    if (points.size() < symbols.size())
        points.front().remarks.push_back(
            fmt::format("{} of the {} functions that match `{}` cannot be probed and are left out",
                        symbols.size() - points.size(), symbols.size(), glob));
    return points;
}

FoundPoint PointFinder::found(const Symbol& symbol) const {
    FoundPoint point;
    point.kind = request_.kind;
    point.symbol = symbol.name;
    point.offset = request_.offset;
    point.maxactive = request_.maxactive;
    point.span = request_.span;
    point.function = function_type(kernel_, symbol.name, symbol.module);
    if (symbol.module != 0) {
        point.module = kernel_.modules()[symbol.module].name;
    } else if (std::ranges::count_if(kernel_.symbols().find(symbol.name), is_text) > 1) {
        const std::vector<Symbol> text = kernel_.symbols().find("_text");
        if (!text.empty()) point.text_offset = symbol.address - text[0].address + request_.offset;
    }
    return point;
}

std::optional<ModuleIndex> PointFinder::module(std::string_view name, Span span) {
    std::string wanted(name);
    std::ranges::replace(wanted, '-', '_');
    std::vector<std::string_view> names;
    for (ModuleIndex i = 1; i < kernel_.modules().size(); ++i) {
        names.push_back(kernel_.modules()[i].name);
        if (names.back() == wanted) return i;
    }
    sink_.report(diag::unknown_kernel_module, span, wanted)
        .did_you_mean(nearest_names(wanted, names));
    return std::nullopt;
}

std::optional<kernel::Symbol> PointFinder::single(const std::vector<Symbol>& symbols) {
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
    if (functions.size() == 1 || (own == 1 && !module_)) return functions.front();
    ambiguous(functions);
    return std::nullopt;
}

std::vector<std::string> PointFinder::modules_of(const std::vector<Symbol>& functions) const {
    std::vector<std::string> modules;
    for (const Symbol& symbol : functions)
        if (symbol.module != 0) modules.push_back(kernel_.modules()[symbol.module].name);
    return modules;
}

void PointFinder::ambiguous(const std::vector<Symbol>& functions) {
    auto report = sink_.report(diag::ambiguous_function, span_, functions.size(), name_);
    const std::vector<std::string> modules = modules_of(functions);
    if (!modules.empty() && !module_) {
        const std::size_t own = functions.size() - modules.size();
        report.remark(own > 0 ? fmt::format("{} are in the kernel itself, the others in {}", own,
                                            listing(modules))
                              : "they are in the modules " + listing(modules));
        report.help(fmt::format("say which: `{}:{}`", modules.front(), name_));
        return;
    }
    report.remark(kernel_.release() + " refuses a probe by a name that means several functions");
    report.help(fmt::format("probe all of them: `entry any of \"{}\"`", name_));
}

void PointFinder::absent() {
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
    report.label(module_                     ? "not in the module's symbols"
                 : kernel_.release().empty() ? "not in the kernel's symbols"
                                             : "not in the symbols of " + kernel_.release());
    if (suggest_ && context_.may_search())
        report.did_you_mean(kernel_.symbols().nearest_functions(name_));
}

void PointFinder::suffixed(const std::vector<Symbol>& variants) {
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

bool PointFinder::can_be_probed(const Symbol& symbol) {
    switch (symbol.probe) {
    case ProbeStatus::probeable:
    case ProbeStatus::unknown: return true;
    case ProbeStatus::not_text:
        sink_.report(diag::not_a_function, span_, name_).label("this symbol is data");
        return false;
    case ProbeStatus::init: sink_.report(diag::init_function, span_, name_); return false;
    case ProbeStatus::notrace:
        sink_.report(diag::notrace_function, span_, name_).help("probe a function that calls it");
        return false;
    case ProbeStatus::blacklisted:
        sink_.report(diag::blacklisted_function, span_, name_)
            .help("probe a function that calls it");
        return false;
    }
    return false;
}

bool PointFinder::offset_is_good(const Symbol& symbol) {
    if (symbol.size != 0 && request_.offset >= symbol.size) {
        sink_.report(diag::offset_outside, request_.span, name_, symbol.size);
        return false;
    }
    if (kernel_.begins_instruction(symbol, request_.offset).value_or(true)) return true;
    auto report = sink_.report(diag::inside_instruction, request_.span, name_, request_.offset);
    const auto begins = [&](std::uint64_t offset) {
        return kernel_.begins_instruction(symbol, offset).value_or(false);
    };
    std::uint64_t before = request_.offset, after = request_.offset;
    while (before > 0 && !begins(before))
        --before;
    while (after < symbol.size && !begins(after))
        ++after;
    report.help(
        fmt::format("instructions begin at `{0}+{1:#x}` and `{0}+{2:#x}`", name_, before, after));
    return false;
}

} // namespace kps::sema
