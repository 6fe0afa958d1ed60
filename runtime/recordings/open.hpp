#pragma once

#include "compiler/base/result.hpp"
#include "runtime/recordings/reader.hpp"

#include <filesystem>

namespace kps::recordings {

/// Reads a recording of whatever format, which is told by its content. Fails if it is of none or
/// nothing of it can be used.
Result<Recording> open(const std::filesystem::path& path);

} // namespace kps::recordings
