#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kps::kernel {

/// Threads that do tasks in the order in which they were added. Each has a cost in bytes; `add`
/// waits while more than `most_cost` is queued, so that a fast producer does not fill the memory.
class TaskPool {
public:
    TaskPool(unsigned threads, std::size_t most_cost);
    ~TaskPool(); ///< finishes
    TaskPool(const TaskPool&) = delete;
    TaskPool& operator=(const TaskPool&) = delete;

    void add(std::size_t cost, std::function<void()> task);
    /// Helps with what is queued and returns when all tasks are done.
    void finish();

private:
    struct Task {
        std::size_t cost;
        std::function<void()> run;
    };
    void work();

    std::size_t most_cost_, queued_cost_ = 0;
    bool closed_ = false;
    std::mutex lock_;
    std::condition_variable changed_;
    std::deque<Task> queue_;
    std::vector<std::jthread> threads_;
};

} // namespace kps::kernel
