#include "tests/unit/tracefs_backend/grammar.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

namespace kps::tracefs {

namespace {

const std::regex head(R"((p|r([0-9]*)):([A-Za-z_]\w{0,62})/([A-Za-z_]\w{0,62}))");
const std::regex
    point(R"(([A-Za-z_]\w*:)?[A-Za-z_][\w.]*(\+(0x[0-9a-f]+|[0-9]+))?|/[^\s#]+:0x[0-9a-f]+)");
const std::regex
    argument(R"(([A-Za-z_]\w{0,30})=(.*):(string|ustring|[us](8|16|32|64))(\[([0-9]+)\])?)");
const std::regex base(
    R"(\$arg[1-9][0-9]*|\$retval|\$comm|\$stack[0-9]+|%[a-z][a-z0-9]*|@[A-Za-z_]\w*([+-][0-9]+)?)");
const std::regex dereference(R"([+-](u?)[0-9]+\((.*)\))");

/// What is wrong with the part before the type, or nothing.
std::string check_source(std::string source, bool is_string, bool is_array) {
    unsigned depth = 0;
    bool user = false;
    for (std::smatch match; std::regex_match(source, match, dereference); ++depth) {
        if (depth == 0) user = match[1].length() != 0;
        source = std::string(match[2]);
    }
    if (!std::regex_match(source, base)) return "bad fetch `" + source + "`";
    if (depth > 12) return "too many dereferences";
    const bool memory = depth > 0 || source.starts_with("@");
    if (is_string && !memory && source != "$comm") return "a string that is not in memory";
    if (is_array && (!memory || user)) return "an array that is not in kernel memory";
    if (source == "$comm" && (depth > 0 || !is_string)) return "$comm is a string";
    return {};
}

std::string check_argument(const std::string& text, ParsedLine& line) {
    std::smatch match;
    if (!std::regex_match(text, match, argument)) return "bad argument `" + text + "`";
    const std::string name = match[1];
    if (name.starts_with("common_") || name.starts_with("__probe_")) return "reserved " + name;
    if (std::ranges::count(line.names, name) > 0) return "repeated " + name;
    line.names.push_back(name);
    if (text.size() - name.size() - 1 > 63) return "long argument `" + text + "`";
    const bool is_string = std::string(match[3]).ends_with("string");
    const unsigned long count = match[6].length() == 0 ? 0 : std::stoul(match[6]);
    if (match[5].length() != 0 && (count == 0 || count > 64)) return "bad array " + text;
    const unsigned long element = is_string ? 4 : std::stoul(match[4]) / 8;
    line.size += static_cast<unsigned>(element * std::max(count, 1UL));
    return check_source(match[2], is_string, count != 0);
}

std::string parse(std::istringstream& words, ParsedLine& line) {
    std::string word;
    std::smatch match;
    words >> word;
    if (!std::regex_match(word, match, head)) return "bad head `" + word + "`";
    line.kind = word[0];
    if (match[2].length() != 0) line.maxactive = static_cast<unsigned>(std::stoul(match[2]));
    if (line.maxactive > 4096) return "maxactive too large";
    line.group = match[3];
    line.event = match[4];
    words >> line.point;
    if (!std::regex_match(line.point, point)) return "bad point `" + line.point + "`";
    while (words >> word)
        if (auto why = check_argument(word, line); !why.empty()) return why;
    if (line.names.size() > 128) return "too many arguments";
    if (line.size + 24 > 3072) return "record too large";
    return {};
}

} // namespace

std::optional<ParsedLine> parse_line(std::string_view text, std::string& why) {
    ParsedLine line;
    std::istringstream words{std::string(text)};
    why = text.size() > 4093 ? "line too long" : parse(words, line);
    if (!why.empty()) return std::nullopt;
    return line;
}

} // namespace kps::tracefs
