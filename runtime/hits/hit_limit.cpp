#include "runtime/hits/hit_limit.hpp"

#include <fmt/core.h>

namespace kps::hits {

void HitLimit::leave_out(std::uint32_t cpu, std::uint64_t time_ns) {
    const auto [at, is_first] = left_out_.try_emplace(cpu);
    Loss& loss = at->second;
    if (is_first)
        loss = {std::nullopt, cpu, time_ns,
                time_ns,      0,   fmt::format("no more than {} hits of a test are kept", most_)};
    loss.begin_ns = std::min(loss.begin_ns, time_ns);
    loss.end_ns = std::max(loss.end_ns, time_ns);
    ++loss.count;
}

std::vector<Loss> HitLimit::losses() const {
    std::vector<Loss> losses;
    for (const auto& [cpu, loss] : left_out_)
        losses.push_back(loss);
    return losses;
}

} // namespace kps::hits
