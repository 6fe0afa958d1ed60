#pragma once

#include "grammar/scan.hpp"

#include <string>
#include <string_view>

namespace kps::syntax {

/// How the tokens of one construct are set.
struct TokenStyle {
    std::size_t indent = 0;   ///< of the construct, in blanks; continued lines stand 4 further in
    bool tight = false;       ///< no blanks around `:` and operators: `MODULE:SYMBOL+0x1c`
    bool in_fields = false;   ///< every word but `else` is a name
    bool keep_breaks = false; ///< lines end where the author's do
    bool header = false;      ///< ends before a `{`; elsewhere that starts a shell block
};

/// Appends the tokens of `text` from `begin` to `end`, spaced in the one way `kps fmt` has, to
/// `out`. Comments among them are kept, each ending its line. Returns the offset behind the last
/// token. The text must be free of mistakes.
std::size_t print_tokens(std::string_view text, std::size_t begin, std::size_t end,
                         const TokenStyle& style, std::string& out);

} // namespace kps::syntax
