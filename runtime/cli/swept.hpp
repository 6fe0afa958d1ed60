#pragma once

#include "runtime/collect/leftovers.hpp"

#include <string>

namespace kps::cli {

/// `removed the probe ...` and the like, a line for each thing that was removed or could not be.
std::string describe(const collect::Swept& swept);

} // namespace kps::cli
