#include "runtime/gate/waivers.hpp"

#include "compiler/base/lines.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <fmt/core.h>

namespace kps::gate {

namespace {

constexpr const char* form = "a line is `UNTIL SPEC \"TEST\" REASON`, such as "
                             "`2027-01-31 open.kps \"opening is fast\" slower disks, ticket 12`";

std::string_view without_blanks(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Cuts the first word off.
std::string_view take_word(std::string_view& rest) {
    rest = without_blanks(rest);
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    return word;
}

/// Cuts off what stands in quotes; nothing if nothing does. `\"` and `\\` are escapes.
std::string take_quoted(std::string_view& rest) {
    rest = without_blanks(rest);
    if (rest.empty() || rest.front() != '"') return {};
    std::string text;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return text;
        }
        if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
        text += rest[i];
    }
    return {};
}

/// A day of the calendar, written `2027-01-31`.
bool is_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const auto number = [&](std::size_t from, std::size_t size) {
        int value = 0;
        for (const char c : text.substr(from, size)) {
            if (std::isdigit(static_cast<unsigned char>(c)) == 0) return -1;
            value = 10 * value + (c - '0');
        }
        return value;
    };
    const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
    if (year < 0 || month < 0 || day < 0) return false;
    return std::chrono::year_month_day(std::chrono::year(year),
                                       std::chrono::month(static_cast<unsigned>(month)),
                                       std::chrono::day(static_cast<unsigned>(day)))
        .ok();
}

} // namespace

Result<std::vector<Waiver>> read_waivers(std::string_view text, const std::string& path) {
    std::vector<Waiver> waivers;
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view rest = without_blanks(take_line(text));
        if (rest.empty() || rest.front() == '#') continue;
        Waiver waiver;
        waiver.file = path;
        waiver.line = number;
        waiver.until = take_word(rest);
        waiver.spec = take_word(rest);
        waiver.subject = take_quoted(rest);
        waiver.reason = without_blanks(rest);
        const auto wrong = [&](std::string_view what) {
            return fail(fmt::format("{}:{}: {}", path, number, what), form);
        };
        if (!is_day(waiver.until))
            return wrong(fmt::format("`{}` is no day; a waiver begins with the last day on which "
                                     "it holds",
                                     waiver.until));
        if (waiver.subject.empty()) return wrong("the test, in quotes, is missing");
        if (waiver.reason.empty()) return wrong("the reason is missing");
        waivers.push_back(std::move(waiver));
    }
    return waivers;
}

bool applies(const Waiver& waiver, std::string_view spec, std::string_view subject) {
    if (waiver.subject != subject || !spec.ends_with(waiver.spec)) return false;
    return spec.size() == waiver.spec.size() || spec[spec.size() - waiver.spec.size() - 1] == '/';
}

} // namespace kps::gate
