#include "grammar/words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace kps::grammar {

namespace {

using Word = std::string_view;

constexpr Word reserved[] = {
#define RESERVED(word) #word,
#define WORD(word)
#include "grammar/keywords.def"
#undef RESERVED
#undef WORD
};

constexpr Word contextual[] = {
#define RESERVED(word)
#define WORD(word) #word,
#include "grammar/keywords.def"
#undef RESERVED
#undef WORD
};

constexpr Word declarations[] = {"call",     "const", "import",   "machine", "probe",
                                 "requires", "span",  "template", "test",    "use"};
constexpr Word statements[] = {"background", "cleanup",  "expect", "known", "let",
                               "on",         "requires", "run",    "scope", "setup",
                               "show",       "watch",    "witness"};

static_assert(std::ranges::is_sorted(reserved) && std::ranges::is_sorted(contextual));
static_assert(std::ranges::is_sorted(declarations) && std::ranges::is_sorted(statements));

/// Where the reserved words with each first letter begin in `reserved`.
constexpr auto first_letters = [] {
    std::array<unsigned char, 27> starts{};
    for (unsigned letter = 0; letter <= 26; ++letter)
        starts[letter] = static_cast<unsigned char>(
            std::ranges::lower_bound(reserved, static_cast<char>('a' + letter), {}, &Word::front) -
            std::begin(reserved));
    return starts;
}();

constexpr std::size_t longest = 15;

/// The lengths of the reserved words with each first letter, a bit each: most names are told from
/// them by that.
constexpr auto lengths = [] {
    std::array<std::uint16_t, 26> bits{};
    for (const Word word : reserved)
        bits[static_cast<unsigned>(word[0] - 'a')] |= static_cast<std::uint16_t>(1U << word.size());
    return bits;
}();
static_assert(std::ranges::all_of(reserved, [](Word word) { return word.size() <= longest; }));

} // namespace

bool is_reserved(Word word) {
    if (word.empty() || word[0] < 'a' || word[0] > 'z') return false;
    const auto letter = static_cast<unsigned>(word[0] - 'a');
    if (word.size() > longest || (unsigned{lengths[letter]} >> word.size() & 1U) == 0) return false;
    for (unsigned i = first_letters[letter]; i < first_letters[letter + 1]; ++i)
        if (reserved[i] == word) return true;
    return false;
}

std::span<const Word> reserved_words() {
    return reserved;
}

std::span<const Word> contextual_words() {
    return contextual;
}

std::span<const Word> declaration_words() {
    return declarations;
}

std::span<const Word> statement_words() {
    return statements;
}

bool starts_declaration(Word word) {
    return std::ranges::binary_search(declarations, word);
}

bool starts_statement(Word word) {
    return std::ranges::binary_search(statements, word);
}

bool is_integer_type(Word word) {
    constexpr Word types[] = {"u8",  "u16", "u32",  "u64",  "s8",  "s16",
                              "s32", "s64", "bool", "char", "int", "long"};
    return std::ranges::find(types, word) != std::end(types);
}

} // namespace kps::grammar
