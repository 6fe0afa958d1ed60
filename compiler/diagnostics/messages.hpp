#pragma once

#include "compiler/diagnostics/message.hpp"

#include <span>

namespace kps::diag {

// Every diagnostic of kps, one constant each: `diag::unknown_symbol`. Blocks of codes:
// 01 syntax, 02 names, 03 types, 04 kernel symbols and BTF, 05 expectations, 06 plan and backend.
// A new row goes to the end of its block's file with the block's next number; a retired one stays
// there as a comment so that its number is not used again.
#define DIAG(number, severity, name, format, ...)                                                  \
    inline constexpr Message<__VA_ARGS__> name{Code{number}, Severity::severity, format};
#include "compiler/diagnostics/catalogue/all.def"
#undef DIAG

/// Every row in the order of the codes.
std::span<const CatalogueRow> catalogue();

/// The text of a message with `...` for each of its arguments.
std::string with_dots(std::string_view format);

} // namespace kps::diag
