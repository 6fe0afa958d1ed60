#pragma once

#include "compiler/diagnostics/sink.hpp"
#include "compiler/syntax/ast.hpp"

#include <variant>

/// What the spelling of a literal means. `span` is that of `text`; mistakes are reported there and
/// give a harmless value.
namespace kps::syntax {

/// `0x1f`, `1_000`, `5ms`, `4KiB`, `1.2`
std::variant<IntegerLiteral, DecimalLiteral> read_number(std::string_view text, Span span,
                                                         diag::Sink& sink);

/// `"..."`
std::string read_string(std::string_view text, Span span, diag::Sink& sink);

/// `'c'`
char read_character(std::string_view text, Span span, diag::Sink& sink);

/// `ip"10.0.0.1"`: 4 or 16 bytes in network order.
std::string read_address(std::string_view text, Span span, diag::Sink& sink);

/// The lines of `{ ... }` without the indentation that all have; lines of blanks become empty.
std::string read_shell_block(std::string_view text);

} // namespace kps::syntax
