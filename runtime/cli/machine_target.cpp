#include "runtime/cli/interruption.hpp"
#include "runtime/cli/target.hpp"
#include "runtime/machine/machine.hpp"

namespace kps::cli {

namespace {

using Clock = std::chrono::steady_clock;

std::string_view words_of(machine::Stage stage) {
    switch (stage) {
    case machine::Stage::kernel: return "unpacking the kernel";
    case machine::Stage::initramfs: return "packing the initramfs";
    case machine::Stage::boot: return "booting";
    case machine::Stage::ready: return "running tests";
    }
    return "";
}

/// The last lines of the guest's console, where a boot or a guest's death is explained.
std::string tail_of(std::string_view console) {
    constexpr std::size_t most_lines = 30;
    std::size_t lines = 0, begin = console.size();
    while (begin > 0 && lines <= most_lines)
        lines += console[--begin] == '\n' ? 1U : 0U;
    return std::string(console.substr(begin == 0 ? 0 : begin + 1));
}

Error as_error(const machine::MachineError& failed) {
    Error error = failed.error;
    if (failed.failure == machine::Failure::cancelled) return {"interrupted", ""};
    const std::string console = tail_of(failed.console);
    if (!console.empty()) error.message += "\nthe machine's console ended with:\n" + console;
    return error;
}

class MachineTarget final : public Target {
public:
    MachineTarget(machine::Machine machine, std::unique_ptr<Interruption> interruption,
                  Clock::duration boot, std::chrono::milliseconds grace)
        : interruption_(std::move(interruption)), machine_(std::move(machine)), boot_(boot),
          grace_(grace) {}

    Result<void> run(const collect::Job& job,
                     const std::function<void(const collect::Message&)>& take) override {
        const auto done = machine_.run(job, take, grace_);
        if (!done) return std::unexpected(as_error(done.error()));
        return {};
    }
    [[nodiscard]] std::string place() const override { return machine_.place(); }
    [[nodiscard]] std::uint64_t boot_ns() const override {
        return static_cast<std::uint64_t>(boot_.count());
    }

private:
    std::unique_ptr<Interruption> interruption_;
    machine::Machine machine_;
    Clock::duration boot_;
    std::chrono::milliseconds grace_;
};

} // namespace

Result<std::unique_ptr<Target>> machine_target(const RunOptions& options,
                                               const std::vector<std::string>& commands,
                                               Terminal& terminal) {
    auto interruption = std::make_unique<Interruption>();
    const auto started = Clock::now();
    machine::MachineOptions wish;
    wish.kernel = options.kernel;
    wish.memory_mib = options.memory_mib;
    wish.cpus = options.cpus;
    wish.commands = commands;
    wish.add = options.add;
    wish.boot_limit = std::chrono::seconds(options.limit_s);
    wish.cancel = interruption->fd();
    wish.progress = [&terminal, &options](machine::Stage stage) {
        terminal.progress(fmt::format("{}: {} ...", options.kernel, words_of(stage)));
    };
    if (options.console) wish.console = [&terminal](std::string_view text) { terminal.err(text); };
    auto booted = machine::Machine::boot(wish);
    terminal.progress("");
    if (!booted) return std::unexpected(as_error(booted.error()));
    // The agent keeps the limit itself; this is for a guest that answers nothing.
    const std::chrono::seconds grace(options.limit_s + 30);
    return std::make_unique<MachineTarget>(std::move(*booted), std::move(interruption),
                                           Clock::now() - started, grace);
}

} // namespace kps::cli
