#include "runtime/machine/emulator.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace kps::machine {

namespace {

constexpr std::size_t most_complaints = 16384;

constexpr int most_reads = 4;

/// What there is to read without waiting, or some of it if there is no end to it. Closes `from` at
/// its end.
template <class Take>
void drain(Fd& from, Take take) {
    std::array<std::byte, 65536> buffer;
    for (int reads = 0; from && reads < most_reads; ++reads) {
        const ssize_t got = ::recv(from.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got > 0) {
            take(std::span(buffer).first(static_cast<std::size_t>(got)));
        } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
            from.reset();
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

int milliseconds_until(Emulator::Clock::time_point deadline) {
    using namespace std::chrono;
    const auto left = ceil<milliseconds>(deadline - Emulator::Clock::now()).count();
    return static_cast<int>(std::clamp<milliseconds::rep>(left, 0, 1'000'000));
}

} // namespace

Result<Emulator> Emulator::start(const Qemu& qemu, const GuestConfig& config,
                                 std::span<const std::byte> initramfs) {
    const auto file = memory_file(initramfs);
    if (!file) return std::unexpected(file.error());
    auto link = socket_pair();
    auto serial = socket_pair();
    auto errors = socket_pair();
    for (const auto* const pair : {&link, &serial, &errors})
        if (!*pair) return std::unexpected(pair->error());
    const std::array<int, 3> keep{file->get(), link->second.get(), serial->second.get()};
    auto child = Child::start({guest_arguments(qemu, config), keep, errors->second.get()});
    if (!child) return std::unexpected(child.error());
    Emulator emulator;
    emulator.child_ = std::move(*child);
    emulator.link_ = std::move(link->first);
    emulator.serial_ = std::move(serial->first);
    emulator.errors_ = std::move(errors->first);
    return emulator;
}

Emulator::Wake Emulator::wait(Clock::time_point deadline, int cancel) {
    for (;;) {
        if (!link_ && !serial_ && !errors_) return Wake::ended;
        if (Clock::now() >= deadline) return Wake::time; // a guest may never fall silent
        const short link_events = static_cast<short>(out_.empty() ? POLLIN : POLLIN | POLLOUT);
        std::array<pollfd, 4> watched{{{link_.get(), link_events, 0},
                                       {serial_.get(), POLLIN, 0},
                                       {errors_.get(), POLLIN, 0},
                                       {cancel, POLLIN, 0}}};
        const int ready = ::poll(watched.data(), watched.size(), milliseconds_until(deadline));
        if (ready < 0) continue; // EINTR
        if (watched[3].revents != 0) return Wake::cancelled;
        if (ready == 0) continue;
        if ((watched[0].revents & POLLOUT) != 0) put_requests();
        take_link();
        take_console();
        take_complaints();
        const bool only_sent = watched[0].revents == POLLOUT && ready == 1;
        if (!only_sent) return Wake::activity;
    }
}

void Emulator::take_link() {
    drain(link_, [&](std::span<const std::byte> bytes) { reader_.feed(bytes); });
}

void Emulator::take_console() {
    drain(serial_, [&](std::span<const std::byte> bytes) {
        console_.append(text_of(bytes));
        if (on_console) on_console(text_of(bytes));
    });
}

void Emulator::take_complaints() {
    drain(errors_, [&](std::span<const std::byte> bytes) {
        complaints_ += text_of(bytes).substr(0, most_complaints - complaints_.size());
    });
}

void Emulator::put_requests() {
    const ssize_t sent = ::send(link_.get(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) out_.erase(out_.begin(), out_.begin() + sent);
}

} // namespace kps::machine
