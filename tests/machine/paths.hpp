#pragma once

#include <filesystem>
#include <string>

namespace kps::machine {

inline const std::string kps = KPS_PROGRAM;
inline const std::filesystem::path source = KPS_SOURCE_DIR;

} // namespace kps::machine
