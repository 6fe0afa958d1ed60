#pragma once

#include "compiler/kernel/facts.hpp"

#include <filesystem>

namespace kps::kernel {

/// Reads a kernel that was copied file by file to a directory:
///   kallsyms or System.map*          symbols (needed)
///   btf, vmlinux.btf, or btf/ with   types; the directory as /sys/kernel/btf: vmlinux and modules
///   config*                          configuration, may be packed as config.gz
///   README                           of tracefs: what probes this kernel takes
///   available_filter_functions, blacklist    what can be probed (tracefs, debugfs kprobes/)
///   release                          one line; else the version in the configuration's header
Result<KernelFacts> read_directory(const std::filesystem::path& directory);

/// Reads the kernel that runs: /proc/kallsyms, /sys/kernel/btf, /proc/config.gz or /boot/config-*,
/// and what is readable in tracefs and debugfs. What is hidden from the caller is said in remarks.
/// `root` stands for `/` in tests.
Result<KernelFacts> read_running(const std::filesystem::path& root = "/");

} // namespace kps::kernel
