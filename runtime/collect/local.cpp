#include "runtime/collect/local.hpp"

#include "runtime/collect/owner.hpp"
#include "runtime/collect/tracefs.hpp"
#include "runtime/collect/warden.hpp"

namespace kps::collect {

Result<Done> collect_here(const Job& job, const Emit& emit, const Interrupt& interrupt) {
    const auto root = find_tracefs();
    if (!root) return std::unexpected(root.error());
    const auto owner = this_process();
    if (!owner) return std::unexpected(owner.error());
    MountedTracefs tracefs(*root);
    const auto warden = Warden::post(tracefs, *owner);
    if (!warden) return std::unexpected(warden.error());
    emit({0, hello(tracefs)});
    return run_job(tracefs, job, emit, interrupt);
}

} // namespace kps::collect
