#include "runtime/cli/swept.hpp"
#include "runtime/cli/target.hpp"
#include "runtime/collect/local.hpp"
#include "runtime/collect/owner.hpp"

#include <unistd.h>

namespace kps::cli {

namespace {

class RunningTarget final : public Target {
public:
    RunningTarget(const Interruption& interruption, std::string name_prefix)
        : interruption_(interruption), name_prefix_(std::move(name_prefix)) {}

    Result<void> run(const collect::Job& job,
                     const std::function<void(const collect::Message&)>& take) override {
        stopped_ = false;
        const Result<collect::Done> done = collect::collect_here(
            job, take, {interruption_.fd(), [&] { return stopped_ || interruption_.asked(); }});
        if (!done) return std::unexpected(done.error());
        return {};
    }
    void stop(const collect::Job&) override { stopped_ = true; }
    [[nodiscard]] std::string name_prefix() const override { return name_prefix_; }
    [[nodiscard]] std::string place() const override { return "this machine"; }
    [[nodiscard]] std::uint64_t boot_ns() const override { return 0; }

private:
    const Interruption& interruption_;
    bool stopped_ = false;
    std::string name_prefix_;
};

} // namespace

Result<std::unique_ptr<Target>> running_target(const Interruption& interruption,
                                               Terminal& terminal) {
    if (geteuid() != 0)
        return fail("running on this machine's kernel needs root",
                    "boot one instead: --kernel debian:6.12");
    if (const auto seen = collect::sees_all_processes(); !seen)
        return std::unexpected(seen.error());
    const auto owner = collect::this_process();
    if (!owner) return std::unexpected(owner.error());
    // without tracefs there is nothing to sweep, and the first job says what is missing
    if (const auto root = collect::find_tracefs()) {
        collect::MountedTracefs tracefs(*root);
        const collect::Swept swept = collect::sweep(tracefs, collect::has_ended);
        if (!swept.nothing()) terminal.err(describe(swept));
    }
    return std::make_unique<RunningTarget>(interruption, collect::name_prefix(*owner));
}

} // namespace kps::cli
