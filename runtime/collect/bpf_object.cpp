#include "runtime/collect/bpf_object.hpp"

#include "runtime/collect/bpf_log.hpp"
#include "runtime/collect/control_group.hpp"
#include "runtime/collect/files.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace kps::collect {
namespace {

constexpr std::size_t ring_bytes_most = std::size_t{64} << 20;
constexpr const char* pause_map = ".bss";
constexpr const char* settings_map = ".rodata";
constexpr const char* ring_map = "hits";
constexpr const char* tasks_map = "tasks";
constexpr const char* cgroup_map = "cgroup";

Rejected rejected(const BpfLog& log, int error) {
    if (error >= LIBBPF_ERRNO__FORMAT) error = EINVAL; // libbpf has numbers of its own
    std::string words = log.end();
    return {log.program(), error, words.empty() ? describe_errno(error) : std::move(words)};
}

/// The programs to load, the sizes and first contents of maps.
std::optional<Rejected> prepare(const BpfJob& job, Scope scope, bpf_object* object,
                                std::size_t ring_bytes) {
    bpf_program* program = nullptr;
    while ((program = ::bpf_object__next_program(object, program)) != nullptr)
        ::bpf_program__set_autoload(
            program, job.attach.empty() ||
                         std::ranges::any_of(job.attach, [&](const Attachment& attachment) {
                             return attachment.program == ::bpf_program__name(program);
                         }));
    for (const Attachment& attachment : job.attach)
        if (::bpf_object__find_program_by_name(object, attachment.program.c_str()) == nullptr)
            return Rejected{attachment.program, ENOENT, "the object has no such program"};
    if (bpf_map* const ring = ::bpf_object__find_map_by_name(object, ring_map))
        ::bpf_map__set_max_entries(ring, static_cast<std::uint32_t>(ring_bytes));
    if (bpf_map* const bss = ::bpf_object__find_map_by_name(object, pause_map)) {
        const std::uint32_t paused = 1;
        const int error = ::bpf_map__set_initial_value(bss, &paused, sizeof paused);
        if (error != 0) return Rejected{{}, -error, ".bss is not one number of 32 bits"};
    }
    bpf_map* const rodata = ::bpf_object__find_map_by_name(object, settings_map);
    if (rodata != nullptr) {
        const std::uint32_t who = scope == Scope::workload ? BpfJob::workload_tasks
                                                           : static_cast<std::uint32_t>(::getpid());
        const int error = ::bpf_map__set_initial_value(rodata, &who, sizeof who);
        if (error != 0) return Rejected{{}, -error, ".rodata is not one number of 32 bits"};
    }
    return std::nullopt;
}

} // namespace

std::size_t ring_bytes(std::uint32_t kib_per_cpu, std::uint32_t cpus) {
    const std::size_t wanted = std::size_t{kib_per_cpu} * 1024 * cpus;
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return std::bit_ceil(std::clamp(wanted, page, ring_bytes_most));
}

Result<std::vector<NamedProgram>> programs_in(std::span<const std::byte> object) {
    const BpfLog log;
    bpf_object* const opened = ::bpf_object__open_mem(object.data(), object.size(), nullptr);
    if (opened == nullptr) return fail("this is no BPF object: " + log.end());
    std::vector<NamedProgram> programs;
    bpf_program* program = nullptr;
    while ((program = ::bpf_object__next_program(opened, program)) != nullptr)
        programs.push_back({::bpf_program__name(program), ::bpf_program__section_name(program)});
    ::bpf_object__close(opened);
    return programs;
}

void BpfObject::Close::operator()(bpf_object* object) const {
    ::bpf_object__close(object);
}

std::expected<BpfObject, Rejected> BpfObject::load(const BpfJob& job, Scope scope,
                                                   std::size_t ring_bytes) {
    const BpfLog log;
    bpf_object_open_opts options{};
    options.sz = sizeof options;
    options.object_name = "kps";
    Handle object(::bpf_object__open_mem(job.object.data(), job.object.size(), &options));
    if (!object) return std::unexpected(rejected(log, errno));
    if (auto refused = prepare(job, scope, object.get(), ring_bytes))
        return std::unexpected(std::move(*refused));
    const int error = ::bpf_object__load(object.get());
    if (error != 0) return std::unexpected(rejected(log, -error));
    return BpfObject(std::move(object));
}

bpf_program* BpfObject::program(const std::string& name) const {
    return ::bpf_object__find_program_by_name(object_.get(), name.c_str());
}

bpf_map* BpfObject::map(const std::string& name) const {
    return ::bpf_object__find_map_by_name(object_.get(), name.c_str());
}

std::vector<std::string> BpfObject::programs() const {
    std::vector<std::string> names;
    bpf_program* program = nullptr;
    while ((program = ::bpf_object__next_program(object_.get(), program)) != nullptr)
        if (::bpf_program__fd(program) >= 0) names.emplace_back(::bpf_program__name(program));
    return names;
}

std::vector<std::string> BpfObject::maps() const {
    std::vector<std::string> names;
    bpf_map* map = nullptr;
    while ((map = ::bpf_object__next_map(object_.get(), map)) != nullptr)
        names.emplace_back(::bpf_map__name(map));
    return names;
}

Result<void> BpfObject::add_task(pid_t thread_group) const {
    const bpf_map* const tasks = map(tasks_map);
    if (tasks == nullptr) return {};
    const auto key = static_cast<std::uint32_t>(thread_group);
    const std::uint32_t before_exec = 1;
    if (::bpf_map_update_elem(::bpf_map__fd(tasks), &key, &before_exec, BPF_ANY) == 0) return {};
    return fail("cannot tell the BPF programs of a command: " + describe_errno(errno));
}

Result<void> BpfObject::set_cgroup(const std::string& name) const {
    const bpf_map* const group = map(cgroup_map);
    if (group == nullptr) return fail("the BPF object knows no control group");
    const auto opened = open_control_group(name);
    if (!opened) return std::unexpected(opened.error());
    const std::uint32_t key = 0;
    const int fd = opened->get();
    if (::bpf_map_update_elem(::bpf_map__fd(group), &key, &fd, BPF_ANY) == 0) return {};
    return fail("cannot tell the BPF programs of the control group `" + name +
                "`: " + describe_errno(errno));
}

Result<void> BpfObject::pause() const {
    const auto paused = set_paused(true);
    // waits for an RCU grace period, and programs run within RCU's readers
    ::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
    return paused;
}

Result<void> BpfObject::set_paused(bool paused) const {
    const bpf_map* const bss = map(pause_map);
    if (bss == nullptr) return {};
    const std::uint32_t key = 0;
    const std::uint32_t value = paused ? 1 : 0;
    if (::bpf_map_update_elem(::bpf_map__fd(bss), &key, &value, BPF_ANY) == 0) return {};
    return fail("cannot pause the BPF programs: " + describe_errno(errno));
}

} // namespace kps::collect
