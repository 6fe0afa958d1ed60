#include "runtime/cli/target.hpp"
#include "runtime/collect/local.hpp"

#include <unistd.h>

namespace kps::cli {

namespace {

class RunningTarget final : public Target {
public:
    Result<void> run(const collect::Job& job,
                     const std::function<void(const collect::Message&)>& take) override {
        const Result<collect::Done> done = collect::collect_here(job, take);
        if (!done) return std::unexpected(done.error());
        return {};
    }
    [[nodiscard]] std::string place() const override { return "this machine"; }
    [[nodiscard]] std::uint64_t boot_ns() const override { return 0; }
};

} // namespace

Result<std::unique_ptr<Target>> running_target() {
    if (geteuid() != 0)
        return fail("running on this machine's kernel needs root",
                    "boot one instead: --kernel debian:6.12");
    return std::make_unique<RunningTarget>();
}

} // namespace kps::cli
