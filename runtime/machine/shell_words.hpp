#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kps::machine {

/// A word of a shell command that may name a program.
struct ProgramWord {
    std::string text;
    bool required = false; ///< it is what a command runs; else an argument that may be a program

    auto operator<=>(const ProgramWord&) const = default;
};

/// The programs that a POSIX shell command names, each once, in order of appearance. No shell runs;
/// it is a reading of the text, with these rules:
///
/// - The first word of each simple command (after assignments, reserved words and redirections,
///   within `$(...)`, backquotes, `(...)` and `{ ...; }` too) is required, unless it is a builtin
///   of the shell, a function that the text defines, or not constant (`$tool -x`).
/// - All arguments of commands that run others (`env`, `timeout`, `xargs`, `find`, ...) may be
///   programs, and any constant argument that is an absolute path.
/// - The constant argument after `-c` of a shell is read in the same way.
/// - Bodies of here-documents, comments and what is assigned to variables are passed over.
std::vector<ProgramWord> program_words(std::string_view shell);

/// The words after each `modprobe` of a shell command that are not options: names of modules, and
/// maybe parameters of one.
std::vector<std::string> modprobe_words(std::string_view shell);

} // namespace kps::machine
