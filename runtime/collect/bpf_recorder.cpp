#include "runtime/collect/bpf_links.hpp"
#include "runtime/collect/bpf_maps.hpp"
#include "runtime/collect/bpf_object.hpp"
#include "runtime/collect/bpf_samples.hpp"
#include "runtime/collect/clock.hpp"
#include "runtime/collect/recorder.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace kps::collect {
namespace {

constexpr std::size_t bytes_per_look = std::size_t{1} << 20;

/// Programs of a BPF object, with what they sample, count and sum up.
class BpfRecorder final : public Recorder {
public:
    BpfRecorder(Tracefs& tracefs, const Job& job, const Teller& tell)
        : job_(job), tell_(tell), samples_(tell), links_(tracefs, job.group) {}

    bool make() override;
    std::optional<std::uint64_t> go_live(const std::vector<pid_t>& roots) override;
    void add_to(std::vector<pollfd>& wanted) const override;
    bool fetch() override { return samples_.fetch(bytes_per_look); }
    bool pause() override;
    bool take_down() override;

private:
    bool refused(Rejected rejected) {
        tell_(std::move(rejected));
        return false;
    }
    bool tell_profile();

    const Job& job_;
    const Teller& tell_;
    bool live_ = false;     ///< the programs were attached
    bool counting_ = false; ///< and are not paused
    std::optional<BpfObject> object_;
    BpfSamples samples_;
    BpfLinks links_;
};

bool BpfRecorder::make() {
    const auto cpus = static_cast<std::uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN));
    auto loaded = BpfObject::load(*job_.bpf, job_.scope, ring_bytes(job_.buffer_kib_per_cpu, cpus));
    if (!loaded) return refused(std::move(loaded.error()));
    object_ = std::move(*loaded);
    if (job_.bpf->cgroup.empty()) return true;
    const auto set = object_->set_cgroup(job_.bpf->cgroup);
    if (set) return true;
    return refused({{}, 0, set.error().message + "\n" + set.error().hint});
}

std::optional<std::uint64_t> BpfRecorder::go_live(const std::vector<pid_t>& roots) {
    const bool added = std::ranges::all_of(
        roots, [&](pid_t root) { return tell_.check(object_->add_task(root)); });
    // after the commands were forked: what is mapped here would stay mapped there
    if (!added || !tell_.check(samples_.open(*object_))) return std::nullopt;
    if (auto rejected = links_.attach(*object_, job_.bpf->attach)) {
        tell_(std::move(*rejected));
        return std::nullopt;
    }
    live_ = counting_ = true;
    const std::uint64_t now = monotonic_ns(); // before anything is counted
    if (!tell_.check(object_->resume())) return std::nullopt;
    return now;
}

bool BpfRecorder::pause() {
    return !std::exchange(counting_, false) || tell_.check(object_->pause());
}

void BpfRecorder::add_to(std::vector<pollfd>& wanted) const {
    if (samples_.fd() >= 0) wanted.push_back({samples_.fd(), POLLIN, 0});
}

bool BpfRecorder::take_down() {
    bool good = true;
    if (live_) good = pause() && tell_profile();
    good = tell_.check(links_.detach()) && good;
    if (live_) {
        samples_.fetch(SIZE_MAX);
        good = tell_.check(tell_maps(*object_, tell_)) && good;
    }
    samples_.close();
    object_.reset();
    return good;
}

bool BpfRecorder::tell_profile() {
    auto profiles = links_.profile(*object_);
    if (!profiles) return tell_.trouble(profiles.error());
    for (ProgramProfile& profile : *profiles)
        tell_(std::move(profile));
    return true;
}

} // namespace

std::unique_ptr<Recorder> bpf_recorder(Tracefs& tracefs, const Job& job, const Teller& tell) {
    return std::make_unique<BpfRecorder>(tracefs, job, tell);
}

} // namespace kps::collect
