#pragma once

#include "compiler/base/result.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kps::gate {

/// Work that is done in a process of its own, a copy of this one; what it returns is its result.
/// `tell` shows what it is at.
struct Task {
    std::string name;
    std::function<std::string(const std::function<void(std::string_view)>& tell)> work;
};

/// Does all tasks, at most `jobs` at once; what each returned, in the order of `tasks`. An error if
/// its process ended otherwise. `show` gets what a task tells, with its index. Once `cancel` is
/// readable every process gets SIGTERM, as it does when this one dies, and no other begins: its
/// error is `interrupted`.
/// The caller must have no other threads.
std::vector<Result<std::string>>
run_tasks(const std::vector<Task>& tasks, std::size_t jobs, int cancel,
          const std::function<void(std::size_t, std::string_view)>& show);

} // namespace kps::gate
