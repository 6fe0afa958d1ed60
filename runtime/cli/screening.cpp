#include "runtime/cli/screening.hpp"

#include <algorithm>
#include <iterator>

namespace kps::cli {

using recordings::HitSink;

HitSink::Fate Screening::begin(const recordings::Recording& so_far,
                               const recordings::Observed& test) {
    runs_.clear();
    recorded_ = so_far.tests.size();
    if (test.test.empty()) return Fate::keep; // of no test: every test is judged by it
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
    for (const Run& run : runs_)
        for (const hits::Hit& hit : hits.hits) {
            if (run.screen->gave_up()) return false;
            run.binding.bind(hit, run.is_bound, storage_,
                             [&](const hits::Hit& bound) { run.screen->take(bound); });
        }
    storage_.clear();
    return true;
}

void Screening::end(const recordings::Observed& test) {
    std::vector<Judged> judged;
    for (const Run& run : runs_) {
        hits::Trace rest = run.binding.bind(test.trace, run.test->probes);
        if (auto result = run.screen->finish(rest))
            judged.push_back(
                {recorded_, run.test, std::move(*result), std::move(rest), run.screen->hits()});
    }
    if (runs_.empty() || (judged.size() < runs_.size() && test.error.empty())) return;
    --unjudged_;
    std::ranges::move(judged, std::back_inserter(judged_));
}

} // namespace kps::cli
