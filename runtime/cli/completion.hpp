#pragma once

#include "runtime/cli/command_text.hpp"
#include "runtime/cli/terminal.hpp"

#include <span>

namespace kps::cli {

struct CompletionOptions {
    std::string shell; ///< `bash`, `zsh` or `fish`
};

/// Prints the script that makes a shell complete the arguments of kps. It knows nothing of them
/// itself, but asks `kps complete WORD...`. Returns the exit status.
int completion(const CompletionOptions& options, Terminal& terminal);

/// The first argument that asks for `candidates` of those behind it.
inline constexpr std::string_view complete_command = "complete";

/// What can stand in place of the last of `words`, which follow `kps` on a command line: lines of
/// `WORD\tMEANING`, whether `WORD` starts like the last word or not, and `:specs`, `:files` or
/// `:directories` where the names of such files can stand too.
std::string candidates(const CommandText& root, std::span<const std::string> words);

} // namespace kps::cli
