#include "runtime/machine/machine.hpp"

#include "compiler/kernel/cache.hpp"
#include "runtime/machine/accelerator.hpp"
#include "runtime/machine/shell_words.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace kps::machine {

namespace {

using Clock = Emulator::Clock;
using std::chrono::milliseconds;

std::unexpected<MachineError> missing(Error error) {
    return std::unexpected(MachineError{Failure::missing, std::move(error), {}});
}

struct Prepared {
    Qemu qemu;
    GuestConfig config;
    std::vector<std::byte> initramfs;
    std::filesystem::path cache;
};

/// What is probed, and what the commands load by `modprobe`.
Result<kernel::LoadableModules> modules_for(const MachineOptions& options) {
    std::vector<std::string> names = options.modules;
    for (const std::string& command : options.commands)
        for (std::string& name : modprobe_words(command))
            names.push_back(std::move(name));
    return kernel::loadable_modules(options.kernel, names);
}

Result<Prepared> prepare(const MachineOptions& options) {
    const auto tell = [&](Stage stage) {
        if (options.progress) options.progress(stage);
    };
    auto qemu = find_qemu();
    if (!qemu) return std::unexpected(qemu.error());
    auto agent = find_agent();
    if (!agent) return std::unexpected(agent.error());
    auto cache = kernel::cache_root();
    if (!cache) return std::unexpected(cache.error());
    tell(Stage::kernel);
    auto kernel = kernel::bootable_image(options.kernel);
    if (!kernel) return std::unexpected(kernel.error());
    auto modules = kernel::modules_with_dependencies(options.kernel, link_modules);
    if (!modules) return std::unexpected(modules.error());
    auto loadable = modules_for(options);
    if (!loadable) return std::unexpected(loadable.error());
    tell(Stage::initramfs);
    auto initramfs = guest_initramfs({std::move(*agent), std::move(*modules), options.commands,
                                      options.add, options.probed, std::move(*loadable)});
    if (!initramfs) return std::unexpected(initramfs.error());
    tell(Stage::boot);
    const Accelerator accelerator = choose_accelerator(*qemu, *cache);
    return Prepared{
        *qemu,
        {std::move(*kernel), options.memory_mib, options.cpus, accelerator, options.parameters},
        std::move(*initramfs),
        std::move(*cache)};
}

std::string place_of(const Qemu& qemu, Accelerator accelerator) {
    return fmt::format("QEMU {}.{}, {}", qemu.major, qemu.minor,
                       accelerator == Accelerator::kvm ? "KVM" : "software emulation");
}

/// The last lines of a text, as a message can show them.
std::string_view last_lines(std::string_view text, int count) {
    text = text.substr(0, text.find_last_not_of('\n') + 1);
    std::size_t begin = text.size();
    while (count-- > 0 && begin != std::string_view::npos && begin > 0)
        begin = text.rfind('\n', begin - 1);
    return begin == std::string_view::npos ? text : text.substr(std::min(begin + 1, text.size()));
}

// The agent says why it gives up; after that comes only the kernel's power-off.
std::string_view last_words(std::string_view console) {
    const std::size_t agent = console.rfind("kps-agent: ");
    if (agent == std::string_view::npos) return last_lines(console, 1);
    const std::string_view words = console.substr(agent);
    return words.substr(0, words.find('\n'));
}

} // namespace

std::string_view name_of(Failure failure) {
    switch (failure) {
    case Failure::missing: return "missing";
    case Failure::boot_failed: return "boot failed";
    case Failure::boot_hang: return "boot hang";
    case Failure::panic: return "panic";
    case Failure::hang: return "hang";
    case Failure::emulator_died: return "emulator died";
    case Failure::link_damaged: return "link damaged";
    case Failure::cancelled: return "cancelled";
    }
    return "unknown";
}

MachineResult<Machine> Machine::boot(const MachineOptions& options) {
    auto prepared = prepare(options);
    if (!prepared) return missing(prepared.error());
    auto machine = start(options, prepared->qemu, prepared->config, prepared->initramfs);
    const bool kvm = prepared->config.accelerator == Accelerator::kvm;
    if (kvm && !machine && machine.error().failure != Failure::cancelled) {
        // The trial was too kind, perhaps: emulation tells whether it is the kernel's fault.
        prepared->config.accelerator = Accelerator::tcg;
        machine = start(options, prepared->qemu, prepared->config, prepared->initramfs);
        if (machine) distrust_kvm(prepared->qemu, prepared->cache);
    }
    if (machine && options.progress) options.progress(Stage::ready);
    return machine;
}

MachineResult<Machine> Machine::start(const MachineOptions& options, const Qemu& qemu,
                                      const GuestConfig& config,
                                      std::span<const std::byte> initramfs) {
    auto emulator = Emulator::start(qemu, config, initramfs);
    if (!emulator) return missing(emulator.error());
    emulator->on_console = options.console;
    Machine machine(std::move(*emulator), options.cancel, place_of(qemu, config.accelerator));
    if (const auto up = machine.await_hello(options.boot_limit); !up)
        return std::unexpected(up.error());
    return machine;
}

MachineResult<void> Machine::await_hello(milliseconds limit) {
    auto message = next(Clock::now() + limit, Failure::boot_hang);
    if (!message) return std::unexpected(message.error());
    auto* const hello = std::get_if<collect::Hello>(&message->body);
    if (hello == nullptr)
        return std::unexpected(
            failed(Failure::link_damaged, "the agent's first message is no hello"));
    if (hello->version != collect::protocol_version)
        return std::unexpected(
            failed(Failure::missing,
                   fmt::format("the agent speaks protocol {}, not {}", hello->version,
                               collect::protocol_version),
                   "install kps and its agent together; does KPS_AGENT name another version's?"));
    hello_ = std::move(*hello);
    up_ = true;
    return {};
}

MachineResult<void> Machine::run(const collect::Job& job,
                                 const std::function<void(const collect::Message&)>& on_message,
                                 milliseconds limit) {
    if (off_) return std::unexpected(failed(Failure::emulator_died, "the machine is off"));
    emulator_.send(job);
    const auto deadline = Clock::now() + limit;
    for (;;) {
        auto message = next(deadline, Failure::hang);
        if (!message) return std::unexpected(message.error());
        if (message->job != job.id) continue;
        on_message(*message);
        if (std::holds_alternative<collect::Done>(message->body)) return {};
    }
}

MachineResult<void> Machine::power_off() {
    if (off_) return {};
    emulator_.send(collect::PowerOff{});
    const auto deadline = Clock::now() + std::chrono::seconds(10);
    for (;;) {
        switch (emulator_.wait(deadline, cancel_)) {
        case Emulator::Wake::activity: break;
        case Emulator::Wake::ended:
            if (!emulator_.console().panic().empty()) return std::unexpected(ended());
            off_ = true;
            return {};
        case Emulator::Wake::time:
            return std::unexpected(failed(Failure::hang, "the guest does not switch itself off"));
        case Emulator::Wake::cancelled:
            return std::unexpected(failed(Failure::cancelled, "stopped"));
        }
    }
}

// The next message of the agent, or why none comes.
MachineResult<collect::Message> Machine::next(Clock::time_point deadline, Failure if_late) {
    for (;;) {
        auto message = emulator_.next_message();
        if (!message)
            return std::unexpected(failed(Failure::link_damaged, message.error().message));
        if (*message) return std::move(**message);
        switch (emulator_.wait(deadline, cancel_)) {
        case Emulator::Wake::activity: break;
        case Emulator::Wake::ended: return std::unexpected(ended());
        case Emulator::Wake::time: return std::unexpected(late(if_late));
        case Emulator::Wake::cancelled:
            return std::unexpected(failed(Failure::cancelled, "stopped"));
        }
    }
}

MachineError Machine::late(Failure failure) {
    // A panicking kernel that cannot reboot stays.
    if (!emulator_.console().panic().empty()) return ended();
    if (failure == Failure::boot_hang)
        return failed(failure, "the machine did not boot in time",
                      "give it more with --limit; a busy host without KVM may need it");
    return failed(failure, "the guest does not answer");
}

MachineError Machine::ended() {
    const std::string& panic = emulator_.console().panic();
    if (!panic.empty()) return failed(Failure::panic, fmt::format("the guest's {}", panic));
    const std::string_view complaint = last_lines(emulator_.complaints(), 3);
    if (!complaint.empty())
        return failed(Failure::emulator_died, fmt::format("QEMU ended: {}", complaint));
    if (!up_)
        return failed(Failure::boot_failed,
                      fmt::format("the guest ended before its agent was up; its last words: {}",
                                  last_words(emulator_.console().text())));
    return failed(Failure::emulator_died, "the guest ended in the middle of a job");
}

MachineError Machine::failed(Failure failure, std::string message, std::string hint) {
    emulator_.kill();
    off_ = true;
    return {failure, {std::move(message), std::move(hint)}, console()};
}

} // namespace kps::machine
