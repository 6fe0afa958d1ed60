#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kps::test {

/// Writes a relocatable ELF file as a kernel module is one.
class ModuleBuilder {
public:
    enum Flags : std::uint64_t { write = 1, alloc = 2, exec = 4 };
    enum Kind : std::uint32_t { progbits = 1, symtab = 2, strtab = 3, rela = 4, nobits = 8 };

    /// Returns the section's index.
    std::uint16_t section(std::string name, std::uint64_t flags, std::string content = {},
                          std::uint32_t kind = progbits) {
        sections_.push_back({std::move(name), flags, std::move(content), kind});
        return static_cast<std::uint16_t>(sections_.size());
    }
    /// Returns the symbol's index. `info`: binding * 16 + type.
    std::uint32_t symbol(std::string_view name, std::uint16_t section, std::uint64_t value,
                         std::uint64_t size = 0, unsigned char info = 0x02) {
        put(symbols_, static_cast<std::uint32_t>(name.empty() ? 0 : strings_.size()));
        symbols_ += static_cast<char>(info);
        symbols_ += '\0';
        put(symbols_, section);
        put(symbols_, value);
        put(symbols_, size);
        if (!name.empty()) strings_.append(name).push_back('\0');
        return static_cast<std::uint32_t>(symbols_.size() / 24 - 1);
    }
    static std::string relocation(std::uint32_t symbol, std::uint64_t addend) {
        std::string out;
        put(out, std::uint64_t{0});
        put(out, std::uint64_t{symbol} << 32 | 1);
        put(out, addend);
        return out;
    }

    [[nodiscard]] std::string file() const {
        std::vector<Section> all = sections_;
        const auto strings = static_cast<std::uint32_t>(all.size() + 2);
        all.push_back({".symtab", 0, symbols_, symtab});
        all.push_back({".strtab", 0, strings_, strtab});
        std::string names(1, '\0'), body, headers(64, '\0');
        for (const Section& section : all) {
            put(headers, static_cast<std::uint32_t>(names.size()));
            put(headers, section.kind);
            put(headers, section.flags);
            put(headers, std::uint64_t{0});
            put(headers, std::uint64_t{64 + body.size()});
            put(headers, std::uint64_t{section.content.size()});
            put(headers, section.kind == symtab ? strings : std::uint32_t{0});
            headers.append(20, '\0');
            names.append(section.name).push_back('\0');
            body += section.content;
        }
        const auto count = static_cast<std::uint16_t>(all.size() + 2);
        put(headers, std::uint32_t{0}), put(headers, std::uint32_t{strtab});
        headers.append(16, '\0');
        put(headers, std::uint64_t{64 + body.size()});
        put(headers, std::uint64_t{names.size()});
        headers.append(24, '\0');
        body += names;
        std::string out("\x7f"
                        "ELF\x02\x01\x01",
                        7);
        out.resize(40);
        put(out, std::uint64_t{64 + body.size()});
        out.resize(60);
        put(out, count);
        put(out, static_cast<std::uint16_t>(count - 1));
        return out + body + headers;
    }

private:
    struct Section {
        std::string name;
        std::uint64_t flags;
        std::string content;
        std::uint32_t kind;
    };
    template <class T>
    static void put(std::string& out, T number) {
        for (const std::byte byte : std::as_bytes(std::span(&number, 1)))
            out += static_cast<char>(byte);
    }

    std::vector<Section> sections_;
    std::string symbols_ = std::string(24, '\0'), strings_ = std::string(1, '\0');
};

} // namespace kps::test
