#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/fd.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace kps::machine {

using collect::Fd;

/// A child process that does not outlive us: it is killed by the destructor, and by the kernel when
/// the thread that started it ends, however that comes. It is in a process group of its own, so
/// that a terminal's Ctrl-C does not reach it.
class Child {
public:
    struct Plan {
        std::vector<std::string> arguments; ///< the first is a path
        std::span<const int> keep;          ///< become descriptors 3, 4, ... of the child
        int output = -1;                    ///< becomes standard output and error; -1: thrown away
    };
    static Result<Child> start(const Plan& plan);

    Child() = default;
    Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
    Child& operator=(Child&& other) noexcept {
        std::swap(pid_, other.pid_);
        return *this;
    }
    ~Child() { kill(); }

    /// How it ended (as waitpid tells it) if it does so within `limit`.
    std::optional<int> wait(std::chrono::milliseconds limit);
    /// Ends it at once, if it still runs.
    void kill();

private:
    explicit Child(pid_t pid) : pid_(pid) {}
    pid_t pid_ = -1;
};

/// What a helper program wrote, output and errors together, and how it ended.
struct Captured {
    int exit_status = 0; ///< 128 + N if signal N killed it
    std::string output;
};

/// Runs a program with empty input, in the C locale and without `LD_` variables; it is killed,
/// which is an error, after `limit`.
Result<Captured> capture(const std::vector<std::string>& arguments,
                         std::chrono::milliseconds limit = std::chrono::seconds(10));

/// The executable regular file `name` in the directories of `path` (as of $PATH), if there is one.
std::optional<std::filesystem::path> find_program(std::string_view name, std::string_view path);

/// $PATH and, whatever it says, the usual `sbin` directories.
std::string search_path();

/// Both ends of a stream that children inherit only on request.
Result<std::pair<Fd, Fd>> socket_pair();

/// An unnamed file with these contents, which lives as long as a descriptor of it is open.
Result<Fd> memory_file(std::span<const std::byte> content);

} // namespace kps::machine
