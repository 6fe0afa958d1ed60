#include "compiler/changes/inlining.hpp"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <memory>
#include <unistd.h>
#include <vector>

namespace kps::changes {

namespace {

/// An ELF file with what libdw holds of it.
class DwarfFile {
public:
    explicit DwarfFile(const std::filesystem::path& file)
        : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
        elf_version(EV_CURRENT);
        if (descriptor_ >= 0) elf_ = elf_begin(descriptor_, ELF_C_READ_MMAP, nullptr);
        if (elf_ != nullptr && elf_kind(elf_) == ELF_K_ELF)
            dwarf_ = dwarf_begin_elf(elf_, DWARF_C_READ, nullptr);
    }
    ~DwarfFile() {
        if (dwarf_ != nullptr) dwarf_end(dwarf_);
        if (elf_ != nullptr) elf_end(elf_);
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    DwarfFile(const DwarfFile&) = delete;
    DwarfFile& operator=(const DwarfFile&) = delete;

    [[nodiscard]] Dwarf* dwarf() const { return dwarf_; } ///< null: there is none

private:
    int descriptor_;
    Elf* elf_ = nullptr;
    Dwarf* dwarf_ = nullptr;
};

class InliningReader {
public:
    void read(Dwarf_Die unit) {
        std::vector<Dwarf_Die> open{unit};
        while (!open.empty()) {
            Dwarf_Die die = open.back();
            open.pop_back();
            if (dwarf_tag(&die) == DW_TAG_inlined_subroutine) count(die);
            Dwarf_Die next;
            if (dwarf_siblingof(&die, &next) == 0) open.push_back(next);
            if (may_hold_code(dwarf_tag(&die)) && dwarf_child(&die, &next) == 0)
                open.push_back(next);
        }
    }

    /// By name; several functions of one name are one.
    Inlining done(Dwarf* dwarf) {
        Inlining found;
        for (const auto& [offset, times] : times_) {
            Dwarf_Die origin;
            if (dwarf_offdie(dwarf, offset, &origin) == nullptr) continue;
            if (const char* const name = dwarf_diename(&origin)) found[name] += times;
        }
        return found;
    }

private:
    static bool may_hold_code(int tag) {
        return tag == DW_TAG_compile_unit || tag == DW_TAG_subprogram ||
               tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine;
    }

    void count(Dwarf_Die& die) {
        Dwarf_Attribute attribute;
        Dwarf_Die origin;
        if (dwarf_attr(&die, DW_AT_abstract_origin, &attribute) != nullptr &&
            dwarf_formref_die(&attribute, &origin) != nullptr)
            ++times_[dwarf_dieoffset(&origin)];
    }

    std::unordered_map<Dwarf_Off, std::uint32_t> times_; ///< by the function's entry
};

} // namespace

Result<std::optional<Inlining>> read_inlining(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) return std::nullopt;
    const DwarfFile opened(file);
    if (opened.dwarf() == nullptr) return std::nullopt;
    InliningReader reader;
    Dwarf_Off next = 0;
    std::size_t header_size = 0;
    bool has_units = false;
    for (Dwarf_Off at = 0;; at = next) {
        const int status =
            dwarf_nextcu(opened.dwarf(), at, &next, &header_size, nullptr, nullptr, nullptr);
        if (status < 0)
            return fail(
                fmt::format("cannot read the DWARF of {}: {}", file.string(), dwarf_errmsg(-1)));
        if (status > 0) break;
        Dwarf_Die unit;
        if (dwarf_offdie(opened.dwarf(), at + header_size, &unit) == nullptr) continue;
        has_units = true;
        reader.read(unit);
    }
    if (!has_units) return std::nullopt;
    return reader.done(opened.dwarf());
}

} // namespace kps::changes
