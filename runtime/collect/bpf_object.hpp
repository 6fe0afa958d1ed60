#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/messages.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct bpf_map;
struct bpf_object;
struct bpf_program;

namespace kps::collect {

/// Bytes of a ring buffer for all CPUs: a power of two and whole pages, as the kernel wants it, and
/// 64 MiB at most.
std::size_t ring_bytes(std::uint32_t kib_per_cpu, std::uint32_t cpus);

/// A program of an object as its file names it.
struct NamedProgram {
    std::string name;
    std::string section; ///< `fentry/vfs_read`, without the `?` of optional ones
};
/// All programs of an object that is not loaded. Fails if it is none.
Result<std::vector<NamedProgram>> programs_in(std::span<const std::byte> object);

/// A loaded BPF object; nothing of it is attached. Programs, maps and all that is made of them go
/// with the last of their descriptors, at the latest with this process.
class BpfObject {
public:
    /// Loads the programs that are attached somewhere, all if none is; they are paused (see
    /// `BpfJob`).
    static std::expected<BpfObject, Rejected> load(const BpfJob& job, Scope scope,
                                                   std::size_t ring_bytes);

    /// Null if there is none.
    [[nodiscard]] bpf_program* program(const std::string& name) const;
    [[nodiscard]] bpf_map* map(const std::string& name) const;
    /// Names of the programs that are loaded.
    [[nodiscard]] std::vector<std::string> programs() const;
    /// Names of all maps.
    [[nodiscard]] std::vector<std::string> maps() const;

    /// Makes a task that has not begun one of the workload's.
    [[nodiscard]] Result<void> add_task(pid_t thread_group) const;
    /// Has them count only what tasks in that control group do, or in one below it. Fails if there
    /// is none, or no cgroup2.
    [[nodiscard]] Result<void> set_cgroup(const std::string& name) const;
    /// Has the programs count from now on.
    [[nodiscard]] Result<void> resume() const { return set_paused(false); }
    /// None of the programs counts any more once it returns.
    [[nodiscard]] Result<void> pause() const;

private:
    struct Close {
        void operator()(bpf_object* object) const;
    };
    using Handle = std::unique_ptr<bpf_object, Close>;
    explicit BpfObject(Handle object) : object_(std::move(object)) {}

    [[nodiscard]] Result<void> set_paused(bool paused) const;

    Handle object_;
};

} // namespace kps::collect
