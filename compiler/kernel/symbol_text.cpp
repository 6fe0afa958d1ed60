#include "compiler/kernel/symbol_text.hpp"

#include "compiler/base/lines.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <unordered_set>

namespace kps::kernel {

namespace {

struct Line {
    std::uint64_t address = 0;
    char type = '?';
    std::string_view name, module;
};

/// `NAME<tab>[MODULE]` or `NAME [MODULE]`, apart.
void split_module(std::string_view text, std::string_view& name, std::string_view& module) {
    const std::size_t blank = text.find_first_of(" \t");
    name = text.substr(0, blank);
    if (blank == text.npos || !text.ends_with(']')) return;
    const std::size_t bracket = text.find('[', blank);
    if (bracket != text.npos) module = text.substr(bracket + 1, text.size() - bracket - 2);
}

std::optional<Line> parse_line(std::string_view text) {
    Line line;
    const char* end = text.data() + text.size();
    const auto [after, error] = std::from_chars(text.data(), end, line.address, 16);
    if (error != std::errc{} || end - after < 4 || after[0] != ' ' || after[2] != ' ')
        return std::nullopt;
    line.type = after[1];
    split_module(text.substr(static_cast<std::size_t>(after - text.data()) + 3), line.name,
                 line.module);
    if (line.name.empty()) return std::nullopt;
    return line;
}

/// Code that the kernel made at run time (BPF programs, trampolines) is listed as of these.
bool is_generated(std::string_view module) {
    return module == "bpf" || module.starts_with("__builtin__");
}

ModuleFacts& module_named(KernelFacts& facts, std::string_view name) {
    // Symbols of one module are neighbours: nearly always it is the last.
    for (std::size_t i = facts.modules.size(); i-- > 0;)
        if (facts.modules[i].name == name) return facts.modules[i];
    return facts.modules.emplace_back(ModuleFacts{.name = std::string(name)});
}

bool is_text(char type) {
    return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

/// Names that a module's functions have in a list, kept apart from the kernel's by the `]`.
using Names = std::unordered_set<std::string>;

std::string key(std::string_view name, std::string_view module) {
    return module.empty() ? std::string(name) : fmt::format("{}]{}", module, name);
}

Names read_names(std::string_view list, bool after_tab) {
    Names names;
    while (!list.empty()) {
        std::string_view line = take_line(list), name, module;
        if (after_tab) line.remove_prefix(std::min(line.find('\t') + 1, line.size()));
        split_module(line, name, module);
        if (!name.empty()) names.insert(key(name, module));
    }
    return names;
}

struct InitText {
    std::uint64_t begin = 0, end = 0;
};

/// The kernel's init text, which is gone after boot.
InitText init_text(const ImageFacts& image) {
    InitText range;
    for (const RawSymbol& symbol : image.symbols) {
        const std::string_view name = image.name_of(symbol);
        if (name == "_sinittext") range.begin = symbol.address;
        if (name == "_einittext") range.end = symbol.address;
    }
    return range;
}

struct ListJudge {
    Names traceable, blacklisted;
    bool knows_traceable = false;
    InitText init;

    [[nodiscard]] ProbeStatus status(const RawSymbol& symbol, std::string_view name,
                                     std::string_view module) const {
        if (!is_text(symbol.type)) return ProbeStatus::not_text;
        if (symbol.address >= init.begin && symbol.address < init.end) return ProbeStatus::init;
        if (blacklisted.contains(std::string(name))) return ProbeStatus::blacklisted;
        if (!knows_traceable) return ProbeStatus::unknown;
        return traceable.contains(key(name, module)) ? ProbeStatus::probeable
                                                     : ProbeStatus::notrace;
    }
};

} // namespace

Result<void> read_symbol_text(std::string_view text, KernelFacts& facts) {
    std::size_t number = 0;
    bool hidden = true;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view line = take_line(rest);
        ++number;
        const auto parsed = parse_line(line);
        if (!parsed) return fail(fmt::format("line {} is no symbol: {:.60}", number, line));
        hidden = hidden && parsed->address == 0;
        if (is_generated(parsed->module)) continue;
        if (parsed->module.empty())
            facts.add(parsed->name, parsed->address, parsed->type, ProbeStatus::unknown);
        else
            module_named(facts, parsed->module)
                .add(parsed->name, parsed->address, parsed->type, ProbeStatus::unknown);
    }
    if (number == 0) return fail("it holds no symbols");
    if (number == 1)
        return fail(fmt::format("it holds one symbol: {:.80}", text.substr(0, text.find('\n'))),
                    "Debian's System.map is a stub; use the package or the image instead");
    if (hidden)
        facts.remarks.emplace_back("all addresses of symbols read as 0: kernel.kptr_restrict or "
                                   "missing privileges hide them");
    return {};
}

void judge_probes(const ProbeLists& lists, KernelFacts& facts) {
    const ListJudge judge{read_names(lists.traceable, false), read_names(lists.blacklisted, true),
                          !lists.traceable.empty(), init_text(facts.image)};
    for (RawSymbol& symbol : facts.image.symbols)
        symbol.probe = judge.status(symbol, facts.image.name_of(symbol), {});
    for (ModuleFacts& module : facts.modules)
        for (RawSymbol& symbol : module.symbols)
            symbol.probe = judge.status(
                symbol, std::string_view(module.names).substr(symbol.name_offset, symbol.name_size),
                module.name);
    if (!judge.knows_traceable)
        facts.remarks.emplace_back("which functions can be probed is not known: "
                                   "available_filter_functions cannot be read");
}

} // namespace kps::kernel
