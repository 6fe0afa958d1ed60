#include "grammar/words.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <set>

namespace kps::grammar {

namespace {

/// The words between double quotes in `grammar/kps.ebnf`.
std::set<std::string> words_of_ebnf() {
    std::ifstream file(KPS_TEST_DATA "/../../grammar/kps.ebnf");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::regex literal("\"([a-z]+)\"");
    std::set<std::string> words;
    for (std::sregex_iterator at(text.begin(), text.end(), literal), end; at != end; ++at)
        words.insert((*at)[1]);
    return words;
}

TEST(Keywords, AreThoseOfTheReadableGrammar) {
    std::set<std::string> words(reserved_words().begin(), reserved_words().end());
    words.insert(contextual_words().begin(), contextual_words().end());
    EXPECT_EQ(words_of_ebnf(), words);
}

/// The quoted paragraph of the reference that lists the reserved words.
std::set<std::string> words_of_reference() {
    std::ifstream file(KPS_TEST_DATA "/../../docs/language.md");
    std::set<std::string> words;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("> ")) continue;
        const std::regex word("[a-z]+");
        for (std::sregex_iterator at(line.begin(), line.end(), word), end; at != end; ++at)
            words.insert(at->str());
    }
    return words;
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
