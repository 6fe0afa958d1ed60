// Runs a fuzz target on every file of the directories given, in place of libFuzzer.

#include "tests/fuzz/input.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

int main(int argc, char** argv) {
    std::size_t inputs = 0;
    for (const char* directory : std::span(argv, static_cast<std::size_t>(argc)).subspan(1))
        for (const auto& entry : std::filesystem::directory_iterator(directory)) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::vector<char> content{std::istreambuf_iterator<char>(file), {}};
            std::printf("%s\n", entry.path().c_str());
            std::fflush(stdout); // it is the last line if this one fails
            LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(content.data()),
                                   content.size());
            ++inputs;
        }
    std::printf("%zu inputs\n", inputs);
    return inputs == 0 ? 1 : 0;
}
