#include "runtime/machine/qemu.hpp"

#include "runtime/machine/process.hpp"

#include <fmt/core.h>

#include <charconv>

namespace kps::machine {

namespace {

// Before 8.1 QEMU could translate a page while another CPU's thread wrote to it, so that a guest
// with two CPUs now and then ran code as it was before a patch: a boot in a few dozen dies with
// "Oops: int3" at a jump label, and probes patch more than a boot does. (QEMU commit deba78709ae8,
// "accel/tcg: Always lock pages before translation".) With one thread for all CPUs it cannot.
std::string_view emulation(const Qemu& qemu) {
    const bool safe = qemu.major > 8 || (qemu.major == 8 && qemu.minor >= 1);
    return safe ? "tcg,thread=multi" : "tcg,thread=single";
}

std::string descriptor_path(int fd) {
    return fmt::format("/proc/self/fd/{}", fd);
}

std::vector<std::string> machine_arguments(const Qemu& qemu, const GuestConfig& config) {
    const bool kvm = config.accelerator == Accelerator::kvm;
    return {
        qemu.program.string(),
        // microvm boots a little sooner, but hangs with some kernels.
        "-machine",
        "q35",
        "-accel",
        std::string(kvm ? "kvm" : emulation(qemu)),
        "-cpu",
        kvm ? "host" : "max",
        "-m",
        std::to_string(config.memory_mib),
        "-smp",
        std::to_string(config.cpus),
        "-kernel",
        config.kernel.string(),
        "-nodefaults",
        "-no-user-config",
        "-display",
        "none",
        "-no-reboot",
    };
}

} // namespace

std::pair<std::uint32_t, std::uint32_t> qemu_version(std::string_view text) {
    constexpr std::string_view before = "version ";
    const std::size_t found = text.find(before);
    if (found == std::string_view::npos) return {};
    text.remove_prefix(found + before.size());
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    const char* const end = text.data() + text.size();
    const auto [dot, error] = std::from_chars(text.data(), end, major);
    if (error != std::errc{} || dot == end || *dot != '.') return {};
    if (std::from_chars(dot + 1, end, minor).ec != std::errc{}) return {};
    return {major, minor};
}

Result<Qemu> find_qemu() {
    constexpr std::string_view name = "qemu-system-x86_64";
    const auto program = find_program(name, search_path());
    if (!program)
        return fail(fmt::format("{} is not installed", name),
                    "install the package qemu-system-x86");
    const auto version = capture({program->string(), "--version"});
    if (!version) return std::unexpected(version.error());
    if (version->exit_status != 0)
        return fail(fmt::format("{} --version ended with status {}: {}", program->string(),
                                version->exit_status, version->output));
    const auto [major, minor] = qemu_version(version->output);
    return Qemu{*program, major, minor};
}

std::vector<std::string> guest_arguments(const Qemu& qemu, const GuestConfig& config) {
    std::vector<std::string> arguments = machine_arguments(qemu, config);
    const std::vector<std::string> more{
        "-initrd",
        descriptor_path(initramfs_fd),
        "-append",
        kernel_parameters(config.accelerator) +
            (config.parameters.empty() ? "" : " " + config.parameters),
        "-chardev",
        fmt::format("socket,id=console,fd={}", console_fd),
        "-serial",
        "chardev:console",
        "-device",
        "virtio-serial-pci",
        "-chardev",
        fmt::format("socket,id=link,fd={}", link_fd),
        "-device",
        fmt::format("virtserialport,chardev=link,name={}", link_port),
    };
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

std::vector<std::string> trial_arguments(const Qemu& qemu, Accelerator accelerator) {
    std::vector<std::string> arguments =
        machine_arguments(qemu, {descriptor_path(initramfs_fd), 64, 1, accelerator});
    arguments.insert(arguments.end(), {"-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"});
    return arguments;
}

std::string kernel_parameters(Accelerator accelerator) {
    // loglevel=5: warnings and worse, so that what explains a failure is there; a boot's other 20
    // KiB cost 0.1 s. An oops raises the level by itself.
    // panic=-1: reboot at once, which ends QEMU.
    // cryptomgr.notests: 0.3 s of self-tests of algorithms.
    std::string parameters = "console=ttyS0 loglevel=5 panic=-1 cryptomgr.notests";
    // tsc=reliable: emulated CPUs have one time stamp counter, but old kernels cannot know and fall
    // back on the HPET, where reading the clock costs an exit.
    // no_timer_check: the check counts ticks against a delay loop, and a busy host makes it panic.
    if (accelerator == Accelerator::tcg) parameters += " tsc=reliable no_timer_check";
    return parameters;
}

} // namespace kps::machine
