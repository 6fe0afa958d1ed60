#pragma once

#include <cstdio>
#include <string>
#include <sys/wait.h>

namespace kps {

struct Ran {
    int status = -1;
    std::string output; ///< standard output and error
};

inline Ran shell(const std::string& command) {
    std::FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return {};
    Ran ran;
    char chunk[4096];
    while (const std::size_t size = std::fread(chunk, 1, sizeof chunk, pipe))
        ran.output.append(chunk, size);
    ran.status = WEXITSTATUS(pclose(pipe));
    return ran;
}

} // namespace kps
