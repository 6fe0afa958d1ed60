#include "runtime/machine/program_file.hpp"

#include "compiler/kernel/bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <elf.h>

namespace kps::machine {

std::string elf_interpreter(std::span<const std::byte> file) {
    using kernel::read_le;
    const std::string_view ident = kernel::as_text(file).substr(0, EI_NIDENT);
    if (!ident.starts_with(ELFMAG) || ident.size() < EI_NIDENT || ident[EI_CLASS] != ELFCLASS64 ||
        ident[EI_DATA] != ELFDATA2LSB)
        return {};
    const auto table = read_le<std::uint64_t>(file, offsetof(Elf64_Ehdr, e_phoff));
    const auto size = read_le<std::uint16_t>(file, offsetof(Elf64_Ehdr, e_phentsize));
    const auto count = read_le<std::uint16_t>(file, offsetof(Elf64_Ehdr, e_phnum));
    if (!table || !size || !count) return {};
    for (std::uint64_t i = 0; i < *count; ++i) {
        const auto header =
            kernel::slice(kernel::slice(file, *table, file.size() - std::min(*table, file.size())),
                          i * *size, sizeof(Elf64_Phdr));
        if (header.empty()) return {};
        if (kernel::load_le<std::uint32_t>(header, offsetof(Elf64_Phdr, p_type)) != PT_INTERP)
            continue;
        const auto path = kernel::slice(
            file, kernel::load_le<std::uint64_t>(header, offsetof(Elf64_Phdr, p_offset)),
            kernel::load_le<std::uint64_t>(header, offsetof(Elf64_Phdr, p_filesz)));
        return std::string(kernel::c_string(path, 0));
    }
    return {};
}

std::vector<std::string> script_interpreter(std::span<const std::byte> file) {
    constexpr std::string_view blanks = " \t\r";
    std::string_view line = kernel::as_text(file).substr(0, 256);
    if (!line.starts_with("#!")) return {};
    line = line.substr(2, line.find('\n') - 2);
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    line = line.substr(0, line.find_last_not_of(blanks) + 1);
    const std::string_view program = line.substr(0, line.find_first_of(blanks));
    if (program.empty()) return {};
    std::vector<std::string> words{std::string(program)};
    line.remove_prefix(program.size());
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (!line.empty()) words.emplace_back(line);
    return words;
}

} // namespace kps::machine
