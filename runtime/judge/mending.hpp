#pragma once

#include "runtime/judge/losses.hpp"
#include "runtime/judge/steps.hpp"

namespace kps::judge {

/// How many lost hits of streams `of` may mend what lacks one. A lost hit of a call or span may
/// change what others are: then any number is enough, UINT64_MAX.
inline std::uint64_t hits_that_mend(const Observation& seen,
                                    const std::vector<sema::StreamId>& of) {
    const bool of_hits =
        std::ranges::all_of(of, [&](sema::StreamId stream) { return seen.is_of_hits(stream); });
    return of_hits ? seen.losses_of(of).count() : UINT64_MAX;
}

/// Whether as many hits were lost as it takes to mend all slices that only a lost hit can mend: a
/// hit is of one key and at one time.
class Mending {
public:
    /// By what was lost of streams `of`.
    Mending(const Observation& seen, const std::vector<sema::StreamId>& of)
        : available_(hits_that_mend(seen, of)) {}

    /// False if there are too few for this one besides those before. The slice is of `key` and
    /// lacks a hit in [begin, end]; those of a key come in the order of `end`.
    bool is_enough_for(KeyId key, std::uint64_t begin_ns, std::uint64_t end_ns) {
        if (available_ == UINT64_MAX) return true;
        const auto known = last_ns_.find(key);
        if (known != last_ns_.end() && begin_ns <= known->second) return true;
        if (needed_ >= available_) return false;
        if (known == last_ns_.end() && last_ns_.size() >= max_open_keys) return true;
        ++needed_;
        last_ns_[key] = end_ns;
        return true;
    }

private:
    std::uint64_t available_;
    std::uint64_t needed_ = 0;
    std::unordered_map<KeyId, std::uint64_t> last_ns_; ///< by key, where the latest mends most
};

} // namespace kps::judge
