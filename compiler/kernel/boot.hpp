#pragma once

#include "compiler/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace kps::kernel {

/// A module ready to load: its name (`virtio_net`, with `_`) and the unpacked `.ko`.
using ModuleImage = std::pair<std::string, std::vector<std::byte>>;

/// The unpacked ELF vmlinux of a kernel, for QEMU's `-kernel` (PVH). `kernel` is a name such as
/// `debian:6.12` (fetched when absent) or the path of a `.deb`, vmlinuz or vmlinux. The file is
/// made once, in the cache, and is complete whenever it exists.
Result<std::filesystem::path> bootable_image(const std::string& kernel);

/// The modules named (with `-` or `_`) and all they depend on, in an order in which they can be
/// loaded, read from the kernel's package. What is built into the kernel is left out; a name that
/// is neither built in nor in the package is an error. `kernel` is as for `bootable_image`, but
/// must have a package unless `names` is empty.
Result<std::vector<ModuleImage>> modules_with_dependencies(const std::string& kernel,
                                                           std::span<const std::string> names);

/// A module as `modprobe` has to find it.
struct LoadableModule {
    std::string name;             ///< with `_`
    std::vector<std::byte> image; ///< the unpacked `.ko`
    /// All it depends on, each after what that depends on.
    std::vector<std::string> depends;
};

struct LoadableModules {
    std::string release; ///< of the kernel, which names the directory they are looked for in
    std::vector<LoadableModule> modules;
};

/// The modules named (with `-` or `_`) and all they depend on, from the kernel's package. Names
/// that are none of its modules are left out; an image without a package has none.
Result<LoadableModules> loadable_modules(const std::string& kernel,
                                         std::span<const std::string> names);

} // namespace kps::kernel
