// A Debian package: an `ar` archive, in it a tar archive (compressed or not), in it an image,
// modules and a configuration.

#include "compiler/kernel/package.hpp"
#include "tests/fuzz/input.hpp"

#include <array>
#include <filesystem>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kps;
    const fuzz::MemoryFile file(std::as_bytes(std::span(data, size)));
    const auto facts = kernel::read_package(std::array{std::filesystem::path(file.path())});
    if (!facts) fuzz::require(!facts.error().message.empty(), "an error says what is wrong");
    return 0;
}
