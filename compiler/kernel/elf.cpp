#include "compiler/kernel/elf.hpp"

#include "compiler/kernel/bytes.hpp"

#include <algorithm>

namespace kps::kernel {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t segment_header_size = 56;
constexpr std::uint32_t type_load = 1;

/// Reads fields at offsets from a place that the caller has checked to lie inside.
template <class T>
T field(Bytes record, std::uint64_t offset) {
    return read_le<T>(record, offset).value_or(0);
}

std::vector<ElfSegment> load_segments(Bytes data) {
    const auto table = field<std::uint64_t>(data, 32);
    const auto count = field<std::uint16_t>(data, 56);
    std::vector<ElfSegment> segments;
    for (std::uint64_t i = 0; i < count; ++i) {
        const Bytes record = slice(data, table + i * segment_header_size, segment_header_size);
        if (field<std::uint32_t>(record, 0) != type_load) continue;
        const ElfSegment segment{.address = field<std::uint64_t>(record, 16),
                                 .offset = field<std::uint64_t>(record, 8),
                                 .size = field<std::uint64_t>(record, 32)};
        if (in_bounds(data, segment.offset, segment.size)) segments.push_back(segment);
    }
    return segments;
}

std::string_view name_at(Bytes strings, std::uint32_t offset) {
    const std::string_view text = as_text(strings);
    return offset < text.size() ? text.substr(offset, text.find('\0', offset) - offset)
                                : std::string_view{};
}

std::vector<ElfSection> sections(Bytes data) {
    const auto table = field<std::uint64_t>(data, 40);
    const std::uint64_t count = field<std::uint16_t>(data, 60);
    const std::uint64_t names_index = field<std::uint16_t>(data, 62);
    const Bytes headers = slice(data, table, count * elf_section_header_size);
    const Bytes names_header =
        slice(headers, names_index * elf_section_header_size, elf_section_header_size);
    const Bytes names =
        slice(data, field<std::uint64_t>(names_header, 24), field<std::uint64_t>(names_header, 32));
    std::vector<ElfSection> found;
    for (std::uint64_t i = 0; i < headers.size() / elf_section_header_size; ++i) {
        const Bytes record = slice(headers, i * elf_section_header_size, elf_section_header_size);
        const bool in_file = field<std::uint32_t>(record, 4) != elf_type_nobits;
        const ElfSection section{
            .name = name_at(names, field<std::uint32_t>(record, 0)),
            .address = field<std::uint64_t>(record, 16),
            .offset = field<std::uint64_t>(record, 24),
            .size = in_file ? field<std::uint64_t>(record, 32) : 0,
        };
        if (in_bounds(data, section.offset, section.size)) found.push_back(section);
    }
    return found;
}

ElfSymbol::Kind kind_of(std::uint8_t info, std::uint16_t section) {
    constexpr unsigned type_function = 2, type_indirect = 10;
    if (section == 0) return ElfSymbol::Kind::imported;
    if ((info & 0xfU) == type_function) return ElfSymbol::Kind::function;
    if ((info & 0xfU) == type_indirect) return ElfSymbol::Kind::indirect_function;
    return ElfSymbol::Kind::other;
}

} // namespace

Bytes ElfFile::section(std::string_view name, Bytes data) const {
    const auto found = std::ranges::find(sections, name, &ElfSection::name);
    return found == sections.end() ? Bytes{} : slice(data, found->offset, found->size);
}

std::optional<std::uint64_t> ElfFile::file_offset(std::uint64_t address) const {
    for (const ElfSegment& segment : segments)
        if (address >= segment.address && address - segment.address < segment.size)
            return address - segment.address + segment.offset;
    return std::nullopt;
}

bool is_elf(Bytes data) {
    return as_text(data).starts_with("\x7f"
                                     "ELF");
}

Result<ElfFile> parse_elf(Bytes data) {
    if (!is_elf(data) || data.size() < elf_header_size) return fail("not an ELF file");
    constexpr std::uint8_t class_64 = 2;
    constexpr std::uint8_t little_endian = 1;
    if (field<std::uint8_t>(data, 4) != class_64 || field<std::uint8_t>(data, 5) != little_endian)
        return fail("an ELF file, but not a 64-bit little-endian one");
    return ElfFile{.machine = field<std::uint16_t>(data, 18),
                   .segments = load_segments(data),
                   .sections = sections(data)};
}

ElfSymbols elf_symbols(Bytes data, const ElfFile& file) {
    Bytes table = file.section(".symtab", data);
    ElfSymbols found{.symbols = {}, .is_stripped = table.empty()};
    if (found.is_stripped) table = file.section(".dynsym", data);
    const Bytes names = file.section(found.is_stripped ? ".dynstr" : ".strtab", data);
    for (std::uint64_t i = 0; i < table.size() / elf_symbol_size; ++i) {
        const Bytes record = slice(table, i * elf_symbol_size, elf_symbol_size);
        std::string_view name = c_string(names, field<std::uint32_t>(record, 0));
        name = name.substr(0, name.find('@'));
        if (name.empty()) continue;
        found.symbols.push_back(
            {.name = name,
             .address = field<std::uint64_t>(record, 8),
             .kind = kind_of(field<std::uint8_t>(record, 4), field<std::uint16_t>(record, 6))});
    }
    return found;
}

} // namespace kps::kernel
