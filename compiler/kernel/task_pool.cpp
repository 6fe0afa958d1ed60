#include "compiler/kernel/task_pool.hpp"

namespace kps::kernel {

TaskPool::TaskPool(unsigned threads, std::size_t most_cost) : most_cost_(most_cost) {
    for (unsigned i = 0; i < threads; ++i)
        threads_.emplace_back([this] { work(); });
}

TaskPool::~TaskPool() {
    finish();
}

void TaskPool::add(std::size_t cost, std::function<void()> task) {
    std::unique_lock guard(lock_);
    changed_.wait(guard, [this] { return queued_cost_ <= most_cost_; });
    queued_cost_ += cost;
    queue_.push_back({cost, std::move(task)});
    changed_.notify_all();
}

void TaskPool::finish() {
    {
        const std::scoped_lock guard(lock_);
        closed_ = true;
        changed_.notify_all();
    }
    work();
    threads_.clear(); // joins
}

void TaskPool::work() {
    for (;;) {
        std::unique_lock guard(lock_);
        changed_.wait(guard, [this] { return closed_ || !queue_.empty(); });
        if (queue_.empty()) return;
        const Task task = std::move(queue_.front());
        queue_.pop_front();
        queued_cost_ -= task.cost;
        changed_.notify_all();
        guard.unlock();
        task.run();
    }
}

} // namespace kps::kernel
