#include "grammar/words.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <set>

namespace kps::grammar {

namespace {

std::string read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

/// The runs of lower-case letters in `text` between `before` and `after`.
std::set<std::string> words_in(std::string_view text, char before, char after) {
    std::set<std::string> words;
    for (std::size_t at = 1; at < text.size(); ++at) {
        const auto end = static_cast<std::size_t>(
            std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                             is_letter) -
            text.begin());
        if (end == at) continue;
        if (text[at - 1] == before && end < text.size() && text[end] == after)
            words.emplace(text.substr(at, end - at));
        at = end;
    }
    return words;
}

std::set<std::string> words_of_ebnf() {
    return words_in(read(KPS_TEST_DATA "/../../grammar/kps.ebnf"), '"', '"');
}

TEST(Keywords, AreThoseOfTheReadableGrammar) {
    std::set<std::string> words(reserved_words().begin(), reserved_words().end());
    words.insert(contextual_words().begin(), contextual_words().end());
    EXPECT_EQ(words_of_ebnf(), words);
}

/// The quoted paragraph of the reference that lists the reserved words.
std::set<std::string> words_of_reference() {
    const std::string text = read(KPS_TEST_DATA "/../../docs/language.md");
    const std::size_t begin = text.find("> `");
    std::string paragraph = text.substr(begin, text.find("\n\n", begin) - begin);
    std::ranges::replace_if(paragraph, [](char c) { return !is_letter(c); }, ' ');
    return words_in(paragraph + " ", ' ', ' ');
}

TEST(Keywords, AreThoseOfTheReference) {
    EXPECT_EQ(words_of_reference(),
              std::set<std::string>(reserved_words().begin(), reserved_words().end()));
}

TEST(Keywords, AreFoundByTheirFirstLetter) {
    for (const std::string_view word : reserved_words()) {
        EXPECT_TRUE(is_reserved(word)) << word;
        EXPECT_FALSE(is_reserved(std::string(word) + "x")) << word;
    }
    for (const std::string_view word : contextual_words())
        EXPECT_FALSE(is_reserved(word)) << word;
    EXPECT_FALSE(is_reserved(""));
    EXPECT_FALSE(is_reserved("Test"));
    EXPECT_FALSE(is_reserved("_"));
}

} // namespace

} // namespace kps::grammar
