#include "tests/machine/shell.hpp"

#include <cstdio>
#include <sys/wait.h>

namespace kps::machine {

Ran shell(const std::string& command) {
    std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return {};
    Ran ran;
    char chunk[4096];
    while (const std::size_t size = std::fread(chunk, 1, sizeof chunk, pipe))
        ran.output.append(chunk, size);
    ran.status = WEXITSTATUS(pclose(pipe));
    return ran;
}

} // namespace kps::machine
