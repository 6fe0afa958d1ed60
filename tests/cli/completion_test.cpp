#include "tests/cli/shell.hpp"

#include <gmock/gmock.h>

namespace kps::test {

namespace {

struct Row {
    std::string line; ///< what is typed, up to the cursor
    Lines words;      ///< what can stand in place of the last word
};

const Row rows[] = {
    {"kps ru", {"run"}},
    {"kps kernel s", {"show", "snapshot"}},
    {"kps run --re", {"--record", "--report"}},
    {"kps run --tag x --no", {"--no-pushdown", "--no-skip"}},
    {"kps run --report j", {"json", "junit"}},
    {"kps run --report=j", {"--report=json", "--report=junit"}},
    {"kps run --report json=o", {"json=other.txt"}},
    {"kps compile --emit p", {"plan"}},
    {"kps check -k debian:6.", {"debian:6.1", "debian:6.12"}},
    {"kps check --kernel=ru", {"--kernel=running"}},
    {"kps check --kernel o", {"other.txt"}},
    {"kps check --kernel=debian:5", {"--kernel=debian:5.10"}},
    {"kps kernel fetch debian:5.10 debian:7", {"debian:7.2"}},
    {"kps run ", {"a.kps", "b.kps", "folder"}},
    {"kps run a.kps b", {"b.kps"}},
    {"kps run -k debian:6.1 folder/", {"folder/c.kps"}},
    {"kps run -L ", {"folder"}},
    {"kps run --memory ", {}},
    {"kps kernel snapshot running ", {}},
    {"kps man kernel f", {"fetch"}},
    {"kps explain KPS0101", {"KPS0101"}},
    {"kps graph m", {"machines"}},
    {"kps graph tests ", {"a.kps", "b.kps", "folder"}},
    {"kps run -- --no", {}},
};

void PrintTo(const Row& row, std::ostream* out) {
    *out << row.line;
}

class Completion : public testing::TestWithParam<Row> {
protected:
    Completion() {
        for (const char* name : {"a.kps", "b.kps", "other.txt"})
            directory_.write(name, "");
        std::filesystem::create_directory(directory_.path() / "folder");
        directory_.write("folder/c.kps", "");
        directory_.write("folder/d.txt", "");
    }

    Directory directory_;
};

/// The words of `line` as readline gives them to a completion function: `:` and `=` are words.
std::string bash_words(const std::string& line) {
    std::string words;
    for (const char c : line) {
        if (c == ' ')
            words += "' '";
        else if (c == ':' || c == '=')
            words += std::string("' '") + c + "' '";
        else
            words += c;
    }
    return "'" + words + "'";
}

constexpr const char* bash_script = R"(source <(kps completion bash)
compopt() { :; }
COMP_POINT=${#COMP_LINE}
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_kps
[[ ${#COMPREPLY[@]} == 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
)";

TEST_P(Completion, Bash) {
    const auto& [line, expected] = GetParam();
    const std::string output = directory_.run("bash", "COMP_LINE='" + line + "'\nCOMP_WORDS=(" +
                                                          bash_words(line) + ")\n" + bash_script);
    // Readline keeps the last word up to such a sign.
    const std::size_t begin = line.rfind(' ') + 1;
    const std::size_t sign = line.find_last_of(":=");
    const std::string kept =
        sign == std::string::npos || sign < begin ? "" : line.substr(begin, sign + 1 - begin);
    Lines words;
    for (const std::string& word : lines_of(output))
        words.push_back(kept + word);
    EXPECT_THAT(words, testing::UnorderedElementsAreArray(expected));
}

TEST_P(Completion, Fish) {
    if (!has_program("fish")) GTEST_SKIP() << "there is no fish";
    const std::string output =
        directory_.run("fish --no-config",
                       "kps completion fish | source\ncomplete -C '" + GetParam().line + "'\n");
    Lines words;
    for (std::string word : lines_of(output)) {
        word = word.substr(0, word.find('\t'));
        if (word.ends_with('/')) word.pop_back();
        words.push_back(word);
    }
    EXPECT_THAT(words, testing::UnorderedElementsAreArray(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(All, Completion, testing::ValuesIn(rows));

TEST(CompletionScript, IsReadByZsh) {
    if (!has_program("zsh")) GTEST_SKIP() << "there is no zsh";
    const Directory directory;
    EXPECT_EQ(directory.run("sh", "kps completion zsh >_kps && zsh -n _kps"), "");
}

TEST(CompletionScript, OfAnUnknownShellIsRefused) {
    const Directory directory;
    EXPECT_THAT(directory.run("sh", "kps completion tcsh; echo $?"), testing::EndsWith("\n2\n"));
}

} // namespace

} // namespace kps::test
