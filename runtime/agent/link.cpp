#include "runtime/agent/link.hpp"

#include "runtime/collect/clock.hpp"
#include "runtime/collect/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace kps::agent {
namespace {

constexpr std::size_t gathered_most = 64 * 1024;
constexpr std::uint64_t gathered_longest_ns = 200'000'000;

} // namespace

Result<Link> Link::open(const std::string& device) {
    collect::Fd file(::open(device.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!file) return fail("cannot open " + device + ": " + collect::describe_errno(errno));
    termios settings{};
    if (::tcgetattr(file.get(), &settings) == 0) {
        ::cfmakeraw(&settings);
        ::tcsetattr(file.get(), TCSANOW, &settings);
    }
    return Link(std::move(file));
}

void Link::send(const collect::Message& message) {
    collect::encode(message, out_);
    const bool turning_point = std::holds_alternative<collect::Mark>(message.body);
    const bool due = collect::monotonic_ns() - flushed_ns_ >= gathered_longest_ns;
    if (out_.size() < gathered_most && !turning_point && !due) return;
    [[maybe_unused]] const auto flushed = flush(); // a broken link shows at the next receive()
}

Result<void> Link::flush() {
    std::size_t done = 0;
    while (done < out_.size()) {
        const ssize_t put = ::write(file_.get(), out_.data() + done, out_.size() - done);
        if (put > 0)
            done += static_cast<std::size_t>(put);
        else if (put < 0 && errno != EINTR)
            return fail("cannot write to the host: " + collect::describe_errno(errno));
    }
    out_.clear();
    flushed_ns_ = collect::monotonic_ns();
    return {};
}

bool Link::can_read() const {
    pollfd own{file_.get(), POLLIN, 0};
    return ::poll(&own, 1, 0) == 1;
}

Result<bool> Link::receive() {
    std::array<std::byte, 16384> chunk{};
    while (true) {
        const ssize_t got = ::read(file_.get(), chunk.data(), chunk.size());
        if (got == 0) return false;
        if (got > 0) {
            reader_.feed(std::span(chunk).first(static_cast<std::size_t>(got)));
            return true;
        }
        if (errno != EINTR)
            return fail("cannot read from the host: " + collect::describe_errno(errno));
    }
}

} // namespace kps::agent
