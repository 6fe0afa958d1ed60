#pragma once

#include "runtime/hits/hit.hpp"

#include <optional>
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
    /// How many hits at least must have been lost between hits at `begin` and `end` so that no two
    /// in a row are more than `apart_ns` from each other; none if no number is enough.
    [[nodiscard]] std::optional<std::uint64_t>
    needed_between(std::uint64_t begin_ns, std::uint64_t end_ns, std::uint64_t apart_ns) const;
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
