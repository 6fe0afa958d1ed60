#include "compiler/semantics/program_finder.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/kernel/file_io.hpp"

#include <algorithm>
#include <cstdlib>
#include <cxxabi.h>
#include <memory>

namespace kps::sema {

using kernel::ElfFile;
using kernel::ElfSymbols;

namespace {

/// As C++ spells it; empty if it is no name of C++.
std::string demangled(std::string_view name) {
    if (!name.starts_with("_Z")) return {};
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> text(
        abi::__cxa_demangle(std::string(name).c_str(), nullptr, nullptr, &status), std::free);
    return status == 0 ? std::string(text.get()) : std::string();
}

/// `store::put(int)` is called that and `store::put`.
bool is_called(std::string_view mangled, std::string_view wanted) {
    const std::string name = demangled(mangled);
    return !name.empty() && (name == wanted || name.substr(0, name.find('(')) == wanted);
}

std::uint16_t elf_machine(kernel::Architecture architecture) {
    return architecture == kernel::Architecture::x86_64 ? kernel::elf_machine_x86_64
                                                        : kernel::elf_machine_arm64;
}

bool is_function(const kernel::ElfSymbol& symbol) {
    return symbol.kind == kernel::ElfSymbol::Kind::function;
}

} // namespace

std::optional<FoundPoint> ProgramFinder::find() {
    if (!path_is_good()) return std::nullopt;
    const std::filesystem::path host = context_.locate_program(path_);
    std::error_code error;
    if (!std::filesystem::is_regular_file(host, error)) {
        sink_.report(diag::unknown_program, request_.program->span, path_)
            .remark("a program is looked for on this machine, where kps runs")
            .help("for a file that lies elsewhere here: `kps run --add FILE:" + path_ + "`");
        return std::nullopt;
    }
    const auto file = kernel::MappedFile::open(host);
    if (file) return find_in(file->bytes());
    sink_.report(diag::unreadable_program, request_.program->span, path_, file.error().message);
    return std::nullopt;
}

/// The kernel splits a definition at blanks and ends it at `#`, without any way to quote
/// (`trace_parse_run_command`, kernel/trace/trace.c, v6.12).
bool ProgramFinder::path_is_good() {
    if (path_.starts_with('/') && path_.find_first_of(" \t\n#") == std::string::npos) return true;
    sink_.report(diag::unfit_program_path, request_.program->span, path_,
                 path_.starts_with('/') ? "the kernel takes no blank and no `#` in it"
                                        : "it does not begin with `/`");
    return false;
}

std::optional<FoundPoint> ProgramFinder::find_in(std::span<const std::byte> file) {
    const Result<ElfFile> elf = kernel::parse_elf(file);
    const kernel::Architecture machine = context_.kernel->architecture();
    if (!elf || elf->machine != elf_machine(machine)) {
        sink_.report(diag::unreadable_program, request_.program->span, path_,
                     elf ? fmt::format("not made for {}", kernel::to_string(machine))
                         : elf.error().message);
        return std::nullopt;
    }
    const ElfSymbols all = kernel::elf_symbols(file, *elf);
    const auto at = address(all);
    if (!at) return std::nullopt;
    const auto offset = elf->file_offset(*at);
    if (!offset) {
        sink_.report(diag::unreadable_program, request_.program->span, path_,
                     fmt::format("damaged: `{}` is not in it", name_.text));
        return std::nullopt;
    }
    FoundPoint point;
    point.kind = request_.kind;
    point.program = path_;
    point.symbol = name_.text;
    point.offset = *offset;
    point.function.name = point.symbol;
    point.span = request_.span;
    return point;
}

std::optional<std::uint64_t> ProgramFinder::address(const ElfSymbols& all) {
    std::vector<Symbol> named;
    std::ranges::copy_if(all.symbols, std::back_inserter(named),
                         [&](const Symbol& symbol) { return symbol.name == name_.text; });
    if (named.empty())
        std::ranges::copy_if(all.symbols, std::back_inserter(named), [&](const Symbol& symbol) {
            return is_called(symbol.name, name_.text);
        });
    std::vector<Symbol> functions;
    std::ranges::copy_if(named, std::back_inserter(functions), is_function);
    if (functions.empty()) {
        if (named.empty())
            absent(all);
        else
            not_a_function(named);
        return std::nullopt;
    }
    const bool is_one = std::ranges::all_of(functions, [&](const Symbol& symbol) {
        return symbol.address == functions.front().address;
    });
    if (is_one) return functions.front().address;
    ambiguous(functions);
    return std::nullopt;
}

void ProgramFinder::absent(const ElfSymbols& all) {
    auto report = sink_.report(diag::unknown_program_function, name_.span, path_, name_.text);
    std::vector<std::string> names;
    for (const Symbol& symbol : all.symbols) {
        if (!is_function(symbol)) continue;
        names.emplace_back(symbol.name);
        const std::string spelled = demangled(symbol.name);
        if (!spelled.empty()) names.push_back(spelled.substr(0, spelled.find('(')));
    }
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    if (all.is_stripped)
        report
            .remark(names.empty() ? "it is stripped: it names no function at all"
                                  : "it is stripped: only the functions that it exports are known")
            .help("use one that has its symbols (a build without `strip`)");
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    report.did_you_mean(nearest_names(name_.text, candidates));
}

void ProgramFinder::not_a_function(const std::vector<Symbol>& symbols) {
    const auto is = [&](Symbol::Kind kind) {
        return std::ranges::any_of(symbols, [&](const Symbol& s) { return s.kind == kind; });
    };
    if (is(Symbol::Kind::indirect_function))
        sink_
            .report(diag::not_a_program_function, name_.span, path_, name_.text,
                    "stands for one of several functions, chosen when the program is loaded")
            .help("probe the one that this processor gets");
    else if (is(Symbol::Kind::imported))
        sink_
            .report(diag::not_a_program_function, name_.span, path_, name_.text,
                    "belongs to a library that it uses")
            .help(fmt::format("probe the library: `user \"/lib/...\":{}`", name_.text));
    else
        sink_.report(diag::not_a_program_function, name_.span, path_, name_.text, "is data");
}

void ProgramFinder::ambiguous(const std::vector<Symbol>& functions) {
    auto report = sink_.report(diag::ambiguous_function, name_.span, functions.size(), name_.text);
    std::vector<std::string> spelled;
    for (const Symbol& symbol : functions)
        if (symbol.name != name_.text) spelled.push_back(demangled(symbol.name));
    std::ranges::sort(spelled);
    spelled.erase(std::ranges::unique(spelled).begin(), spelled.end());
    if (spelled.size() > 1)
        report.remark("they are " + listing(spelled)).help("write the whole name in backquotes");
    else
        report.help("probe a function that calls it");
}

} // namespace kps::sema
