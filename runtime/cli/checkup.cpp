#include "runtime/cli/checkup.hpp"

#include "compiler/kernel/cache.hpp"
#include "runtime/collect/files.hpp"
#include "runtime/collect/owner.hpp"
#include "runtime/collect/tracefs.hpp"
#include "runtime/machine/accelerator.hpp"
#include "runtime/machine/guest_files.hpp"
#include "runtime/machine/process.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kps::cli {

namespace {

using Status = Checked::Status;

constexpr const char* other_kernel = "run in a machine: kps run --kernel debian:6.12";

Status found_or_missing(bool found) {
    return found ? Status::ok : Status::missing;
}

/// The first line of a file; empty if it cannot be read.
std::string line_of(const std::string& path) {
    const std::string text = collect::read_text(path).value_or("");
    return text.substr(0, text.find('\n'));
}

Checked check_root() {
    return {"root",          found_or_missing(geteuid() == 0), true, "",
            "making probes", "run it as root: sudo kps ..."};
}

Checked check_pid_namespace() {
    const auto seen = collect::sees_all_processes();
    return {"PID namespace",
            found_or_missing(seen.has_value()),
            true,
            "",
            "telling the tasks of a workload",
            seen ? "" : seen.error().hint};
}

Checked check_tracefs(const std::string& root) {
    Checked checked{
        "tracefs", found_or_missing(!root.empty()), true,
        root,      "where probes are made",         "mount -t tracefs tracefs /sys/kernel/tracing"};
    if (root.empty() && access("/sys/kernel/tracing", F_OK) != 0)
        checked.mend = fmt::format("this kernel is built without it; {}", other_kernel);
    return checked;
}

Checked check_kprobe_events(const std::string& root) {
    Checked checked{"kprobe events", Status::unknown, true, "", "probes on kernel functions", ""};
    if (root.empty()) {
        checked.mend = "tracefs has to be mounted to tell";
    } else if (access((root + "/kprobe_events").c_str(), W_OK) == 0) {
        checked.status = Status::ok;
    } else if (errno == ENOENT) {
        checked.status = Status::missing;
        checked.mend =
            fmt::format("this kernel is built without CONFIG_KPROBE_EVENTS; {}", other_kernel);
    } else {
        checked.mend = "root is needed to tell";
    }
    return checked;
}

Checked check_kprobes_enabled() {
    const std::string text = line_of("/sys/kernel/debug/kprobes/enabled");
    if (text.empty())
        return {"kprobes enabled",
                Status::unknown,
                true,
                "",
                "probes that are hit",
                "debugfs has to be mounted, and root, to tell: mount -t debugfs debugfs "
                "/sys/kernel/debug"};
    return {"kprobes enabled",
            found_or_missing(text == "1"),
            true,
            "",
            "probes that are hit",
            "echo 1 > /sys/kernel/debug/kprobes/enabled"};
}

Checked check_lockdown() {
    const std::string text = line_of("/sys/kernel/security/lockdown");
    const std::string chosen(chosen_in(text));
    if (chosen.empty())
        return {"lockdown",
                Status::unknown,
                true,
                "",
                "reading the kernel's memory",
                "securityfs does not tell: mount -t securityfs securityfs /sys/kernel/security"};
    return {"lockdown",
            found_or_missing(chosen != "confidentiality"),
            true,
            chosen,
            "reading the kernel's memory",
            "boot without lockdown=confidentiality (Secure Boot may set it)"};
}

Checked check_kptr_restrict() {
    const std::string level = line_of("/proc/sys/kernel/kptr_restrict");
    if (level.empty())
        return {"kptr_restrict",
                Status::unknown,
                false,
                "",
                "addresses of symbols",
                "/proc/sys/kernel/kptr_restrict cannot be read"};
    return {"kptr_restrict", found_or_missing(level != "2"), false,
            level,           "addresses of symbols",         "sysctl kernel.kptr_restrict=1"};
}

Checked check_btf() {
    const std::string path = "/sys/kernel/btf/vmlinux";
    const bool found = access(path.c_str(), R_OK) == 0;
    return {"BTF",
            found_or_missing(found),
            false,
            found ? path : "",
            "types and names of arguments",
            fmt::format("a kernel with CONFIG_DEBUG_INFO_BTF; {}", other_kernel)};
}

/// Making the smallest map tells whether the system call is there and allowed.
Checked check_bpf() {
    bpf_attr map{};
    map.map_type = BPF_MAP_TYPE_ARRAY;
    map.key_size = map.value_size = 4;
    map.max_entries = 1;
    const long made = syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map);
    if (made >= 0) close(static_cast<int>(made));
    Checked checked{"BPF", found_or_missing(made >= 0),       false,
                    "",    "not used by this version of kps", "a kernel with CONFIG_BPF_SYSCALL"};
    if (made < 0 && errno != ENOSYS) {
        checked.status = Status::unknown;
        checked.mend = "root, with CAP_BPF, is needed to tell";
    }
    return checked;
}

Checked check_kvm(const Result<machine::Qemu>& qemu) {
    Checked checked{"KVM",
                    Status::unknown,
                    false,
                    "",
                    "machines that are several times as fast",
                    "QEMU is needed to tell"};
    const auto cache = kernel::cache_root();
    if (access("/dev/kvm", F_OK) != 0) {
        checked.status = Status::missing;
        checked.mend = "modprobe kvm_intel or kvm_amd; in a virtual machine, allow nesting";
    } else if (access("/dev/kvm", R_OK | W_OK) != 0) {
        checked.status = Status::missing;
        checked.mend = "adduser $USER kvm, and log in again";
    } else if (qemu && cache) {
        const bool works = machine::choose_accelerator(*qemu, *cache) == machine::Accelerator::kvm;
        checked.status = found_or_missing(works);
        checked.mend = "/dev/kvm is there but a guest does not run in it; kps emulates instead";
    }
    return checked;
}

Checked check_busybox() {
    const auto found = machine::find_program("busybox", machine::search_path());
    return {"busybox",
            found_or_missing(found.has_value()),
            true,
            found ? found->string() : "",
            "the shell and tools of machines",
            "apt-get install busybox-static"};
}

Checked check_agent() {
    const auto found = machine::find_agent();
    return {"kps-agent",
            found_or_missing(found.has_value()),
            true,
            found ? found->string() : "",
            "the first process of machines",
            found ? "" : found.error().hint};
}

Checked check_kernels() {
    Checked checked{"kernels", Status::ok, true, "", "what machines run", ""};
    for (const kernel::CachedKernel& cached : kernel::cached_kernels())
        checked.found += (checked.found.empty() ? "" : ", ") + cached.release;
    if (!checked.found.empty()) return checked;
    const bool can_fetch = machine::find_program("apt-get", machine::search_path()).has_value();
    checked.status = can_fetch ? Status::unknown : Status::missing;
    checked.mend = can_fetch ? "kps kernel fetch debian:6.12"
                             : "name a vmlinux, vmlinuz or .deb with --kernel (apt-get, which "
                               "fetches them, is not here)";
    return checked;
}

} // namespace

std::string_view name_of(Status status) {
    switch (status) {
    case Status::ok: return "ok";
    case Status::missing: return "missing";
    case Status::unknown: return "unknown";
    }
    return "unknown";
}

bool Way::works() const {
    return std::ranges::none_of(
        checked, [](const Checked& one) { return one.needed && one.status == Status::missing; });
}

Way check_running_kernel() {
    const std::string root =
        collect::tracefs_mount_point(collect::read_text("/proc/self/mounts").value_or(""));
    return {"running",
            "the kernel of this machine",
            {check_root(), check_pid_namespace(), check_tracefs(root), check_kprobe_events(root),
             check_kprobes_enabled(), check_lockdown(), check_kptr_restrict(), check_btf(),
             check_bpf()}};
}

Way check_machines() {
    const auto qemu = machine::find_qemu();
    Checked emulator{"QEMU", found_or_missing(qemu.has_value()), true, "", "booting kernels", ""};
    if (qemu)
        emulator.found = fmt::format("{} {}.{}", qemu->program.string(), qemu->major, qemu->minor);
    else
        emulator.mend = "apt-get install qemu-system-x86";
    return {
        "machine",
        "machines (--kernel)",
        {std::move(emulator), check_kvm(qemu), check_busybox(), check_agent(), check_kernels()}};
}

std::string_view chosen_in(std::string_view text) {
    const std::size_t open = text.find('[');
    const std::size_t close = text.find(']', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    return text.substr(open + 1, close - open - 1);
}

} // namespace kps::cli
