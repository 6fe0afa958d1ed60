#pragma once

#include <string>

namespace kps::machine {

struct Ran {
    int status = -1;
    std::string output; ///< standard output and error
};

Ran shell(const std::string& command);

} // namespace kps::machine
