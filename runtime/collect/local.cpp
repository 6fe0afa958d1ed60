#include "runtime/collect/local.hpp"

#include "runtime/collect/fd.hpp"
#include "runtime/collect/files.hpp"
#include "runtime/collect/tracefs.hpp"

#include <fcntl.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>

namespace kps::collect {
namespace {

std::atomic<int> signal_pipe = -1;

extern "C" void note_signal(int) {
    const int saved = errno;
    // a full pipe has said it already
    [[maybe_unused]] const ssize_t put = ::write(signal_pipe.load(), "s", 1);
    errno = saved;
}

/// While it exists, SIGINT and SIGTERM make `fd()` readable and do nothing else.
class SignalPipe {
public:
    static Result<std::unique_ptr<SignalPipe>> open() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
            return fail("cannot create a pipe: " + describe_errno(errno));
        return std::unique_ptr<SignalPipe>(new SignalPipe(Fd(ends[0]), Fd(ends[1])));
    }
    SignalPipe(const SignalPipe&) = delete;
    SignalPipe& operator=(const SignalPipe&) = delete;
    ~SignalPipe() {
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals[i], &before_[i], nullptr);
        signal_pipe = -1;
    }
    [[nodiscard]] int fd() const { return read_end_.get(); }

private:
    SignalPipe(Fd read_end, Fd write_end)
        : read_end_(std::move(read_end)), write_end_(std::move(write_end)) {
        signal_pipe = write_end_.get();
        struct sigaction noting{};
        noting.sa_handler = note_signal;
        noting.sa_flags = SA_RESTART; // poll() returns nevertheless
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals[i], &noting, &before_[i]);
    }

    static constexpr std::array<int, 2> signals = {SIGINT, SIGTERM};
    Fd read_end_;
    Fd write_end_;
    std::array<struct sigaction, 2> before_{};
};

} // namespace

Result<Done> collect_here(const Job& job, const Emit& emit) {
    const auto root = find_tracefs();
    if (!root) return std::unexpected(root.error());
    const auto signals = SignalPipe::open();
    if (!signals) return std::unexpected(signals.error());
    MountedTracefs tracefs(*root);
    emit({0, hello(tracefs)});
    return run_job(tracefs, job, emit, {(*signals)->fd(), [] { return true; }});
}

} // namespace kps::collect
