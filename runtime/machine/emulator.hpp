#pragma once

#include "runtime/collect/wire.hpp"
#include "runtime/machine/console.hpp"
#include "runtime/machine/process.hpp"
#include "runtime/machine/qemu.hpp"

#include <chrono>
#include <functional>

namespace kps::machine {

/// A running QEMU with the host's ends of its console and of the agent's link. It makes no files:
/// the initramfs is in memory, the streams are socket pairs. It ends with this object.
class Emulator {
public:
    using Clock = std::chrono::steady_clock;

    static Result<Emulator> start(const Qemu& qemu, const GuestConfig& config,
                                  std::span<const std::byte> initramfs);

    enum class Wake : std::uint8_t {
        activity,  ///< there may be messages or console output
        ended,     ///< QEMU has ended; all that it wrote has been taken
        time,      ///< the deadline has passed
        cancelled, ///< the descriptor to watch is readable
    };
    /// Moves bytes until something happens. `cancel` is a descriptor to watch, or -1.
    Wake wait(Clock::time_point deadline, int cancel);

    /// Queues a request; `wait` sends it.
    void send(const collect::Request& request) { collect::encode(request, out_); }
    /// The next message of the agent, nothing if none is complete, or that the link is damaged.
    Result<std::optional<collect::Message>> next_message() { return reader_.next(); }

    [[nodiscard]] const Console& console() const { return console_; }
    /// What QEMU itself wrote, at most 16 KiB.
    [[nodiscard]] const std::string& complaints() const { return complaints_; }
    /// Called with console output as it comes.
    std::function<void(std::string_view)> on_console;

    void kill() { child_.kill(); }

private:
    Emulator() = default;
    void take_link();
    void take_console();
    void take_complaints();
    void put_requests();

    Child child_;
    Fd link_;
    Fd serial_;
    Fd errors_;
    std::vector<std::byte> out_;
    collect::Reader<collect::Message> reader_;
    Console console_;
    std::string complaints_;
};

} // namespace kps::machine
