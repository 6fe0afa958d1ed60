#include "runtime/judge/findings.hpp"

#include "compiler/base/counted.hpp"
#include "runtime/judge/compare.hpp"

#include <fmt/core.h>

namespace kps::judge {

std::vector<std::size_t> hits_of(const Item& item) {
    if (item.closing == Item::none) return {item.opening};
    return {item.opening, item.closing};
}

void add_evidence(Finding& finding, const Item& item, std::string note,
                  std::vector<std::string> decisive) {
    if (finding.evidence.size() < max_evidence)
        finding.evidence.push_back({hits_of(item), std::move(note), std::move(decisive)});
    else
        ++finding.more_evidence;
}

void set_never_exercised(Finding& finding, const std::string& what, const Doubtful& doubtful,
                         const Losses& losses) {
    if (losses.any() || doubtful.count > 0) {
        set_inconclusive(finding, losses, doubtful.doubt);
        show_doubtful(finding, doubtful);
        return;
    }
    finding.verdict = Verdict::fail;
    finding.reason = fmt::format("never exercised: no hit of `{}`", what);
}

void set_beyond_repair(Finding& finding, const std::string& what) {
    finding.verdict = Verdict::fail;
    finding.reason = fmt::format("no hit of `{}`, and none that was lost would do", what);
}

void add_other_failures(Finding& finding, std::size_t others, bool by_number) {
    if (others > 0)
        finding.reason +=
            fmt::format(", and {} fail{} too", counted(others, "key"), others == 1 ? "s" : "");
    if (by_number) finding.reason += ", and too few were lost to mend every key";
}

void set_inconclusive(Finding& finding, const Losses& losses, const Doubt& doubt) {
    finding.verdict = Verdict::inconclusive;
    finding.reason = losses.any() ? losses.text() : doubt.text();
}

std::string orphan_hits(const std::string& closer, std::size_t hits) {
    return fmt::format("{}: {} closed what was opened before anything counted; not judged", closer,
                       counted(hits, "hit"));
}

std::string orphan_keys(const std::string& machine, std::size_t keys) {
    return fmt::format("{}: {} not at its start when this began", machine,
                       keys == 1 ? "1 key was" : fmt::format("{} keys were", keys));
}

void show_doubtful(Finding& finding, const Doubtful& doubtful) {
    const auto& unreadable = doubtful.doubt.unreadable;
    show_first(finding, doubtful.first, doubtful.count,
               "may or may not belong: " + doubtful.doubt.text(),
               {unreadable.begin(), unreadable.end()});
}

void show_first(Finding& finding, const std::vector<Item>& first, std::uint64_t count,
                const std::string& note, const std::vector<std::string>& decisive) {
    for (const Item& item : first)
        add_evidence(finding, item, note, decisive);
    finding.more_evidence += count - first.size();
}

void allow_tainted(Finding& finding, std::uint32_t percent) {
    if (!finding.tainted) return;
    const auto [slices, of] = *finding.tainted;
    const std::string number = slices == UINT64_MAX
                                   ? "an unknown number of slices"
                                   : fmt::format("{} of {}", slices, counted(of, "slice"));
    const std::string share = fmt::format("{} tainted by loss, {} % allowed", number, percent);
    const Wide hundredfold = Wide{slices} * 100;
    if (hundredfold > Wide{of} * percent) {
        finding.reason += "; " + share;
        return;
    }
    finding.verdict = Verdict::pass;
    finding.remarks.push_back(share);
    finding.reason.clear();
    finding.key.clear();
    finding.evidence.clear();
    finding.more_evidence = 0;
}

} // namespace kps::judge
