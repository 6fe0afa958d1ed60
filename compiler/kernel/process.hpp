#pragma once

#include "compiler/base/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace kps::kernel {

struct Finished {
    int status = 0; ///< exit status; 128 + N if killed by signal N
    std::string output, errors;
};

/// Runs a program (found in PATH) without a shell, with nothing on its standard input, and waits
/// for it. `environment` are `NAME=VALUE`s set on top of our own. Fails only if it cannot be
/// started.
Result<Finished> run(const std::vector<std::string>& command,
                     const std::vector<std::string>& environment = {},
                     const std::filesystem::path& directory = ".");

} // namespace kps::kernel
