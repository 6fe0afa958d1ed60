#pragma once

#include "compiler/kernel/debian.hpp"

namespace kps::kernel {

/// apt for one suite, with state of our own in `directory`. Of the system's settings it has those
/// of `Acquire` (proxies and the like) and the keyrings; nothing of the system is written.
class PrivateApt {
public:
    PrivateApt(std::filesystem::path directory, DebianMirror mirror, std::string suite);

    /// Downloads the package lists, or what changed in them.
    Result<void> update() const;
    /// The kernel packages in the lists.
    [[nodiscard]] Result<std::vector<KernelPackage>> kernels() const;
    /// Downloads a kernel's packages, verified by apt, into `directory`.
    Result<void> download(const KernelPackage& package,
                          const std::filesystem::path& directory) const;

private:
    Result<void> write_configuration() const;
    [[nodiscard]] Result<std::string> call(std::vector<std::string> command,
                                           const std::filesystem::path& directory) const;

    std::filesystem::path directory_;
    DebianMirror mirror_;
    std::string suite_;
};

/// What a sources.list for the suite and its security updates says.
std::string sources_list(const DebianMirror& mirror, std::string_view suite);

} // namespace kps::kernel
