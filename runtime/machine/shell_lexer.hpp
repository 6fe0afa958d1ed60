#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kps::machine {

/// A piece of a shell command.
struct ShellToken {
    enum class Kind { word, operation, end };
    Kind kind = Kind::end;
    std::string text;        ///< a word without its quotes; `\n` for the end of a line
    bool constant = true;    ///< a word that the shell takes as it stands
    bool quoted = false;     ///< some of it was quoted, so it is no reserved word
    bool assignment = false; ///< `NAME=...`
};

/// Takes a shell command apart as far as is needed to see which words are commands. Here-document
/// bodies and comments are left out; command substitutions are collected, not entered. Whatever the
/// text is, this ends; what is unclosed ends with the text.
class ShellLexer {
public:
    explicit ShellLexer(std::string_view text) : text_(text) {}

    ShellToken next();
    /// The commands within `$(...)` and backquotes of the words so far.
    [[nodiscard]] const std::vector<std::string>& substitutions() const { return substitutions_; }

private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    void skip_blanks();
    ShellToken operation();
    ShellToken word();
    void single_quoted(ShellToken& word);
    void double_quoted(ShellToken& word);
    void expansion(ShellToken& word);
    void back_quoted(ShellToken& word);
    std::string_view balanced(char open, char close);
    void skip_documents();

    std::string_view text_;
    std::size_t at_ = 0;
    bool delimiter_follows_ = false;
    std::vector<std::string> documents_; ///< delimiters of here-documents that the next line starts
    std::vector<std::string> substitutions_;
};

} // namespace kps::machine
