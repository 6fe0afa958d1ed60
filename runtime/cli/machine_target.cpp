#include "runtime/cli/target.hpp"
#include "runtime/collect/files.hpp"
#include "runtime/machine/machine.hpp"

#include <algorithm>
#include <fmt/ranges.h>

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

/// The last lines of the guest's console, where a boot or a guest's death is explained, without
/// what the kernel itself marks as unreliable in its stack traces (`  ? symbol`).
std::string tail_of(std::string_view console) {
    constexpr std::size_t most_lines = 40;
    std::vector<std::string_view> lines = collect::split(console, '\n');
    std::erase_if(lines, [](std::string_view line) { return line.contains("]  ? "); });
    const std::size_t first = lines.size() - std::min(lines.size(), most_lines);
    return fmt::format(
        "{}\n", fmt::join(lines.begin() + static_cast<std::ptrdiff_t>(first), lines.end(), "\n"));
}

Error as_error(const machine::MachineError& failed) {
    Error error = failed.error;
    if (failed.failure == machine::Failure::cancelled) return {"interrupted", ""};
    if (!failed.console.empty())
        error.message += "\nthe machine's console ended with:\n" + tail_of(failed.console);
    return error;
}

class MachineTarget final : public Target {
public:
    MachineTarget(machine::Machine machine, Clock::duration boot, std::chrono::milliseconds grace)
        : machine_(std::move(machine)), boot_(boot), grace_(grace) {}

    Result<void> run(const collect::Job& job,
                     const std::function<void(const collect::Message&)>& take) override {
        const auto done = machine_.run(job, take, grace_);
        if (!done) return std::unexpected(as_error(done.error()));
        return {};
    }
    void stop(const collect::Job& job) override { machine_.stop(job); }
    // no owner's: nobody else makes probes there
    [[nodiscard]] std::string name_prefix() const override { return "kps"; }
    [[nodiscard]] std::string place() const override { return machine_.place(); }
    [[nodiscard]] std::uint64_t boot_ns() const override {
        return static_cast<std::uint64_t>(boot_.count());
    }

private:
    machine::Machine machine_;
    Clock::duration boot_;
    std::chrono::milliseconds grace_;
};

} // namespace

Result<std::unique_ptr<Target>> machine_target(const RunOptions& options, const MachineNeeds& needs,
                                               const Interruption& interruption,
                                               Terminal& terminal) {
    const auto started = Clock::now();
    machine::MachineOptions wish;
    wish.kernel = options.kernel;
    wish.memory_mib = options.memory_mib;
    wish.cpus = options.cpus;
    wish.commands = needs.commands;
    wish.probed = needs.probed;
    wish.modules = needs.modules;
    wish.add = options.add;
    wish.parameters = options.append;
    wish.boot_limit = std::chrono::seconds(options.limit_s);
    wish.cancel = interruption.fd();
    wish.progress = [&terminal, &options](machine::Stage stage) {
        terminal.progress(fmt::format("{}: {} ...", options.kernel, words_of(stage)));
    };
    if (options.console) wish.console = [&terminal](std::string_view text) { terminal.err(text); };
    auto booted = machine::Machine::boot(wish);
    terminal.progress("");
    if (!booted) return std::unexpected(as_error(booted.error()));
    // The agent keeps the limit itself; this is for a guest that answers nothing.
    const std::chrono::seconds grace(options.limit_s + 30);
    return std::make_unique<MachineTarget>(std::move(*booted), Clock::now() - started, grace);
}

} // namespace kps::cli
