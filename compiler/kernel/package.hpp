#pragma once

#include "compiler/kernel/facts.hpp"

#include <filesystem>

namespace kps::kernel {

/// Reads a Debian kernel package (`linux-image-*`): the image, its configuration and its modules
/// (`.ko`, packed or not). A module that cannot be read is left out, with a remark. Uses all
/// processors.
Result<KernelFacts> read_package(const std::filesystem::path& deb);

/// Where the kernel image lies in a package: `boot/vmlinuz-RELEASE`, or a debug package's vmlinux.
bool is_image_path(std::string_view path);

} // namespace kps::kernel
