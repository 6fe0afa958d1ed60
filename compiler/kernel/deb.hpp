#pragma once

#include "compiler/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kps::kernel {

/// Streams through the regular files of a Debian package (deb(5): an `ar` archive with a compressed
/// `data.tar`), in their order and with paths that begin without `./`. The bytes of those that
/// `wants` are given to `take`, which returns false to stop early. Fails if the file is no package
/// or is damaged or cut short before the last file that was wanted.
Result<void>
visit_deb(const std::filesystem::path& deb, const std::function<bool(std::string_view path)>& wants,
          const std::function<bool(std::string path, std::vector<std::byte> bytes)>& take);

/// The same for several packages, one after the other.
Result<void>
visit_debs(std::span<const std::filesystem::path> debs,
           const std::function<bool(std::string_view path)>& wants,
           const std::function<bool(std::string path, std::vector<std::byte> bytes)>& take);

} // namespace kps::kernel
