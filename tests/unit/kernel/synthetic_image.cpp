#include "tests/unit/kernel/synthetic_image.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <stdexcept>

namespace kps::kernel::test {
namespace {

void check(bool done, const char* what) {
    if (!done) throw std::runtime_error(what);
}

int add_filter(archive* writer, Packing packing) {
    switch (packing) {
    case Packing::gzip: return archive_write_add_filter_gzip(writer);
    case Packing::xz: return archive_write_add_filter_xz(writer);
    case Packing::zstd: return archive_write_add_filter_zstd(writer);
    case Packing::lz4: return archive_write_add_filter_lz4(writer);
    case Packing::lzma: return archive_write_add_filter_lzma(writer);
    case Packing::bzip2: return archive_write_add_filter_bzip2(writer);
    case Packing::lz4_legacy: break;
    }
    return ARCHIVE_FATAL;
}

/// Blocks of literals only, which is a valid if poor compression.
Data pack_lz4_legacy(std::span<const std::byte> data) {
    constexpr std::size_t block_size = std::size_t{8} << 20;
    Writer out;
    out.number(std::uint32_t{0x184c2102});
    for (; !data.empty(); data = data.subspan(std::min(block_size, data.size()))) {
        const auto literals = data.first(std::min(block_size, data.size()));
        Writer block;
        block.number(static_cast<std::uint8_t>(std::min<std::size_t>(literals.size(), 15) << 4));
        if (literals.size() >= 15) {
            std::size_t rest = literals.size() - 15;
            for (; rest >= 255; rest -= 255)
                block.number(std::uint8_t{255});
            block.number(static_cast<std::uint8_t>(rest));
        }
        block.data(literals);
        out.number(static_cast<std::uint32_t>(block.size()));
        out.data(block.done());
    }
    return out.done();
}

/// The tokens that are pieces of names; the others are characters that stand for themselves.
constexpr std::array<std::pair<std::size_t, std::string_view>, 4> pieces{
    {{1, "_s"}, {2, "__"}, {200, "sys_"}, {255, "ab"}}};

std::array<std::string, 256> token_texts() {
    std::array<std::string, 256> tokens;
    for (unsigned token = '!'; token <= '~'; ++token)
        tokens[token] = static_cast<char>(token);
    for (const auto& [token, text] : pieces)
        tokens[token] = text;
    return tokens;
}

/// As few tokens as a greedy choice gives.
Data tokenized(std::string_view text, const std::array<std::string, 256>& tokens) {
    Data codes;
    while (!text.empty()) {
        std::size_t best = static_cast<unsigned char>(text.front());
        for (const auto& [token, piece] : pieces)
            if (text.starts_with(piece) && piece.size() > tokens[best].size()) best = token;
        check(!tokens[best].empty(), "a character without a token");
        codes.push_back(static_cast<std::byte>(best));
        text.remove_prefix(tokens[best].size());
    }
    return codes;
}

class Tables {
public:
    Tables(std::span<const SyntheticSymbol> symbols, const Layout& layout, std::uint64_t address,
           std::uint64_t base)
        : symbols_(symbols), layout_(layout), address_(address), base_(base) {}

    Data write() {
        if (layout_.order == Order::addresses_first) addresses();
        out_.align(layout_.alignment);
        out_.number(static_cast<std::uint32_t>(symbols_.size()));
        names();
        if (layout_.order == Order::addresses_first) sequence();
        tokens();
        if (layout_.order == Order::names_first) {
            addresses();
            sequence();
        }
        return out_.done();
    }

private:
    void names() {
        out_.align(layout_.alignment);
        const std::size_t begin = out_.size();
        std::vector<std::uint32_t> markers;
        for (std::size_t i = 0; i < symbols_.size(); ++i) {
            if (i % 256 == 0) markers.push_back(static_cast<std::uint32_t>(out_.size() - begin));
            const Data codes = tokenized(symbols_[i].type + symbols_[i].name, tokens_);
            if (layout_.long_lengths && codes.size() >= 0x80) {
                out_.number(static_cast<std::uint8_t>(codes.size() | 0x80));
                out_.number(static_cast<std::uint8_t>(codes.size() >> 7));
            } else {
                check(codes.size() < 0x100, "a name too long for this layout");
                out_.number(static_cast<std::uint8_t>(codes.size()));
            }
            out_.data(codes);
        }
        out_.align(layout_.alignment);
        for (const std::uint32_t marker : markers)
            out_.number(marker);
    }

    void tokens() {
        std::vector<std::uint16_t> starts;
        out_.align(layout_.alignment);
        const std::size_t begin = out_.size();
        for (const std::string& token : tokens_) {
            starts.push_back(static_cast<std::uint16_t>(out_.size() - begin));
            out_.text(token);
            out_.number('\0');
        }
        out_.align(layout_.alignment);
        for (const std::uint16_t start : starts)
            out_.number(start);
    }

    void addresses() {
        out_.align(layout_.alignment);
        for (const SyntheticSymbol& symbol : symbols_)
            if (layout_.encoding == Encoding::absolute)
                out_.number(symbol.address);
            else
                out_.number(static_cast<std::uint32_t>(encoded(symbol.address)));
        out_.align(layout_.alignment);
        if (layout_.encoding == Encoding::above_base ||
            layout_.encoding == Encoding::absolute_or_below_base)
            out_.number(base_);
    }

    [[nodiscard]] std::uint64_t encoded(std::uint64_t symbol) const {
        switch (layout_.encoding) {
        case Encoding::absolute: break;
        case Encoding::above_base: return symbol - base_;
        case Encoding::absolute_or_below_base: return symbol < base_ ? symbol : base_ - 1 - symbol;
        case Encoding::relative_to_itself: return symbol - (address_ + out_.size());
        }
        return symbol;
    }

    /// Any numbers do: nobody reads them, but they lie in the way of who searches for markers.
    void sequence() {
        if (!layout_.sequence) return;
        out_.align(layout_.alignment);
        for (std::uint32_t i = 0; i < symbols_.size(); ++i) {
            out_.number(static_cast<std::uint8_t>(i >> 16));
            out_.number(static_cast<std::uint8_t>(i >> 8));
            out_.number(static_cast<std::uint8_t>(i));
        }
    }

    std::span<const SyntheticSymbol> symbols_;
    const Layout& layout_;
    std::uint64_t address_;
    std::uint64_t base_;
    std::array<std::string, 256> tokens_ = token_texts();
    Writer out_;
};

} // namespace

Data bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

void Writer::text(std::string_view value) {
    data(std::as_bytes(std::span(value)));
}

void Writer::data(std::span<const std::byte> value) {
    data_.insert(data_.end(), value.begin(), value.end());
}

Data pack(std::span<const std::byte> data, Packing packing) {
    if (packing == Packing::lz4_legacy) return pack_lz4_legacy(data);
    Data out(data.size() * 2 + 65536);
    std::size_t used = 0;
    archive* writer = archive_write_new();
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, "data");
    archive_entry_set_filetype(entry, AE_IFREG);
    check(archive_write_set_format_raw(writer) == ARCHIVE_OK, "raw format");
    check(add_filter(writer, packing) == ARCHIVE_OK, "filter");
    archive_write_set_bytes_in_last_block(writer, 1);
    check(archive_write_open_memory(writer, out.data(), out.size(), &used) == ARCHIVE_OK, "open");
    check(archive_write_header(writer, entry) == ARCHIVE_OK, "header");
    check(archive_write_data(writer, data.data(), data.size()) >= 0, "data");
    check(archive_write_close(writer) == ARCHIVE_OK, "close");
    archive_entry_free(entry);
    archive_write_free(writer);
    out.resize(used);
    return out;
}

Data kallsyms_tables(std::span<const SyntheticSymbol> symbols, const Layout& layout,
                     std::uint64_t address, std::uint64_t base) {
    return Tables(symbols, layout, address, base).write();
}

Data elf_file(std::uint16_t machine, std::span<const SyntheticSection> sections) {
    constexpr std::size_t header_size = 64;
    const auto loaded = static_cast<std::size_t>(std::ranges::count_if(
        sections, [](const SyntheticSection& section) { return section.address != 0; }));
    Writer names;
    names.number('\0');
    Writer contents;
    contents.pad_to(header_size + 56 * loaded);
    Writer segment_headers;
    Writer section_headers;
    section_headers.pad_to(64);
    const auto add_section = [&](const std::string& name, std::uint32_t type, std::uint64_t address,
                                 std::span<const std::byte> data) {
        contents.align(16);
        section_headers.number(static_cast<std::uint32_t>(names.size()));
        section_headers.number(type);
        for (const std::uint64_t value : {std::uint64_t{0}, address, contents.size(), data.size(),
                                          std::uint64_t{0}, std::uint64_t{16}, std::uint64_t{0}})
            section_headers.number(value);
        names.text(name);
        names.number('\0');
        if (address != 0) {
            segment_headers.number(std::uint32_t{1}); // PT_LOAD
            segment_headers.number(std::uint32_t{7});
            for (const std::uint64_t value :
                 {contents.size(), address, address, data.size(), data.size(), std::uint64_t{16}})
                segment_headers.number(value);
        }
        contents.data(data);
    };
    for (const SyntheticSection& section : sections)
        add_section(section.name, section.name == ".bss" ? 8 : 1, section.address,
                    section.contents);
    const Data all_names = names.done();
    add_section("", 3, 0, all_names);
    contents.align(16);

    Writer out;
    out.text("\x7f"
             "ELF\x02\x01\x01");
    out.pad_to(16);
    out.number(std::uint16_t{2});
    out.number(machine);
    out.number(std::uint32_t{1});
    for (const std::uint64_t value :
         {std::uint64_t{0}, std::uint64_t{header_size}, std::uint64_t{contents.size()}})
        out.number(value);
    out.number(std::uint32_t{0});
    const auto section_count = static_cast<std::uint16_t>(section_headers.size() / 64);
    for (const std::uint16_t value :
         {std::uint16_t{64}, std::uint16_t{56}, static_cast<std::uint16_t>(loaded),
          std::uint16_t{64}, section_count, static_cast<std::uint16_t>(section_count - 1)})
        out.number(value);
    out.data(segment_headers.done());
    out.data(std::span(contents.done()).subspan(out.size()));
    out.data(section_headers.done());
    return out.done();
}

Data arm64_image(std::span<const SyntheticSection> sections, std::uint64_t base) {
    Writer out;
    for (const SyntheticSection& section : sections) {
        out.pad_to(section.address - base);
        out.data(section.contents);
    }
    Data image = out.done();
    std::ranges::copy(bytes_of("MZ"), image.begin());
    std::ranges::copy(bytes_of("ARM\x64"), image.begin() + 56);
    return image;
}

Data bzimage(std::span<const std::byte> payload) {
    constexpr std::uint8_t setup_sectors = 1;
    constexpr std::uint32_t payload_offset = 0x300;
    Writer out;
    out.pad_to(0x1f1);
    out.number(setup_sectors);
    out.pad_to(0x202);
    out.text("HdrS");
    out.number(std::uint16_t{0x20f});
    out.pad_to(0x248);
    out.number(payload_offset);
    out.number(static_cast<std::uint32_t>(payload.size() + 4));
    out.pad_to((setup_sectors + 1) * 512 + payload_offset);
    out.data(payload);
    out.number(std::uint32_t{0xbadc0de}); // the unpacked size, and what is behind the payload
    out.text("relocations");
    return out.done();
}

Data zboot(std::span<const std::byte> payload) {
    constexpr std::uint32_t payload_offset = 64;
    Writer out;
    out.text(std::string_view("MZ\0\0zimg", 8));
    out.number(payload_offset);
    out.number(static_cast<std::uint32_t>(payload.size()));
    out.pad_to(payload_offset);
    out.data(payload);
    out.text("the end of the PE file");
    return out.done();
}

std::vector<SyntheticSymbol> SyntheticKernel::all_symbols() const {
    constexpr std::uint64_t fillers = 600; // more than two markers' worth
    std::vector<SyntheticSymbol> all = symbols;
    all.push_back({base(), 'T', "_stext"});
    for (std::uint64_t i = 0; i < fillers; ++i)
        all.push_back(
            {base() + data_offset + 0x100000 + 16 * i, 'd', "filler_" + std::to_string(i)});
    std::ranges::stable_sort(all, {}, &SyntheticSymbol::address);
    return all;
}

std::vector<SyntheticSection> SyntheticKernel::sections() const {
    Writer rodata_writer;
    rodata_writer.text(rodata);
    rodata_writer.align(16);
    rodata_writer.data(kallsyms_tables(all_symbols(), layout,
                                       base() + rodata_offset + rodata_writer.size(), base()));
    rodata_writer.data(btf);
    Writer data_writer;
    for (const std::uint64_t word : data)
        data_writer.number(word);
    Data whole_text = text;
    whole_text.resize(rodata_offset);
    return {{".text", base(), std::move(whole_text)},
            {".rodata", base() + rodata_offset, rodata_writer.done()},
            {".data", base() + data_offset, data_writer.done()},
            {".BTF", 0, btf}};
}

Data SyntheticKernel::file() const {
    const auto parts = sections();
    return machine == machine_arm64 ? arm64_image(std::span(parts).first(3), base())
                                    : elf_file(machine, parts);
}

} // namespace kps::kernel::test
