#pragma once

#include "runtime/machine/machine.hpp"

#include <string>
#include <vector>

namespace kps::machine {

/// Boots `kernel` with `files` (`FILE:DEST`), runs one shell script in it as root and gives what it
/// printed (the last 64 KiB); a machine that fails gives its error text.
std::string printed_in_guest(const std::string& kernel, const std::vector<std::string>& files,
                             const std::string& script);

} // namespace kps::machine
