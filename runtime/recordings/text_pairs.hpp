#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace kps::recordings {

constexpr bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The first `C` from `from` on that has a name in front of it, which begins the text or a word.
/// Sets where the name begins; `npos` if there is none.
template <char C>
std::size_t find_named(std::string_view text, std::size_t from, std::size_t& name) {
    for (std::size_t at = text.find(C, from); at != std::string_view::npos;
         at = text.find(C, at + 1)) {
        name = at;
        while (name > from && is_name_character(text[name - 1]))
            --name;
        const bool begins = name == 0 || text[name - 1] == ' ' || text[name - 1] == '(';
        if (name < at && begins) return at;
    }
    return std::string_view::npos;
}

/// Where the value at `from` ends if it tells itself: behind its quotes or braces; else `from`.
inline std::size_t end_of_enclosed(std::string_view text, std::size_t from) {
    if (from >= text.size()) return from;
    const char close = text[from] == '"' ? '"' : text[from] == '{' ? '}' : '\0';
    if (close == '\0') return from;
    for (std::size_t at = text.find(close, from + 1); at != std::string_view::npos;
         at = text.find(close, at + 1))
        if (at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == ',') return at + 1;
    return from;
}

/// `take(name, value)` for each `name=value` of a payload, or, where there are none, each `name:
/// value`. Values are separated by blanks or commas; those that are not enclosed reach to the next
/// name, without an arrow at their end (`prev_state=S ==> next_comm=b c`).
template <char C, class Take>
bool read_pairs_with(std::string_view text, Take take) {
    std::size_t name = 0;
    std::size_t sign = find_named<C>(text, 0, name);
    if (sign == std::string_view::npos) return false;
    while (sign != std::string_view::npos) {
        std::size_t from = sign + 1;
        if (C == ':' && from < text.size() && text[from] == ' ') ++from;
        const std::size_t enclosed = end_of_enclosed(text, from);
        std::size_t next_name = text.size();
        const std::size_t next = find_named<C>(text, enclosed, next_name);
        std::string_view value =
            enclosed != from
                ? text.substr(from, enclosed - from)
                : text.substr(from,
                              (next == std::string_view::npos ? text.size() : next_name) - from);
        if (value.ends_with(" ==> ")) value.remove_suffix(5);
        while (!value.empty() && (value.back() == ' ' || value.back() == ','))
            value.remove_suffix(1);
        take(text.substr(name, sign - name), value);
        sign = next;
        name = next_name;
    }
    return true;
}

template <class Take>
void read_pairs(std::string_view payload, Take take) {
    if (!read_pairs_with<'='>(payload, take)) read_pairs_with<':'>(payload, take);
}

} // namespace kps::recordings
