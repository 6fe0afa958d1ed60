#pragma once

#include "compiler/base/result.hpp"
#include "runtime/cli/pipeline.hpp"

#include <string>
#include <vector>

namespace kps::cli {

/// Removes the tests that are not asked for: those with another name than `names` if there are any
/// names, and those without one of `tags` if there are any tags. Fails if a name or tag is that of
/// no test, or none is left: a run in which nothing is tested must not look like a success.
Result<void> choose_tests(std::vector<Compiled>& specs, const std::vector<std::string>& names,
                          const std::vector<std::string>& tags);

} // namespace kps::cli
