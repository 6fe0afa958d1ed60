#include "compiler/plan/kernel_work.hpp"

#include <utility>

namespace kps::plan {

std::uint32_t words_of(Form form) {
    switch (form) {
    case Form::hits: return 2;
    case Form::every: return 4;
    case Form::values: return 8;
    case Form::histogram: return 3 + histogram_buckets;
    }
    std::unreachable();
}

SumsLayout sums_layout(const KernelWork& work) {
    SumsLayout layout;
    for (std::size_t i = 0; i < work.calls.size(); ++i) {
        layout.calls.push_back(layout.words);
        layout.words += call_words;
    }
    for (const Tally& tally : work.tallies) {
        layout.tallies.push_back(tally.key.empty() ? layout.words : 0);
        if (tally.key.empty()) layout.words += words_of(tally.form);
    }
    return layout;
}

} // namespace kps::plan
