#include "runtime/judge/judge.hpp"

#include <algorithm>
#include <utility>

namespace kps::judge {

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
    case Verdict::pass: return "PASS";
    case Verdict::fail: return "FAIL";
    case Verdict::inconclusive: return "INCONCLUSIVE";
    case Verdict::skip: return "SKIP";
    case Verdict::xfail: return "XFAIL";
    case Verdict::xpass: return "XPASS";
    case Verdict::error: return "ERROR";
    }
    std::unreachable();
}

Verdict combine(const std::vector<Verdict>& parts) {
    constexpr Verdict by_rank[] = {Verdict::error,        Verdict::fail,  Verdict::xpass,
                                   Verdict::inconclusive, Verdict::xfail, Verdict::pass,
                                   Verdict::skip};
    for (Verdict verdict : by_rank)
        if (std::ranges::find(parts, verdict) != parts.end()) return verdict;
    return Verdict::pass;
}

} // namespace kps::judge
