// Reads /dev/zero, and prints `cost SIZE INSTRUCTIONS LABEL`: how many instructions a read(2) of so
// many bytes takes. For a guest whose time stamp counter counts instructions: QEMU's `-icount
// shift=0` makes it so.
//   reads SIZE LABEL
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>
#include <x86intrin.h>

namespace {

constexpr std::size_t batches = 41;
constexpr std::uint64_t reads = 500;
std::array<char, 4096> bytes;

std::uint64_t batch(int zero, std::size_t size) {
    const std::uint64_t begin = __rdtsc();
    for (std::uint64_t i = 0; i < reads; ++i)
        if (read(zero, bytes.data(), size) < 0) std::abort();
    return __rdtsc() - begin;
}

} // namespace

// The median of the batches: a timer interrupt falls into some of them.
int main(int count, char** arguments) {
    if (count != 3) return 2;
    const int zero = open("/dev/zero", O_RDONLY);
    if (zero < 0) return 1;
    const std::size_t size = std::min<std::size_t>(std::strtoul(arguments[1], nullptr, 10), 4096);
    std::array<std::uint64_t, batches> taken{};
    for (std::uint64_t& one : taken)
        one = batch(zero, size);
    std::ranges::sort(taken);
    std::printf("cost %zu %llu %s\n", size,
                static_cast<unsigned long long>(taken[batches / 2] / reads), arguments[2]);
}
