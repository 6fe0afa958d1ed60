#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <string>
#include <string_view>
#include <vector>

namespace kps::test {

/// Writes an ELF program of headers and symbols: one segment with `content`, loaded at `address`
/// from `file_offset` of the file on. Header only.
class ProgramBuilder {
public:
    static constexpr std::uint64_t address = 0x401000;
    static constexpr std::uint64_t file_offset = 0x1000;
    static constexpr std::uint16_t in_text = 1;

    std::uint16_t machine = EM_X86_64;
    bool stripped = false; ///< the symbols are in `.dynsym`
    std::string content = std::string(0x100, '\0');

    /// `offset` is counted from the start of the segment.
    ProgramBuilder& symbol(std::string_view name, std::uint64_t offset,
                           unsigned char type = STT_FUNC, std::uint16_t section = in_text) {
        Elf64_Sym symbol{};
        symbol.st_name = static_cast<Elf64_Word>(names_.size());
        symbol.st_info = static_cast<unsigned char>(ELF64_ST_INFO(STB_GLOBAL, type));
        symbol.st_shndx = section;
        symbol.st_value = section == SHN_UNDEF ? 0 : address + offset;
        names_.append(name).push_back('\0');
        append(symbols_, symbol);
        return *this;
    }

    [[nodiscard]] std::string file() const {
        const std::string section_names("\0.symtab\0.strtab\0.dynsym\0.dynstr\0", 33);
        std::string out(file_offset, '\0');
        out += content;
        Elf64_Shdr sections[4]{};
        const auto place = [&](std::size_t index, std::size_t name, const std::string& bytes) {
            sections[index].sh_name = static_cast<Elf64_Word>(name);
            sections[index].sh_type = index == 1 ? SHT_SYMTAB : SHT_STRTAB;
            sections[index].sh_offset = out.size();
            sections[index].sh_size = bytes.size();
            out += bytes;
        };
        place(1, stripped ? 17 : 1, symbols_);
        place(2, stripped ? 25 : 9, names_);
        place(3, 0, section_names);
        Elf64_Ehdr header{};
        std::memcpy(&header.e_ident[0], ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = ELFCLASS64;
        header.e_ident[EI_DATA] = ELFDATA2LSB;
        header.e_type = ET_EXEC;
        header.e_machine = machine;
        header.e_phoff = sizeof header;
        header.e_phnum = 1;
        header.e_shoff = out.size();
        header.e_shnum = static_cast<Elf64_Half>(std::size(sections));
        header.e_shstrndx = 3;
        Elf64_Phdr segment{};
        segment.p_type = PT_LOAD;
        segment.p_vaddr = address;
        segment.p_offset = file_offset;
        segment.p_filesz = content.size();
        std::memcpy(out.data(), &header, sizeof header);
        std::memcpy(out.data() + sizeof header, &segment, sizeof segment);
        for (const Elf64_Shdr& section : sections)
            append(out, section);
        return out;
    }

private:
    template <class T>
    static void append(std::string& out, const T& record) {
        out.append(reinterpret_cast<const char*>(&record), sizeof record);
    }

    std::string symbols_ = std::string(sizeof(Elf64_Sym), '\0');
    std::string names_ = std::string(1, '\0');
};

} // namespace kps::test
