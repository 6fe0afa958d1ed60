#include "compiler/syntax/literals.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/diagnostics/messages.hpp"
#include "grammar/scan.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace kps::syntax {

namespace {

constexpr IntegerUnit duration = IntegerUnit::duration;
constexpr IntegerUnit size = IntegerUnit::size;

struct Unit {
    std::string_view name;
    IntegerUnit unit;
    std::uint64_t factor;
};

constexpr Unit units[] = {
    {"", IntegerUnit::none, 1},
    {"ns", duration, 1},
    {"us", duration, 1'000},
    {"ms", duration, 1'000'000},
    {"s", duration, 1'000'000'000},
    {"min", duration, 60'000'000'000},
    {"h", duration, 3'600'000'000'000},
    {"B", size, 1},
    {"KiB", size, std::uint64_t{1} << 10U},
    {"MiB", size, std::uint64_t{1} << 20U},
    {"GiB", size, std::uint64_t{1} << 30U},
};

void report_unit(std::string_view unit, Span span, diag::Sink& sink) {
    std::vector<std::string_view> names;
    for (const Unit& known : units)
        if (!known.name.empty()) names.push_back(known.name);
    const auto length = static_cast<std::uint32_t>(unit.size());
    sink.report(diag::unknown_unit, {span.file, span.end - length, span.end}, unit)
        .did_you_mean(nearest_names(unit, names, 1))
        .help("the units are `ns us ms s min h` for time and `B KiB MiB GiB` for sizes");
}

struct Digits {
    std::string digits;
    std::string_view rest;
};

/// The digits `text` starts with; `_` may stand between two of them.
Digits take_digits(std::string_view text) {
    Digits taken;
    std::size_t at = 0;
    while (at < text.size() && (grammar::is_digit(text[at]) || text[at] == '_')) {
        if (text[at] != '_')
            taken.digits += text[at];
        else if (at + 1 == text.size() || !grammar::is_digit(text[at + 1]))
            break;
        ++at;
    }
    taken.rest = text.substr(at);
    return taken;
}

struct Base {
    std::string_view prefix;
    int base;
    std::string_view name;
};
constexpr Base bases[] = {
    {"0x", 16, "a hexadecimal digit"}, {"0o", 8, "an octal digit"}, {"0b", 2, "a binary digit"}};

class NumberReader {
public:
    NumberReader(std::string_view text, Span span, diag::Sink& sink)
        : text_(text), span_(span), sink_(sink) {}

    std::variant<IntegerLiteral, DecimalLiteral> read() {
        if (text_.find('.') != std::string_view::npos) return read_decimal();
        for (const Base& base : bases)
            if (text_.starts_with(base.prefix)) return read_based(base);
        return read_plain();
    }

private:
    IntegerLiteral malformed(std::string_view why) {
        sink_.report(diag::malformed_number, span_, text_, why);
        return {};
    }

    std::uint64_t convert(std::string_view digits, int base) {
        std::uint64_t value = 0;
        const auto result =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
        if (result.ec == std::errc::result_out_of_range)
            sink_.report(diag::number_too_large, span_, text_);
        return value;
    }

    IntegerLiteral read_based(const Base& base) {
        std::string digits;
        for (const char c : text_.substr(base.prefix.size()))
            if (c != '_') digits += c;
        std::uint64_t value = 0;
        const auto result =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, base.base);
        if (result.ec == std::errc::result_out_of_range) return {convert(digits, base.base), {}};
        if (digits.empty()) return malformed("its digits are missing");
        if (result.ptr != digits.data() + digits.size())
            return malformed(fmt::format("`{}` is not {}", *result.ptr, base.name));
        return {value, IntegerUnit::none};
    }

    IntegerLiteral read_plain() {
        const Digits taken = take_digits(text_);
        if (taken.digits.size() > 1 && taken.digits[0] == '0')
            return malformed("a leading zero says nothing here; octal is `0o17`");
        const auto* unit = std::ranges::find(units, taken.rest, &Unit::name);
        if (unit == std::end(units)) {
            report_unit(taken.rest, span_, sink_);
            return {};
        }
        const std::uint64_t value = convert(taken.digits, 10);
        std::uint64_t scaled = 0;
        if (__builtin_mul_overflow(value, unit->factor, &scaled)) {
            sink_.report(diag::number_too_large, span_, text_);
            return {};
        }
        return {scaled, unit->unit};
    }

    std::variant<IntegerLiteral, DecimalLiteral> read_decimal() {
        double value = 0;
        const auto result = std::from_chars(text_.data(), text_.data() + text_.size(), value,
                                            std::chars_format::fixed);
        if (result.ptr != text_.data() + text_.size())
            return malformed("a fraction has no unit; use a smaller one");
        return DecimalLiteral{value};
    }

    std::string_view text_;
    Span span_;
    diag::Sink& sink_;
};

struct Escape {
    char letter;
    char meaning;
};
constexpr Escape escapes[] = {{'n', '\n'}, {'t', '\t'},  {'r', '\r'}, {'0', '\0'},
                              {'"', '"'},  {'\'', '\''}, {'\\', '\\'}};

/// Reads the escape sequence whose backslash is at `at`, appends its meaning and returns the offset
/// behind it.
std::size_t read_escape(std::string_view text, std::size_t at, Span span, diag::Sink& sink,
                        std::string& value) {
    const char letter = text[at + 1];
    if (const auto* known = std::ranges::find(escapes, letter, &Escape::letter);
        known != std::end(escapes)) {
        value += known->meaning;
        return at + 2;
    }
    const std::string_view hex = text.substr(at + 2, 2);
    unsigned byte = 0;
    if (letter == 'x' &&
        std::from_chars(hex.data(), hex.data() + hex.size(), byte, 16).ptr == hex.data() + 2) {
        value += static_cast<char>(byte);
        return at + 4;
    }
    const auto begin = span.begin + static_cast<std::uint32_t>(at);
    const std::string_view sequence = text.substr(at, 2);
    sink.report(diag::unknown_escape, {span.file, begin, begin + 2}, sequence)
        .help(
            fmt::format("known are `\\n \\t \\r \\0 \\\\ \\\" \\'` and `\\xNN`; a backslash of its "
                        "own is `\\\\`"));
    return at + 2;
}

/// What stands between the quotes of `text`.
std::string unquote(std::string_view text, Span span, diag::Sink& sink) {
    const std::string_view inside = text.substr(1, text.size() - 2);
    if (inside.find('\\') == std::string_view::npos) return std::string(inside);
    std::string value;
    std::size_t at = 1;
    while (at < text.size() - 1) {
        if (text[at] == '\\')
            at = read_escape(text, at, span, sink, value);
        else
            value += text[at++];
    }
    return value;
}

std::string_view common_start(std::string_view a, std::string_view b) {
    const auto [end, other] = std::ranges::mismatch(a, b);
    return a.substr(0, static_cast<std::size_t>(end - a.begin()));
}

/// Calls `use(line)` for each line between those of the braces, without trailing `\r`, and with
/// lines of nothing but blanks emptied.
template <class Use>
void for_each_line(std::string_view block, Use use) {
    const std::size_t last = block.rfind('\n');
    std::size_t at = block.find('\n') + 1;
    while (at <= last) {
        const std::size_t end = block.find('\n', at);
        std::string_view line = block.substr(at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        const bool is_blank = line.find_first_not_of(" \t") == std::string_view::npos;
        use(is_blank ? std::string_view() : line);
        at = end + 1;
    }
}

} // namespace

std::variant<IntegerLiteral, DecimalLiteral> read_number(std::string_view text, Span span,
                                                         diag::Sink& sink) {
    return NumberReader(text, span, sink).read();
}

std::string read_string(std::string_view text, Span span, diag::Sink& sink) {
    return unquote(text, span, sink);
}

char read_character(std::string_view text, Span span, diag::Sink& sink) {
    const std::string value = unquote(text, span, sink);
    if (value.size() == 1) return value[0];
    sink.report(diag::malformed_character, span, text, value.empty() ? "empty" : "longer");
    return '\0';
}

std::string read_address(std::string_view text, Span span, diag::Sink& sink) {
    const std::string inside(text.substr(3, text.size() - 4));
    std::string bytes(sizeof(in6_addr), '\0');
    if (inet_pton(AF_INET6, inside.c_str(), bytes.data()) == 1) return bytes;
    bytes.resize(sizeof(in_addr));
    if (inet_pton(AF_INET, inside.c_str(), bytes.data()) != 1)
        sink.report(diag::malformed_address, span, inside);
    return bytes;
}

std::string read_shell_block(std::string_view text) {
    std::optional<std::string_view> indentation;
    for_each_line(text, [&](std::string_view line) {
        if (line.empty()) return;
        const std::string_view blanks = line.substr(0, line.find_first_not_of(" \t"));
        indentation = indentation ? common_start(*indentation, blanks) : blanks;
    });
    const std::size_t common = indentation ? indentation->size() : 0;
    std::string value;
    for_each_line(text, [&](std::string_view line) {
        value += line.substr(std::min(common, line.size()));
        value += '\n';
    });
    return value;
}

} // namespace kps::syntax
