#include "compiler/kernel/module.hpp"

#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/elf.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <unordered_set>

namespace kps::kernel {

namespace {

using Bytes = std::span<const std::byte>;

// System V gABI: section types and flags, symbol tables, relocations.
constexpr std::uint32_t type_symtab = 2, type_rela = 4;
constexpr std::uint64_t flag_write = 1, flag_alloc = 2, flag_exec = 4;
constexpr unsigned bind_weak = 2, type_object = 1;
constexpr std::uint16_t index_undefined = 0;

struct ModuleSection {
    std::string_view name;
    std::uint32_t type = 0, link = 0, info = 0;
    std::uint64_t flags = 0;
    Bytes bytes;
};

struct RawElfSymbol {
    std::string_view name;
    std::uint64_t value = 0, size = 0;
    std::uint16_t section = 0;
    unsigned bind = 0, type = 0;
};

using Place = std::pair<std::uint32_t, std::uint64_t>; // a section's index, an offset in it

class ModuleReader {
public:
    explicit ModuleReader(Bytes file) : file_(file) {}
    bool read_sections();
    void read_symbols();
    void fill(ModuleFacts& module) const;

private:
    [[nodiscard]] const ModuleSection* section(std::string_view name) const;
    [[nodiscard]] std::optional<RawElfSymbol> symbol(std::uint64_t index) const;
    void collect_sites();
    void collect_exports();
    [[nodiscard]] bool is_kept(const RawElfSymbol& symbol) const;
    [[nodiscard]] char letter(const RawElfSymbol& symbol) const;
    [[nodiscard]] ProbeStatus probe_status(const RawElfSymbol& symbol) const;
    [[nodiscard]] bool has_site(const RawElfSymbol& symbol) const;

    Bytes file_;
    std::vector<ModuleSection> sections_;
    Bytes symbols_, strings_;
    std::vector<Place> sites_; // of calls that ftrace owns, sorted
    std::unordered_set<std::string_view> exports_;
};

bool ModuleReader::read_sections() {
    if (!is_elf(file_) || file_.size() < elf_header_size) return false;
    const auto table = load_le<std::uint64_t>(file_, 40);
    const std::size_t count = load_le<std::uint16_t>(file_, 60);
    const auto names_index = load_le<std::uint16_t>(file_, 62);
    const Bytes headers = slice(file_, table, count * elf_section_header_size);
    if (headers.empty() || names_index >= count) return false;
    const Bytes names_header =
        headers.subspan(names_index * elf_section_header_size, elf_section_header_size);
    const Bytes names = slice(file_, load_le<std::uint64_t>(names_header, 24),
                              load_le<std::uint64_t>(names_header, 32));
    for (std::size_t i = 0; i < count; ++i) {
        const Bytes header = headers.subspan(i * elf_section_header_size, elf_section_header_size);
        ModuleSection section{c_string(names, load_le<std::uint32_t>(header, 0)),
                              load_le<std::uint32_t>(header, 4),
                              load_le<std::uint32_t>(header, 40),
                              load_le<std::uint32_t>(header, 44),
                              load_le<std::uint64_t>(header, 8),
                              {}};
        if (section.type != elf_type_nobits)
            section.bytes = slice(file_, load_le<std::uint64_t>(header, 24),
                                  load_le<std::uint64_t>(header, 32));
        sections_.push_back(section);
    }
    return true;
}

const ModuleSection* ModuleReader::section(std::string_view name) const {
    const auto found = std::ranges::find(sections_, name, &ModuleSection::name);
    return found == sections_.end() ? nullptr : &*found;
}

void ModuleReader::read_symbols() {
    const auto table = std::ranges::find(sections_, type_symtab, &ModuleSection::type);
    if (table == sections_.end() || table->link >= sections_.size()) return;
    symbols_ = table->bytes;
    strings_ = sections_[table->link].bytes;
    collect_sites();
    collect_exports();
}

std::optional<RawElfSymbol> ModuleReader::symbol(std::uint64_t index) const {
    if (index >= symbols_.size() / elf_symbol_size) return std::nullopt;
    const Bytes record = symbols_.subspan(index * elf_symbol_size, elf_symbol_size);
    const auto info = load_le<std::uint8_t>(record, 4);
    return RawElfSymbol{c_string(strings_, load_le<std::uint32_t>(record, 0)),
                        load_le<std::uint64_t>(record, 8),
                        load_le<std::uint64_t>(record, 16),
                        load_le<std::uint16_t>(record, 6),
                        unsigned{info} >> 4,
                        unsigned{info} & 0xf};
}

void ModuleReader::collect_sites() {
    // On x86 the other section is there too, but lists paddings, those of notrace functions as
    // well.
    const bool is_arm64 = load_le<std::uint16_t>(file_, 18) == elf_machine_arm64;
    const std::string_view holder =
        is_arm64 ? ".rela__patchable_function_entries" : ".rela__mcount_loc";
    for (const ModuleSection& section : sections_) {
        if (section.type != type_rela || section.name != holder) continue;
        for (std::size_t i = 0; i < section.bytes.size() / elf_relocation_size; ++i) {
            const std::size_t at = i * elf_relocation_size;
            const auto target = symbol(load_le<std::uint64_t>(section.bytes, at + 8) >> 32);
            const auto addend = load_le<std::uint64_t>(section.bytes, at + 16);
            if (target) sites_.emplace_back(target->section, target->value + addend);
        }
    }
    std::ranges::sort(sites_);
}

// The kernel writes the letters of exported symbols in upper case (kernel/kallsyms.c, s_show).
void ModuleReader::collect_exports() {
    constexpr std::string_view prefix = "__ksymtab_";
    for (std::uint64_t i = 0; i < symbols_.size() / elf_symbol_size; ++i)
        if (const auto found = symbol(i); found->name.starts_with(prefix))
            exports_.insert(found->name.substr(prefix.size()));
}

// is_core_symbol() of kernel/module/kallsyms.c; the loader drops two allocated sections before.
bool ModuleReader::is_kept(const RawElfSymbol& symbol) const {
    if (symbol.name.empty() || symbol.section == index_undefined ||
        symbol.section >= sections_.size())
        return false;
    const ModuleSection& section = sections_[symbol.section];
    return (section.flags & flag_alloc) != 0 && !section.name.starts_with(".init") &&
           section.name != ".modinfo" && section.name != "__versions";
}

// elf_type() of kernel/module/kallsyms.c.
char ModuleReader::letter(const RawElfSymbol& symbol) const {
    const ModuleSection& section = sections_[symbol.section];
    char letter = 'd';
    if (symbol.bind == bind_weak)
        letter = symbol.type == type_object ? 'v' : 'w';
    else if ((section.flags & flag_exec) != 0)
        letter = 't';
    else if (section.type == elf_type_nobits)
        letter = 'b';
    else if ((section.flags & flag_write) == 0)
        letter = 'r';
    return exports_.contains(symbol.name) ? static_cast<char>(letter - 'a' + 'A') : letter;
}

bool ModuleReader::has_site(const RawElfSymbol& symbol) const {
    // The call follows an ENDBR64 or BTI; with CALL_OPS arm64 puts the site before the function.
    constexpr std::uint64_t before = 8, after = 8;
    const std::uint64_t first = symbol.value < before ? 0 : symbol.value - before;
    const auto site = std::ranges::lower_bound(sites_, Place{symbol.section, first});
    return site != sites_.end() && site->first == symbol.section &&
           site->second <= symbol.value + after;
}

ProbeStatus ModuleReader::probe_status(const RawElfSymbol& symbol) const {
    const ModuleSection& section = sections_[symbol.section];
    if ((section.flags & flag_exec) == 0) return ProbeStatus::not_text;
    for (const std::string_view name : {".noinstr.text", ".kprobes.text", ".entry.text"})
        if (section.name == name) return ProbeStatus::blacklisted;
    return has_site(symbol) ? ProbeStatus::probeable : ProbeStatus::notrace;
}

void ModuleReader::fill(ModuleFacts& module) const {
    for (std::uint64_t i = 0; i < symbols_.size() / elf_symbol_size; ++i) {
        const auto found = symbol(i);
        if (!is_kept(*found)) continue;
        module.add(found->name, found->value, letter(*found), probe_status(*found));
        module.sizes.push_back(
            static_cast<std::uint32_t>(std::min<std::uint64_t>(found->size, UINT32_MAX)));
    }
    if (const ModuleSection* btf = section(".BTF"))
        module.btf.assign(btf->bytes.begin(), btf->bytes.end());
    const ModuleSection* info = section(".modinfo");
    const std::string_view texts = info ? as_text(info->bytes) : std::string_view{};
    for (std::size_t at = 0; at < texts.size();) {
        const std::string_view text = texts.substr(at, texts.find('\0', at) - at);
        at += text.size() + 1;
        if (text.starts_with("name=")) module.name = text.substr(5);
        if (!text.starts_with("depends=")) continue;
        for (std::size_t from = 8; from < text.size();) {
            const std::size_t comma = std::min(text.find(',', from), text.size());
            if (comma > from) module.depends.emplace_back(text.substr(from, comma - from));
            from = comma + 1;
        }
    }
}

} // namespace

std::string module_name_of(std::string_view path) {
    path.remove_prefix(path.rfind('/') + 1);
    std::string name(path.substr(0, path.find('.')));
    std::ranges::replace(name, '-', '_');
    return name;
}

bool is_module_path(std::string_view path) {
    for (const std::string_view packing : {"", ".xz", ".zst", ".gz"}) {
        if (!path.ends_with(packing)) continue;
        if (path.substr(0, path.size() - packing.size()).ends_with(".ko")) return true;
    }
    return false;
}

Result<ModuleFacts> read_module(Bytes file, std::string_view path) {
    ModuleReader reader(file);
    if (!reader.read_sections()) return fail(fmt::format("{} is not an ELF module", path));
    ModuleFacts module{.name = module_name_of(path), .path = std::string(path)};
    reader.read_symbols();
    reader.fill(module);
    for (std::string& name : module.depends)
        std::ranges::replace(name, '-', '_');
    return module;
}

} // namespace kps::kernel
