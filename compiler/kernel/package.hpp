#pragma once

#include "compiler/kernel/facts.hpp"

#include <filesystem>

namespace kps::kernel {

/// Reads a Debian kernel package (`linux-image-*`): the image, its configuration and its modules
/// (`.ko`, packed or not). A module that cannot be read is left out, with a remark. Uses all
/// processors.
/// All packages of one kernel are given, where it consists of several (`linux-binary-*`, ...).
Result<KernelFacts> read_package(std::span<const std::filesystem::path> debs);

/// Where the kernel image lies in a package: `boot/vmlinuz-RELEASE`, since 7.1
/// `usr/lib/modules/RELEASE/vmlinuz`; in a debug package `usr/lib/debug/boot/vmlinux-RELEASE`.
bool is_image_path(std::string_view path);

} // namespace kps::kernel
