#pragma once

#include <span>
#include <string_view>

/// The words of the language, without PEGTL.
namespace kps::grammar {

/// Reserved: a name only in a field list or in backquotes.
bool is_reserved(std::string_view word);

/// Every reserved word, sorted.
std::span<const std::string_view> reserved_words();

/// The words that mean something in their place and are names elsewhere, sorted.
std::span<const std::string_view> contextual_words();

/// The words a declaration (a statement of a test) starts with, sorted.
std::span<const std::string_view> declaration_words();
std::span<const std::string_view> statement_words();
bool starts_declaration(std::string_view word);
bool starts_statement(std::string_view word);

/// The types that a cast may name without a tag or a star.
bool is_integer_type(std::string_view word);

} // namespace kps::grammar
