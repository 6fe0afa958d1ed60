#pragma once

#include "compiler/kernel/facts.hpp"
#include "compiler/kernel/fetch.hpp"

namespace kps::kernel {

/// Like `open_kernel` of kernel_view.hpp, and tells of what takes long.
Result<std::shared_ptr<const KernelView>> open_kernel(const std::string& name,
                                                      const Progress& progress);

/// Writes a snapshot of the kernel named (as for `open_kernel`) to `path`, complete or not at all.
Result<void> snapshot_kernel(const std::string& name, const std::filesystem::path& path,
                             const Progress& progress = {});

/// Whether `file` begins as a Debian package does.
bool is_deb(const std::filesystem::path& file);

} // namespace kps::kernel
