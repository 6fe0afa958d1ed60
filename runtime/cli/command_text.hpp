#pragma once

#include <string>
#include <vector>

/// The command line as data: command_line.cpp makes it from the definitions that it parses with, so
/// that manual pages and completion know every command and option there is.
namespace kps::cli {

/// An option, or an operand if it has no spellings.
struct OptionText {
    std::vector<std::string> spellings; ///< `-k`, `--kernel`
    std::string value;                  ///< what its value is, such as `KERNEL`; empty for a flag
    std::vector<std::string> choices;   ///< the values it may have, if there is a list of them
    std::string standard;               ///< the value without the option; may be empty
    std::string help;
    bool required = false;
    bool repeatable = false;
};

/// Descriptions and footers are lines: paragraphs, headings (`Exit status:`) and terms that are
/// explained (`  0  everything holds`).
struct CommandText {
    std::string name; ///< `kps`, or the word of a command
    std::string description;
    std::string footer;
    std::vector<OptionText> options;
    std::vector<OptionText> operands;
    std::vector<CommandText> commands;
    bool needs_command = false;
};

} // namespace kps::cli
