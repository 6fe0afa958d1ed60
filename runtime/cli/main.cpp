#include "runtime/cli/command_line.hpp"

#include <fcntl.h>
#include <initializer_list>
#include <unistd.h>

namespace {

/// Were one closed, the next file opened would take its place, and messages would go into it.
void open_standard_descriptors() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) _exit(4);
}

} // namespace

int main(int argc, char** argv) {
    open_standard_descriptors();
    return kps::cli::main_with(argc, argv);
}
