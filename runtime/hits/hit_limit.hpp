#pragma once

#include "runtime/hits/hit.hpp"

#include <map>

namespace kps::hits {

/// So many hits of a test are kept, with a field or two in about two gigabytes; those that come
/// after them count as lost.
inline constexpr std::size_t max_hits = std::size_t{1} << 24;

/// Lets `most` hits through and tells of the others as losses.
class HitLimit {
public:
    explicit HitLimit(std::size_t most = max_hits) : most_(most) {}

    /// Whether one more is kept. Those of a CPU come in order.
    bool takes(std::uint32_t cpu, std::uint64_t time_ns) {
        const bool fits = kept_ < most_;
        if (fits)
            ++kept_;
        else
            leave_out(cpu, time_ns);
        return fits;
    }
    /// Of each CPU from the first hit that was left out to the last.
    [[nodiscard]] std::vector<Loss> losses() const;

private:
    void leave_out(std::uint32_t cpu, std::uint64_t time_ns);

    std::size_t most_;
    std::size_t kept_ = 0;
    std::map<std::uint32_t, Loss> left_out_; ///< by CPU
};

} // namespace kps::hits
