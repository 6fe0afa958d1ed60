#pragma once

#include "runtime/cli/command_text.hpp"
#include "runtime/cli/terminal.hpp"

namespace kps::cli {

struct ManOptions {
    std::vector<std::string> command; ///< `kernel`, `show`; empty: of kps itself
    std::string output;               ///< a directory for the pages of all commands; may be empty
};

/// Prints a manual page, or writes all of them: kps.1, kps-run.1 and so on, for groff's macro
/// package `man`. Returns the exit status.
int man(const ManOptions& options, const CommandText& root, Terminal& terminal);

} // namespace kps::cli
