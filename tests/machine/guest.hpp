#pragma once

#include "runtime/machine/machine.hpp"

#include <map>
#include <string>
#include <vector>

namespace kps::machine {

struct Guest {
    std::string printed; ///< the last 64 KiB; a machine that fails adds its error text
    std::map<std::string, std::string> files; ///< content by path; those that were there
};

/// Boots `kernel` with `files` (`FILE:DEST`), runs one shell script in it as root, and fetches the
/// files at the paths of `wanted`.
Guest run_in_guest(const std::string& kernel, const std::vector<std::string>& files,
                   const std::string& script, const std::vector<std::string>& wanted,
                   std::uint32_t memory_mib = 1024);

/// What only prints.
std::string printed_in_guest(const std::string& kernel, const std::vector<std::string>& files,
                             const std::string& script);

} // namespace kps::machine
