#include "runtime/agent/guest.hpp"

#include "runtime/collect/clock.hpp"
#include "runtime/collect/fd.hpp"
#include "runtime/collect/files.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace kps::agent {
namespace {

using collect::describe_errno;
using collect::Fd;

struct Mount {
    const char* type;
    const char* path;
    mode_t mode;
    const char* options;
};

constexpr std::array<Mount, 8> mounts = {{
    {"proc", "/proc", 0555, ""},
    {"sysfs", "/sys", 0555, ""},
    {"devtmpfs", "/dev", 0755, ""},
    {"tmpfs", "/tmp", 01777, "mode=1777"},
    {"tmpfs", "/run", 0755, "mode=755"},
    {"debugfs", "/sys/kernel/debug", 0700, ""},
    {"tracefs", "/sys/kernel/tracing", 0700, ""},
    {"cgroup2", "/sys/fs/cgroup", 0755, ""},
}};

void mount_all() {
    for (const Mount& mount : mounts) {
        ::mkdir(mount.path, mount.mode);
        if (::mount(mount.type, mount.path, mount.type, 0, mount.options) != 0 && errno != EBUSY)
            say(std::string("cannot mount ") + mount.path + ": " + describe_errno(errno));
    }
}

/// Process 1 has none if the initramfs brought no /dev/console.
void open_standard_descriptors() {
    int fd = -1;
    do
        fd = ::open("/dev/console", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) ::close(fd);
}

void write_if_missing(const char* path, std::string_view text) {
    const Fd file(::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (file && ::write(file.get(), text.data(), text.size()) < 0)
        say(std::string("cannot write ") + path + ": " + describe_errno(errno));
}

void bring_up_loopback() {
    const Fd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strncpy(&request.ifr_name[0], "lo", sizeof request.ifr_name - 1);
    if (!any || ::ioctl(any.get(), SIOCGIFFLAGS, &request) != 0) return;
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    ::ioctl(any.get(), SIOCSIFFLAGS, &request);
}

Result<void> load_module(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return fail("cannot open " + path + ": " + describe_errno(errno));
    if (::syscall(SYS_finit_module, file.get(), "", 0) == 0 || errno == EEXIST) return {};
    return fail("cannot load " + path + ": " + describe_errno(errno));
}

std::string port_device(const std::string& port_name) {
    const std::string ports = "/sys/class/virtio-ports";
    for (const std::string& port : collect::list_directory(ports)) {
        const auto name = collect::read_text(ports + "/" + port + "/name");
        if (name && *name == port_name + "\n") return "/dev/" + port;
    }
    return {};
}

std::string link_of_command_line() {
    constexpr std::string_view key = "kps.link=";
    const auto line = collect::read_text("/proc/cmdline");
    if (!line) return {};
    for (const std::string_view all : collect::split(*line, '\n'))
        for (const std::string_view word : collect::words(all))
            if (word.starts_with(key)) return "/dev/" + std::string(word.substr(key.size()));
    return {};
}

} // namespace

void prepare_guest() {
    ::umask(0);
    mount_all();
    ::umask(022);
    open_standard_descriptors();
    ::mkdir("/etc", 0755);
    ::mkdir("/root", 0700);
    write_if_missing("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
                                    "nobody:x:65534:65534:nobody:/:/bin/sh\n");
    write_if_missing("/etc/group", "root:x:0:\nnogroup:x:65534:\n");
    ::sethostname("kps", 3);
    bring_up_loopback();
    ::setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    ::setenv("HOME", "/root", 1);
    ::setenv("TERM", "dumb", 1);
    ::chdir("/");
}

Result<void> load_modules() {
    const auto list = collect::read_text("/kps/modules");
    if (!list) return {};
    for (const std::string_view path : collect::split(*list, '\n')) {
        if (path.empty()) continue;
        const auto loaded = load_module(std::string(path));
        if (!loaded) return loaded;
    }
    return {};
}

Result<std::string> find_link(const std::string& port_name) {
    const std::string terminal = link_of_command_line();
    if (!terminal.empty()) return terminal;
    const std::uint64_t deadline = collect::monotonic_ns() + 10'000'000'000;
    while (collect::monotonic_ns() < deadline) {
        const std::string device = port_device(port_name);
        if (!device.empty() && ::access(device.c_str(), F_OK) == 0) return device;
        ::usleep(2'000);
    }
    return fail("there is no virtio-serial port named " + port_name,
                "are its modules in /kps/modules?");
}

void power_off() {
    ::sync();
    ::reboot(RB_POWER_OFF);
    while (true)
        ::pause();
}

void say(const std::string& text) {
    const Fd console(::open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC));
    const std::string line = "kps-agent: " + text + "\n";
    [[maybe_unused]] const ssize_t put = ::write(console.get(), line.data(), line.size());
}

} // namespace kps::agent
