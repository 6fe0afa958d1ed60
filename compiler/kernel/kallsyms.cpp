#include "compiler/kernel/kallsyms.hpp"

#include "compiler/kernel/bytes.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

namespace kps::kernel {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}

/// For offsets that are known to lie inside.
template <class T>
T load(Bytes data, std::uint64_t offset) {
    T value;
    std::memcpy(&value, data.data() + offset, sizeof value);
    return value;
}

constexpr std::size_t token_count = 256;
constexpr std::uint64_t names_per_marker = 256;
constexpr std::uint64_t longest_name = 1024; // KSYM_NAME_LEN is 512 since v6.1

struct Tokens {
    std::uint64_t begin = 0; ///< of token_table
    std::uint64_t end = 0;   ///< of token_index
    std::array<std::string_view, token_count> text;
};

/// The tokens whose table lists the ten digits at `digits`: digits are tokens of themselves, as is
/// every character that occurs in a name. token_index proves it: it repeats where each token lies.
std::optional<Tokens> tokens_around(Bytes data, std::uint64_t digits) {
    const std::string_view all = as_text(data);
    std::array<std::uint64_t, token_count> starts{};
    std::uint64_t at = digits;
    for (std::size_t token = '0'; token < token_count; ++token) {
        starts[token] = at;
        const auto end = all.find('\0', at);
        if (end == std::string_view::npos || end - at > longest_name) return std::nullopt;
        at = end + 1;
    }
    const auto lists_tokens = [&](std::uint64_t index) {
        if (!in_bounds(data, index, 2 * token_count) || load<std::uint16_t>(data, index) != 0)
            return false;
        const std::uint64_t begin = digits - load<std::uint16_t>(data, index + 2 * '0');
        for (std::size_t token = '0'; token < token_count; ++token)
            if (starts[token] - begin != load<std::uint16_t>(data, index + 2 * token)) return false;
        return begin <= digits;
    };
    std::uint64_t index = align_up(at, 2);
    while (index < at + 64 && !lists_tokens(index))
        index += 2;
    if (index >= at + 64) return std::nullopt;
    Tokens tokens{.begin = digits - load<std::uint16_t>(data, index + 2 * '0'),
                  .end = index + 2 * token_count,
                  .text = {}};
    const std::string_view table = all.substr(tokens.begin, index - tokens.begin);
    for (std::size_t token = 0; token < token_count; ++token) {
        const std::size_t start = load<std::uint16_t>(data, index + 2 * token);
        const std::size_t end = table.find('\0', start);
        if (end == std::string_view::npos || end - start > longest_name) return std::nullopt;
        tokens.text[token] = table.substr(start, end - start);
    }
    return tokens;
}

/// num_syms, names and markers.
struct NameTable {
    std::uint64_t count = 0;
    std::uint64_t count_begin = 0;
    std::uint64_t begin = 0;
    bool long_lengths = true; ///< ULEB128 rather than a byte
};

struct NameCode {
    std::uint64_t tokens = 0; ///< where they are
    std::uint64_t length = 0; ///< how many
};

NameCode name_code(Bytes data, std::uint64_t at, bool long_lengths) {
    const auto low = load<std::uint8_t>(data, at);
    if (!long_lengths || low < 0x80) return {.tokens = at + 1, .length = low};
    const auto high = load<std::uint8_t>(data, at + 1);
    return {.tokens = at + 2, .length = (low & 0x7fU) | std::uint64_t{high} << 7};
}

/// Whether walking the names meets every marker and ends where the markers begin.
bool names_fit(Bytes data, const NameTable& table, std::uint64_t markers) {
    constexpr std::uint64_t largest_alignment = 8;
    std::uint64_t at = table.begin;
    for (std::uint64_t i = 0; i < table.count; ++i) {
        if (i % names_per_marker == 0 &&
            load<std::uint32_t>(data, markers + 4 * (i / names_per_marker)) != at - table.begin)
            return false;
        const NameCode code = name_code(data, at, table.long_lengths);
        at = code.tokens + code.length;
        if (code.length == 0 || at > markers) return false;
    }
    return markers - at < largest_alignment;
}

constexpr std::uint64_t largest_block = names_per_marker * (longest_name + 2);

/// How many words from `at` on can be markers.
std::uint64_t marker_run(Bytes data, std::uint64_t at, std::uint64_t end) {
    constexpr std::uint64_t smallest_block = names_per_marker * 2;
    std::uint64_t run = 1;
    std::uint32_t last = 0;
    for (std::uint64_t next = at + 4; next + 4 <= end; next += 4, ++run) {
        const auto value = load<std::uint32_t>(data, next);
        if (value < last + smallest_block || value > last + largest_block) break;
        last = value;
    }
    return run;
}

/// The names whose `marker_count` markers begin at `markers`.
std::optional<NameTable> names_before(Bytes data, std::uint64_t markers,
                                      std::uint64_t marker_count) {
    constexpr std::uint64_t header_size = 8; // num_syms and its padding
    const auto last = load<std::uint32_t>(data, markers + 4 * (marker_count - 1));
    if (markers < last + header_size) return std::nullopt;
    const std::uint64_t latest = (markers - last) & ~std::uint64_t{3};
    const std::uint64_t earliest =
        latest > largest_block + header_size ? latest - largest_block : header_size;
    for (std::uint64_t begin = latest; begin >= earliest; begin -= 4) {
        const auto near = load<std::uint32_t>(data, begin - 4);
        const std::uint64_t count_begin = near != 0 ? begin - 4 : begin - header_size;
        const std::uint64_t count = load<std::uint32_t>(data, count_begin);
        if ((count + names_per_marker - 1) / names_per_marker != marker_count) continue;
        for (const bool long_lengths : {true, false}) {
            const NameTable table{count, count_begin, begin, long_lengths};
            if (names_fit(data, table, markers)) return table;
        }
    }
    return std::nullopt;
}

/// Searches back from the token table, over seqs_of_names if that lies between.
std::optional<NameTable> find_names(Bytes data, std::uint64_t tokens_begin) {
    constexpr std::uint64_t furthest = std::uint64_t{16} << 20;
    constexpr std::uint64_t fewest_markers = 2;
    constexpr std::uint64_t most_strays = 4; // words after the markers that look like more of them
    const std::uint64_t last = tokens_begin & ~std::uint64_t{3};
    for (std::uint64_t back = 4; back <= std::min(furthest, last); back += 4) {
        const std::uint64_t markers = last - back;
        if (load<std::uint32_t>(data, markers) != 0) continue;
        const std::uint64_t run = marker_run(data, markers, tokens_begin);
        for (std::uint64_t count = run; count >= fewest_markers && count + most_strays > run;
             --count)
            if (const auto table = names_before(data, markers, count)) return table;
    }
    return std::nullopt;
}

/// Expands all names; addresses are still 0.
std::optional<Kallsyms> decode_names(Bytes data, const Tokens& tokens, const NameTable& table) {
    constexpr std::size_t most_text = std::size_t{1} << 28;
    constexpr std::size_t usual_name = 24;
    Kallsyms result;
    result.symbols.reserve(table.count);
    result.names.reserve(table.count * usual_name);
    std::uint64_t at = table.begin;
    for (std::uint64_t i = 0; i < table.count; ++i) {
        const NameCode code = name_code(data, at, table.long_lengths);
        at = code.tokens + code.length;
        const std::size_t start = result.names.size();
        for (const std::byte token : data.subspan(code.tokens, code.length))
            result.names += tokens.text[std::to_integer<std::size_t>(token)];
        const std::size_t size = result.names.size() - start;
        if (size == 0 || size > longest_name || start > most_text) return std::nullopt;
        result.symbols.push_back({.address = 0,
                                  .name_offset = static_cast<std::uint32_t>(start + 1),
                                  .name_size = static_cast<std::uint32_t>(size - 1),
                                  .type = result.names[start]});
    }
    return result;
}

/// A way to read the address of the symbol number `index`.
using AddressReader = std::function<std::uint64_t(std::uint64_t index)>;

AddressReader absolute(Bytes data, std::uint64_t table) {
    return [=](std::uint64_t index) { return load<std::uint64_t>(data, table + 8 * index); };
}

AddressReader unsigned_from_base(Bytes data, std::uint64_t table, std::uint64_t base) {
    return [=](std::uint64_t index) { return base + load<std::uint32_t>(data, table + 4 * index); };
}

AddressReader absolute_or_below_base(Bytes data, std::uint64_t table, std::uint64_t base) {
    return [=](std::uint64_t index) {
        const std::int64_t value = load<std::int32_t>(data, table + 4 * index);
        return value >= 0 ? static_cast<std::uint64_t>(value)
                          : base - 1 - static_cast<std::uint64_t>(value);
    };
}

AddressReader relative_to_itself(Bytes data, std::uint64_t table, std::uint64_t table_address) {
    return [=](std::uint64_t index) {
        const std::int64_t value = load<std::int32_t>(data, table + 4 * index);
        return table_address + 4 * index + static_cast<std::uint64_t>(value);
    };
}

/// Every table of addresses there could be, in all encodings.
std::vector<AddressReader> address_readers(const KernelImage& image, const Tokens& tokens,
                                           const NameTable& names) {
    const Bytes data = image.bytes();
    const std::uint64_t count = names.count;
    const std::uint64_t words = align_up(4 * count, 8);
    std::vector<AddressReader> readers;
    const auto add_absolute = [&](std::uint64_t table) {
        if (in_bounds(data, table, 8 * count)) readers.push_back(absolute(data, table));
    };
    const auto add_with_base = [&](std::uint64_t table, std::uint64_t base_at) {
        const auto base = read_le<std::uint64_t>(data, base_at);
        if (!base || !in_bounds(data, table, 4 * count)) return;
        readers.push_back(absolute_or_below_base(data, table, *base));
        readers.push_back(unsigned_from_base(data, table, *base));
    };
    add_with_base(names.count_begin - 8 - words, names.count_begin - 8);
    add_absolute(names.count_begin - 8 * count);
    for (const std::uint64_t alignment : {4U, 8U}) {
        const std::uint64_t table = align_up(tokens.end, alignment);
        add_with_base(table, align_up(table + 4 * count, 8));
        add_absolute(table);
        if (in_bounds(data, table, 4 * count))
            readers.push_back(relative_to_itself(data, table, image.address_of(table)));
    }
    return readers;
}

/// Whether text can begin there: after at most a header (.head.text of arm64, padded to 64 KiB).
bool is_text_start(const KernelImage& image, std::uint64_t address) {
    constexpr std::uint64_t page = 4096;
    constexpr std::uint64_t longest_header = std::uint64_t{64} << 10;
    const bool in_upper_half = address >> 63 != 0;
    return in_upper_half && address % page == 0 &&
           (image.starts_at(address) || image.starts_at(address - longest_header));
}

/// Sets all addresses by `address` if they come out as symbols do: in order, and `_stext`, the
/// symbol number `text`, where text begins.
bool set_addresses(const KernelImage& image, const AddressReader& address, std::size_t text,
                   std::vector<RawSymbol>& symbols) {
    if (!is_text_start(image, address(text))) return false;
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        symbols[i].address = address(i);
        if (symbols[i].address < last) return false;
        last = symbols[i].address;
    }
    return true;
}

std::optional<Kallsyms> decode_with(const KernelImage& image, const Tokens& tokens) {
    const auto names = find_names(image.bytes(), tokens.begin);
    if (!names) return std::nullopt;
    auto result = decode_names(image.bytes(), tokens, *names);
    if (!result) return std::nullopt;
    const auto text = std::ranges::find(result->symbols, "_stext", [&](const RawSymbol& symbol) {
        return result->name_of(symbol);
    });
    if (text == result->symbols.end()) return std::nullopt;
    const auto text_index = static_cast<std::size_t>(text - result->symbols.begin());
    for (const AddressReader& reader : address_readers(image, tokens, *names))
        if (set_addresses(image, reader, text_index, result->symbols)) return result;
    return std::nullopt;
}

} // namespace

Result<Kallsyms> decode_kallsyms(const KernelImage& image) {
    using namespace std::string_view_literals;
    constexpr std::string_view digits = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009\0"sv;
    const std::string_view all = as_text(image.bytes());
    for (auto at = all.find(digits); at != std::string_view::npos; at = all.find(digits, at + 1))
        if (const auto tokens = tokens_around(image.bytes(), at))
            if (auto result = decode_with(image, *tokens)) return std::move(*result);
    return fail("no kallsyms tables of a known layout in this image",
                "the kernel must be built with CONFIG_KALLSYMS, v5.10 or later");
}

} // namespace kps::kernel
