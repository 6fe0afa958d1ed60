#include "runtime/cli/command_line.hpp"

int main(int argc, char** argv) {
    return kps::cli::main_with(argc, argv);
}
