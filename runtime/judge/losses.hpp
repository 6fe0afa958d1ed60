#pragma once

#include "runtime/hits/hit.hpp"

#include <string>
#include <utility>
#include <vector>

namespace kps::judge {

/// The losses that may concern some probes.
class Losses {
public:
    /// `losses` must outlive this; those of other probes and those of no hit are left out.
    Losses(const std::vector<hits::Loss>& losses, const std::vector<sema::ProbeId>& probes);

    [[nodiscard]] bool any() const { return count_ > 0; }
    /// How many hits were lost at most; UINT64_MAX if that is not known.
    [[nodiscard]] std::uint64_t count() const { return count_; }
    /// Whether a hit may have been lost in [begin, end].
    [[nodiscard]] bool overlap(std::uint64_t begin_ns, std::uint64_t end_ns) const;
    /// Whether lost hits may have led from `begin_ns` to `end_ns` in steps of at most `step_ns`.
    [[nodiscard]] bool may_bridge(std::uint64_t begin_ns, std::uint64_t end_ns,
                                  std::uint64_t step_ns) const;
    /// `up to 12 hits were lost (ring buffer overrun on cpu 1)`
    [[nodiscard]] std::string text() const;

private:
    std::uint64_t count_ = 0;
    std::vector<const hits::Loss*> losses_;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> intervals_; ///< apart, ascending
};

/// `a + b`, or UINT64_MAX where that is too large.
std::uint64_t add_saturated(std::uint64_t a, std::uint64_t b);

} // namespace kps::judge
