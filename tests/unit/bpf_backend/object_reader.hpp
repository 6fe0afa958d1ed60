#pragma once

#include "compiler/kernel/btf.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kps::bpf {

/// What stands in an object, read as libbpf does but without it (Documentation/bpf/btf.rst and
/// `struct btf_ext_header`, tools/lib/bpf/libbpf_internal.h, v6.12).
class ObjectReader {
public:
    explicit ObjectReader(const std::vector<std::byte>& elf);

    struct Line {
        std::uint32_t line = 0;
        std::string text;
        bool operator==(const Line&) const = default;
    };
    struct Relocation {
        std::string type;   ///< name of the local struct
        std::string access; ///< `0:1`
        std::uint32_t kind = 0;
    };

    /// Names of the sections that hold programs, in the file's order.
    [[nodiscard]] std::vector<std::string> programs() const { return programs_; }
    [[nodiscard]] std::string text_of(const std::string& section) const;
    [[nodiscard]] std::map<std::string, std::vector<Line>> lines() const;
    [[nodiscard]] std::vector<Relocation> relocations() const;
    /// `max_entries` and the like of a map; nothing if there is no such map.
    [[nodiscard]] std::optional<std::map<std::string, std::uint32_t>>
    map(const std::string& name) const;
    [[nodiscard]] const kernel::Btf& btf() const { return *btf_; }

private:
    [[nodiscard]] std::uint32_t word(std::size_t at) const; ///< of .BTF.ext
    [[nodiscard]] std::string string(std::uint32_t offset) const;
    /// Calls `take` with the section and the offset of each record of a part of .BTF.ext.
    template <class Take>
    void records(std::size_t header_field, Take take) const;

    std::vector<std::string> programs_;
    std::map<std::string, std::vector<std::byte>> sections_;
    std::optional<kernel::Btf> btf_;
};

} // namespace kps::bpf
