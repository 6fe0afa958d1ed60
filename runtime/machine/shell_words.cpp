#include "runtime/machine/shell_words.hpp"

#include "runtime/machine/shell_lexer.hpp"

#include <algorithm>
#include <set>

namespace kps::machine {

namespace {

using Names = std::set<std::string_view>;
using Kind = ShellToken::Kind;

constexpr int most_levels = 16;

const Names builtins{".",      ":",       "[",        "alias",   "bg",      "break",   "cd",
                     "chdir",  "command", "continue", "echo",    "eval",    "exec",    "exit",
                     "export", "false",   "fg",       "getopts", "hash",    "history", "jobs",
                     "kill",   "let",     "local",    "printf",  "pwd",     "read",    "readonly",
                     "return", "set",     "shift",    "source",  "test",    "times",   "trap",
                     "true",   "type",    "ulimit",   "umask",   "unalias", "unset",   "wait"};
/// After which a command begins.
const Names openers{"!", "{", "do", "elif", "else", "if", "then", "time", "until", "while"};
const Names closers{"}", "done", "esac", "fi"};
const Names runners{
    "busybox",  "chroot", "chrt",    "command", "env",     "eval",   "exec",
    "find",     "flock",  "ionice",  "ltrace",  "nice",    "nohup",  "nsenter",
    "parallel", "perf",   "prlimit", "setarch", "setpriv", "setsid", "start-stop-daemon",
    "stdbuf",   "strace", "su",      "sudo",    "taskset", "time",   "timeout",
    "unshare",  "watch",  "xargs"};
const Names shells{"ash", "bash", "busybox", "dash", "sh", "su"};
/// Operations that a file name follows.
const Names redirections{"<", ">", ">>", "<<", "<<-", "<<<", ">&", "<&", "<>", ">|", "&>"};

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

class Reading {
public:
    void read(std::string_view text, int level) {
        if (level > most_levels) return;
        ShellLexer lexer(text);
        std::vector<ShellToken> tokens;
        do
            tokens.push_back(lexer.next());
        while (tokens.back().kind != Kind::end);
        Sentence sentence{level};
        for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
            if (tokens[i].kind == Kind::operation)
                operation(tokens[i].text, sentence);
            else if (defines_function(tokens, i))
                functions_.insert(tokens[i].text);
            else
                word(tokens[i], sentence);
        }
        for (const std::string& inner : lexer.substitutions())
            read(inner, level + 1);
    }

    std::vector<ProgramWord> take() {
        std::erase_if(words_, [&](const ProgramWord& word) {
            return word.required && functions_.contains(word.text);
        });
        return std::move(words_);
    }

private:
    enum class Expect { command, argument, nothing, case_word, case_pattern };
    /// Where a text is being read.
    struct Sentence {
        int level;
        int cases = 0; ///< how many are open
        Expect expect = Expect::command;
        bool file_name = false;  ///< the next word is one
        bool runner = false;     ///< arguments may be programs
        bool shell = false;      ///< an argument may be `-c`
        bool shell_text = false; ///< the next word is a command
    };

    static bool defines_function(const std::vector<ShellToken>& tokens, std::size_t i) {
        return i + 2 < tokens.size() && tokens[i + 1].text == "(" && tokens[i + 2].text == ")" &&
               tokens[i + 1].kind == Kind::operation && tokens[i + 2].kind == Kind::operation;
    }

    static void operation(std::string_view text, Sentence& s) {
        s.file_name = false;
        if (redirections.contains(text)) {
            s.file_name = true;
        } else if (s.expect == Expect::case_pattern) {
            if (text == ")") s.expect = Expect::command;
        } else if (s.cases > 0 && (text == ";;" || text == ";&")) {
            s.expect = Expect::case_pattern;
        } else {
            s.expect = Expect::command;
        }
    }

    void word(const ShellToken& token, Sentence& s) {
        if (s.file_name) {
            s.file_name = false;
            return;
        }
        switch (s.expect) {
        case Expect::command: command(token, s); break;
        case Expect::argument: argument(token, s); break;
        case Expect::nothing: break;
        case Expect::case_word:
            if (token.text == "in") s.expect = Expect::case_pattern;
            break;
        case Expect::case_pattern:
            if (token.text == "esac" && !token.quoted) end_case(s);
            break;
        }
    }

    static void end_case(Sentence& s) {
        if (s.cases > 0) --s.cases;
        s.expect = Expect::nothing;
    }

    void command(const ShellToken& token, Sentence& s) {
        const std::string& text = token.text;
        if (token.assignment || (!token.quoted && openers.contains(text))) return;
        s.runner = s.shell = s.shell_text = false;
        s.expect = Expect::nothing;
        if (!token.quoted && text == "case") {
            ++s.cases;
            s.expect = Expect::case_word;
        } else if (!token.quoted && text == "esac") {
            end_case(s);
        } else if (!token.quoted &&
                   (text == "for" || text == "function" || closers.contains(text))) {
            return;
        } else {
            s.expect = Expect::argument;
            s.runner = runners.contains(base_name(text));
            s.shell = shells.contains(base_name(text));
            if (token.constant && !builtins.contains(text)) add(text, true);
        }
    }

    void argument(const ShellToken& token, Sentence& s) {
        if (!token.constant) return;
        if (s.shell_text) {
            s.shell_text = false;
            read(token.text, s.level + 1);
        } else if (s.shell && token.text.starts_with('-') && token.text.ends_with('c')) {
            s.shell_text = true;
        } else if (s.runner || token.text.starts_with('/')) {
            if (shells.contains(base_name(token.text))) s.shell = true;
            if (!token.text.starts_with('-') && !builtins.contains(token.text))
                add(token.text, false);
        }
    }

    void add(const std::string& text, bool required) {
        if (text.empty()) return;
        const auto known = std::ranges::find(words_, text, &ProgramWord::text);
        if (known == words_.end())
            words_.push_back({text, required});
        else
            known->required = known->required || required;
    }

    std::vector<ProgramWord> words_;
    std::set<std::string> functions_;
};

} // namespace

std::vector<ProgramWord> program_words(std::string_view shell) {
    Reading reading;
    reading.read(shell, 0);
    return reading.take();
}

std::vector<std::string> modprobe_words(std::string_view shell) {
    constexpr std::string_view separators = " \t\n;|&()<>'\"`";
    std::vector<std::string> names;
    bool loads = false;
    while (!shell.empty()) {
        const std::size_t end = std::min(shell.find_first_of(separators), shell.size());
        const std::string_view word = shell.substr(0, end);
        if (loads && !word.empty() && word.front() != '-') names.emplace_back(word);
        if (word == "modprobe" || word.ends_with("/modprobe")) loads = true;
        if (end < shell.size() && std::string_view("\n;|&").contains(shell[end])) loads = false;
        shell.remove_prefix(std::min(end + 1, shell.size()));
    }
    return names;
}

} // namespace kps::machine
