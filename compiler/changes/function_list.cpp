#include "compiler/changes/function_list.hpp"

#include <algorithm>

namespace kps::changes {

using kernel::ProbeStatus;
using kernel::Symbol;

namespace {

std::string_view base_name(std::string_view name) {
    return name.substr(0, name.find('.', 1));
}

// Labels and trampolines that the kernel's build makes, which no source calls by name.
bool is_made_by_build(std::string_view name) {
    return name.starts_with("__SCT__") || name.starts_with("__UNIQUE_ID_") || name.starts_with(".");
}

/// `.isra` of `NAME.isra.0`; empty for what is never entered by a call.
std::string_view suffix_of(const Symbol& symbol) {
    std::string_view suffix = symbol.name.substr(symbol.name.find('.', 1));
    if (suffix.contains(".cold")) return {};
    return suffix.substr(0, suffix.find('.', 1));
}

} // namespace

bool Function::is_init() const {
    return !plain.empty() && variants.empty() &&
           std::ranges::all_of(plain, [](const Symbol& s) { return s.probe == ProbeStatus::init; });
}

std::size_t Function::homonyms() const {
    std::size_t most = 0, here = 0;
    for (std::size_t i = 0; i < plain.size(); ++i) {
        here = i > 0 && plain[i - 1].module == plain[i].module ? here + 1 : 1;
        most = std::max(most, here);
    }
    return most;
}

ProbeStatus Function::status() const {
    ProbeStatus best = ProbeStatus::not_text;
    for (const Symbol& symbol : plain) {
        if (symbol.probe == ProbeStatus::probeable || symbol.probe == ProbeStatus::unknown)
            return symbol.probe;
        best = symbol.probe;
    }
    return best;
}

std::vector<std::string_view> Function::suffixes() const {
    std::vector<std::string_view> found;
    for (const Symbol& symbol : variants)
        if (const std::string_view suffix = suffix_of(symbol); !suffix.empty())
            found.push_back(suffix);
    std::ranges::sort(found);
    const auto again = std::ranges::unique(found);
    found.erase(again.begin(), again.end());
    return found;
}

FunctionList::FunctionList(const kernel::KernelView& view, bool with_modules)
    : symbols_(view.symbols().text()) {
    if (!with_modules) std::erase_if(symbols_, [](const Symbol& s) { return s.module != 0; });
    functions_.reserve(symbols_.size()); // what is not needed of it is never touched
    for (auto at = symbols_.cbegin(); at != symbols_.cend();) {
        const std::string_view name = base_name(at->name);
        const auto is_variant = [&](const Symbol& s) { return s.name.size() != name.size(); };
        const auto end = std::find_if(at, symbols_.cend(),
                                      [&](const Symbol& s) { return base_name(s.name) != name; });
        const auto middle = std::find_if(at, end, is_variant);
        const bool lives = std::any_of(
            middle, end, [](const Symbol& symbol) { return !suffix_of(symbol).empty(); });
        if ((at != middle || lives) && !is_made_by_build(name))
            functions_.push_back({name, {at, middle}, {middle, end}});
        at = end;
    }
}

const Function* FunctionList::find(std::string_view name) const {
    const auto at = std::ranges::lower_bound(functions_, name, {}, &Function::name);
    return at != functions_.end() && at->name == name ? &*at : nullptr;
}

std::vector<TypeRef> prototypes(const Function& function, AllTypes& types) {
    std::vector<TypeRef> found;
    std::optional<kernel::ModuleIndex> last;
    for (const std::span<const Symbol> symbols : {function.plain, function.variants})
        for (const Symbol& symbol : symbols) {
            if (symbol.module == last) continue;
            last = symbol.module;
            Types* const of_module = types.of(symbol.module);
            if (of_module == nullptr) continue;
            for (const kernel::TypeId id : of_module->btf().functions(function.name))
                found.push_back({of_module, of_module->btf().type(id).target});
        }
    return found;
}

} // namespace kps::changes
