#include "runtime/machine/qemu.hpp"

#include <gmock/gmock.h>

namespace kps::machine {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const Qemu old_qemu{"/usr/bin/qemu-system-x86_64", 7, 2};

/// The value of an option, or of the first of several.
std::string option(const std::vector<std::string>& arguments, std::string_view name) {
    const auto found = std::ranges::find(arguments, name);
    return found == arguments.end() ? "absent" : found[1];
}

TEST(QemuVersionTest, IsRead) {
    using Version = std::pair<std::uint32_t, std::uint32_t>;
    EXPECT_EQ(qemu_version("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg)\n"), Version(7, 2));
    EXPECT_EQ(qemu_version("QEMU emulator version 10.0.50"), Version(10, 0));
    EXPECT_EQ(qemu_version("QEMU emulator version x"), Version(0, 0));
    EXPECT_EQ(qemu_version("version 7"), Version(0, 0));
    EXPECT_EQ(qemu_version(""), Version(0, 0));
}

TEST(GuestArgumentsTest, TellTheMachine) {
    const auto arguments =
        guest_arguments(old_qemu, {.kernel = "/k/vmlinux", .memory_mib = 512, .cpus = 3});
    EXPECT_EQ(arguments.front(), "/usr/bin/qemu-system-x86_64");
    EXPECT_EQ(option(arguments, "-machine"), "q35");
    EXPECT_EQ(option(arguments, "-m"), "512");
    EXPECT_EQ(option(arguments, "-smp"), "3");
    EXPECT_EQ(option(arguments, "-kernel"), "/k/vmlinux");
    EXPECT_EQ(option(arguments, "-initrd"), "/proc/self/fd/3");
    EXPECT_THAT(arguments, Contains("-no-reboot"));
    EXPECT_THAT(arguments, Contains("virtserialport,chardev=link,name=org.kps.agent"));
}

TEST(GuestArgumentsTest, EmulateWithThreadsOnlyWhereQemuIsSafe) {
    const std::tuple<Accelerator, std::uint32_t, std::uint32_t, const char*, const char*> table[] =
        {
            {Accelerator::tcg, 0, 0, "tcg,thread=single", "max"},
            {Accelerator::tcg, 7, 2, "tcg,thread=single", "max"},
            {Accelerator::tcg, 8, 0, "tcg,thread=single", "max"},
            {Accelerator::tcg, 8, 1, "tcg,thread=multi", "max"},
            {Accelerator::tcg, 10, 0, "tcg,thread=multi", "max"},
            {Accelerator::kvm, 7, 2, "kvm", "host"},
        };
    for (const auto& [accelerator, major, minor, accel, cpu] : table) {
        const Qemu qemu{"/qemu", major, minor};
        const auto arguments = guest_arguments(qemu, {.kernel = "/k", .accelerator = accelerator});
        EXPECT_EQ(option(arguments, "-accel"), accel) << major << '.' << minor;
        EXPECT_EQ(option(arguments, "-cpu"), cpu);
        EXPECT_EQ(option(trial_arguments(qemu, accelerator), "-accel"), accel);
    }
}

TEST(GuestArgumentsTest, HaveTheParametersThatWereAskedFor) {
    const auto plain = option(guest_arguments(old_qemu, {.kernel = "/k"}), "-append");
    const auto more = option(
        guest_arguments(old_qemu, {.kernel = "/k", .parameters = "quiet sysctl.a.b=1"}), "-append");
    EXPECT_EQ(more, plain + " quiet sysctl.a.b=1");
}

TEST(KernelParametersTest, AreMoreUnderEmulation) {
    EXPECT_THAT(kernel_parameters(Accelerator::tcg), HasSubstr("tsc=reliable"));
    EXPECT_THAT(kernel_parameters(Accelerator::kvm), Not(HasSubstr("tsc=reliable")));
    EXPECT_THAT(kernel_parameters(Accelerator::kvm), HasSubstr("panic=-1"));
}

TEST(TrialArgumentsTest, HaveTheExitPort) {
    EXPECT_THAT(trial_arguments(old_qemu, Accelerator::kvm),
                Contains("isa-debug-exit,iobase=0xf4,iosize=0x04"));
}

} // namespace
} // namespace kps::machine
