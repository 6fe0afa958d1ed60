#pragma once

#include "runtime/collect/messages.hpp"
#include "runtime/machine/emulator.hpp"
#include "runtime/machine/guest_files.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kps::machine {

enum class Failure : std::uint8_t {
    missing, ///< something that a boot needs is not there: QEMU, busybox, agent, kernel, program
    boot_failed,   ///< the guest ended before its agent was up
    boot_hang,     ///< the agent was not up in time
    panic,         ///< the guest's kernel panicked, at boot or later
    hang,          ///< a job was not done in time: the guest does not answer
    emulator_died, ///< QEMU, or the guest without a panic, ended unasked
    link_damaged,  ///< what the agent sent is not understood
    cancelled,     ///< `cancel` became readable
};

/// `boot_hang` as "boot hang".
std::string_view name_of(Failure failure);

struct MachineError {
    Failure failure = Failure::missing;
    Error error;
    std::string console; ///< the guest's, as far as it came
};
template <class T>
using MachineResult = std::expected<T, MachineError>;

enum class Stage : std::uint8_t { kernel, initramfs, boot, ready };

struct MachineOptions {
    std::string kernel; ///< see `kernel::bootable_image`
    std::uint32_t memory_mib = 1024;
    std::uint32_t cpus = 2;
    std::vector<std::string> commands; ///< all shell texts that jobs will run
    std::string parameters;            ///< more of the kernel's, as on its command line
    std::vector<std::string> add;      ///< `FILE[:DEST]`
    std::vector<std::string> probed;   ///< paths of programs that jobs probe
    std::vector<std::string> modules;  ///< of the kernel, that jobs probe; not loaded
    std::chrono::milliseconds boot_limit = std::chrono::seconds(120);
    int cancel = -1; ///< a descriptor that becomes readable when all shall end, such as a signalfd
    std::function<void(Stage)> progress;           ///< called as each stage begins
    std::function<void(std::string_view)> console; ///< called with console output as it comes
};

/// A kernel booted in QEMU with kps-agent as its first process; it needs no root, leaves no files,
/// and ends with this object, with the thread that booted it, or with the process, whatever ends
/// that. Once a job has failed the machine is off.
class Machine {
public:
    /// Prepares and boots; returns when the agent is up.
    static MachineResult<Machine> boot(const MachineOptions& options);

    /// Has the agent run a job, and passes its messages on up to and with `Done`. The agent keeps
    /// the job's own limit; `limit` is for how long the guest may fail to answer that at all.
    MachineResult<void> run(const collect::Job& job,
                            const std::function<void(const collect::Message&)>& on_message,
                            std::chrono::milliseconds limit);
    /// Has the agent end the job that runs as if it were interrupted; for `on_message`.
    void stop(const collect::Job& job) { emulator_.send(collect::Cancel{job.id}); }
    /// Switches the guest off in an orderly way. Not needed before destruction.
    MachineResult<void> power_off();

    [[nodiscard]] const collect::Hello& hello() const { return hello_; }
    /// The guest's console, the last MiB.
    [[nodiscard]] std::string console() const { return emulator_.console().text(); }
    /// First lines of oopses, warnings and the like that the kernel wrote so far.
    [[nodiscard]] const std::vector<std::string>& splats() const {
        return emulator_.console().splats();
    }
    /// `QEMU 7.2, software emulation`
    [[nodiscard]] const std::string& place() const { return place_; }

private:
    Machine(Emulator emulator, int cancel, std::string place)
        : emulator_(std::move(emulator)), cancel_(cancel), place_(std::move(place)) {}

    static MachineResult<Machine> start(const MachineOptions& options, const Qemu& qemu,
                                        const GuestConfig& config,
                                        std::span<const std::byte> initramfs);
    MachineResult<void> await_hello(std::chrono::milliseconds limit);
    MachineResult<collect::Message> next(Emulator::Clock::time_point deadline, Failure if_late);
    MachineError late(Failure failure);
    MachineError ended();
    MachineError failed(Failure failure, std::string message, std::string hint = {});

    Emulator emulator_;
    int cancel_;
    std::string place_;
    collect::Hello hello_;
    bool up_ = false;
    bool off_ = false;
};

} // namespace kps::machine
