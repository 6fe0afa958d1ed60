#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kps::grammar {

/// Where reading may go on after a mistake.
enum class Resume : std::uint8_t { declaration, statement, field };

/// A word in the first column that can only start a declaration.
bool starts_declaration_line(std::string_view text, std::size_t at);

struct Mishap {
    std::size_t item = 0; ///< where the item with the mistake starts
    std::size_t at = 0;   ///< the mistake
    bool in_block = false;
};

struct Resumption {
    std::size_t at = 0;
    bool block_abandoned = false; ///< what stands there cannot belong to the block at hand
};

/// The first item of the kind `resume` behind the mistake, or the `}` of the block. Braces are
/// skipped in pairs; an item counts only at the start of a line or behind `;` or `}`. A
/// `starts_declaration_line` ends every block.
Resumption resume(std::string_view text, Mishap mishap, Resume resume);

} // namespace kps::grammar
