#include "runtime/cli/screening.hpp"

namespace kps::cli {

using recordings::HitSink;

HitSink::Fate Screening::begin(const recordings::Recording& so_far,
                               const recordings::Observed& test) {
    runs_.clear();
    recorded_ = so_far.tests.size();
    const std::vector<Candidate> candidates = candidates_(test.test);
    if (candidates.empty()) return Fate::drop;
    wanted_.insert(recorded_);
    for (const auto& [spec, of_spec] : candidates) {
        auto screen = judge::Screen::make(*spec, *of_spec);
        if (screen == nullptr) return runs_.clear(), Fate::keep;
        recordings::Binding binding(so_far.sources[test.sources], *spec, maps_);
        std::vector<bool> is_bound = binding.are_wanted(of_spec->probes);
        runs_.push_back({of_spec, std::move(binding), std::move(is_bound), std::move(screen)});
    }
    ++unjudged_;
    return Fate::pass;
}

bool Screening::take(const hits::Trace& hits) {
    bool is_of_use = false;
    for (const Run& run : runs_) {
        for (const hits::Hit& hit : hits.hits) {
            if (run.screen->gave_up()) break;
            run.binding.bind(hit, run.is_bound, storage_,
                             [&](const hits::Hit& bound) { run.screen->take(bound); });
        }
        is_of_use |= !run.screen->gave_up();
    }
    storage_.clear();
    return is_of_use;
}

void Screening::end(const recordings::Observed& test) {
    std::size_t judged = 0;
    for (const Run& run : runs_) {
        hits::Trace rest = run.binding.bind(test.trace, run.test->probes);
        auto result = run.screen->finish(rest);
        if (!result) continue;
        judged_.push_back(
            {recorded_, run.test, std::move(*result), std::move(rest), run.screen->hits()});
        ++judged;
    }
    if (!runs_.empty() && (judged == runs_.size() || !test.error.empty())) --unjudged_;
}

} // namespace kps::cli
