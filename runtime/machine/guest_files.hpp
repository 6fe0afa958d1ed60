#pragma once

#include "compiler/base/result.hpp"
#include "compiler/kernel/boot.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace kps::machine {

/// The modules that the agent's link needs, where the kernel has them as modules.
inline const std::vector<std::string> link_modules{"virtio_pci", "virtio_console"};

/// What a guest starts with.
struct GuestFiles {
    std::filesystem::path agent;
    std::vector<kernel::ModuleImage> modules; ///< in the order of loading
    std::vector<std::string> commands;        ///< shell texts whose programs are put in
    std::vector<std::string> add;             ///< `FILE[:DEST]`, see `Programs::add`
    std::vector<std::string> probed;          ///< paths, see `Programs::add_probed`
    kernel::LoadableModules loadable;         ///< for `modprobe`
};

/// The initramfs: busybox with links for its applets, the agent as `/init`, `/kps/modules` (a list
/// of paths) and the modules, `/lib/modules/RELEASE` with what `modprobe` may load, and the
/// programs that are probed or that the commands name. A file of `add` comes before a program of
/// the same name.
Result<std::vector<std::byte>> guest_initramfs(const GuestFiles& files);

/// The agent: the file that $KPS_AGENT names; else `kps-agent` beside our own executable, or in
/// `libexec` next to its directory.
Result<std::filesystem::path> find_agent();

} // namespace kps::machine
