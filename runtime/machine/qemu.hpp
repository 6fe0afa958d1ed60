#pragma once

#include "compiler/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kps::machine {

enum class Accelerator : std::uint8_t { kvm, tcg };

/// A program that QEMU is known by, and what its `--version` says.
struct Qemu {
    std::filesystem::path program;
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
};

/// The QEMU for x86-64 guests in $PATH.
Result<Qemu> find_qemu();

/// 7 and 2 of `QEMU emulator version 7.2.22 (...)`; 0 and 0 if it does not say.
std::pair<std::uint32_t, std::uint32_t> qemu_version(std::string_view text);

struct GuestConfig {
    std::filesystem::path kernel; ///< an ELF with a PVH note
    std::uint32_t memory_mib = 1024;
    std::uint32_t cpus = 2;
    Accelerator accelerator = Accelerator::tcg;
    std::string parameters = {}; ///< of the kernel, besides those that every guest has
};

/// Descriptors in the QEMU process, for which `guest_arguments` is written: the initramfs, and the
/// host's ends of the agent's link and of the console.
inline constexpr int initramfs_fd = 3;
inline constexpr int link_fd = 4;
inline constexpr int console_fd = 5;

/// The virtio-serial port that the agent looks for.
inline constexpr std::string_view link_port = "org.kps.agent";

/// The command line for a guest: nothing but CPUs, memory, a serial console and the agent's link.
/// It ends when the guest powers off and when it panics.
std::vector<std::string> guest_arguments(const Qemu& qemu, const GuestConfig& config);

/// The command line for the trial guest (see accelerator.hpp), whose image is descriptor 3.
std::vector<std::string> trial_arguments(const Qemu& qemu, Accelerator accelerator);

/// The guest kernel's parameters, blank-separated; each has its reason in the source.
std::string kernel_parameters(Accelerator accelerator);

} // namespace kps::machine
