#pragma once

#include "runtime/collect/files.hpp"

#include <cstdlib>
#include <string>
#include <vector>

namespace kps::machine {

/// The kernels that machine tests boot: the words of $KPS_TEST_KERNELS, or Debian's two.
inline std::vector<std::string> test_kernels() {
    const char* const named = std::getenv("KPS_TEST_KERNELS");
    std::vector<std::string> kernels;
    for (const std::string_view word :
         collect::words(named != nullptr ? named : "debian:6.1 debian:6.12"))
        kernels.emplace_back(word);
    return kernels;
}

} // namespace kps::machine
