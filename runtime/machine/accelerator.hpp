#pragma once

#include "runtime/machine/qemu.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace kps::machine {

/// KVM if it works on this machine, which its device file alone does not tell: a nested host can
/// refuse the guest's registers, or QEMU can stay there silently after an error. So the smallest
/// guest there is boots as real ones do, once per boot of this machine and version of QEMU; the
/// outcome is kept in a file of `cache` (when that can be written).
Accelerator choose_accelerator(const Qemu& qemu, const std::filesystem::path& cache);

/// Notes in `cache` that KVM does not work after all.
void distrust_kvm(const Qemu& qemu, const std::filesystem::path& cache);

/// `choose_accelerator` with its trial and what the outcome holds for (this boot) to be chosen.
Accelerator choose_accelerator(const std::filesystem::path& file, const std::string& valid_for,
                               const std::function<bool()>& trial);

/// Whether the trial guest, run by `qemu`, says within `limit` that it ran.
bool trial_guest_runs(const Qemu& qemu, Accelerator accelerator, std::chrono::milliseconds limit);

/// The trial guest: an ELF with a PVH entry, as small as QEMU takes it, that writes to the port of
/// isa-debug-exit.
std::vector<std::byte> trial_guest();

} // namespace kps::machine
