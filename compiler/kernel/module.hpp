#pragma once

#include "compiler/kernel/facts.hpp"

namespace kps::kernel {

/// `virtio_net` of `kernel/drivers/net/virtio-net.ko.xz`: the base name without extensions, with
/// `_` for `-`, as the kernel calls a module.
std::string module_name_of(std::string_view path);

/// Whether the path ends as a module's does, compressed or not.
bool is_module_path(std::string_view path);

/// Reads a module as it lies on disk (System V gABI relocatable ELF, 64-bit little-endian;
/// unpacked). Symbols are those that /proc/kallsyms shows once it is loaded
/// (kernel/module/kallsyms.c v6.12, CONFIG_KALLSYMS_ALL), with their offsets in their sections and
/// with their sizes; a function is probeable if `__mcount_loc` (arm64:
/// `__patchable_function_entries`) is relocated to its start.
Result<ModuleFacts> read_module(std::span<const std::byte> file, std::string_view path);

} // namespace kps::kernel
