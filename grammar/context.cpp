#include "grammar/context.hpp"

#include <algorithm>

namespace kps::grammar {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

} // namespace

std::size_t Context::skip_blanks(std::size_t at) {
    token_end = at;
    while (at < text.size()) {
        if (is_blank(text[at])) {
            ++at;
        } else if (text[at] == '#') {
            const std::size_t end = scan_comment(text, at);
            // Alternatives that fail read the same comment again.
            if (comments.empty() || comments.back().begin < at)
                comments.push_back(
                    {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
            at = end;
        } else {
            break;
        }
    }
    return blanks_end = at;
}

std::size_t Context::end_before(std::size_t at) const {
    if (at == blanks_end) return token_end;
    while (at > 0) {
        const auto later = std::ranges::lower_bound(comments, at, {}, &CommentRange::end);
        if (later != comments.end() && later->end == at)
            at = later->begin;
        else if (is_blank(text[at - 1]))
            --at;
        else
            break;
    }
    return at;
}

} // namespace kps::grammar
