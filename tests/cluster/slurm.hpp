#pragma once

#include "tests/shell.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace kps::test {

/// Whether `condition` comes to hold within so many seconds.
bool comes_true(int seconds, const std::function<bool()>& condition);

/// A Slurm of this machine alone, with two processors, as long as the object lives: its controller
/// and its one node are child processes, which end with this one, whatever ends it. Authentication
/// is off, so that it needs no other daemon and no root.
class Slurm {
public:
    /// Keeps all files in `directory`, which exists.
    explicit Slurm(std::filesystem::path directory);
    ~Slurm();
    Slurm(const Slurm&) = delete;
    Slurm& operator=(const Slurm&) = delete;

    /// Runs a command of the shell as a user of this Slurm, with kps in its PATH.
    [[nodiscard]] Ran run(const std::string& command) const;
    /// Whether the node takes jobs, after a minute at most.
    [[nodiscard]] bool is_up() const;
    /// Whether no job is left, after so many seconds at most.
    [[nodiscard]] bool is_idle(int seconds) const;

private:
    void start(const char* daemon);

    std::filesystem::path directory_;
    std::vector<pid_t> daemons_;
};

} // namespace kps::test
