#include "runtime/judge/parts.hpp"

#include "runtime/judge/findings.hpp"
#include "runtime/judge/steps.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::judge {

namespace {

using Kind = sema::Scope::Kind;

/// A hit that is both ends one part before it begins the next.
constexpr std::size_t ends = 0;
constexpr std::size_t begins = 1;

class PartFinder {
public:
    PartFinder(const Observation& seen, Streams& streams, const sema::Scope& scope)
        : seen_(seen), scope_(scope),
          is_one_(scope.kind == Kind::after || scope.kind == Kind::before) {
        const sema::KeyedUse first{scope.first, {}};
        const sema::KeyedUse second{scope.second.value_or(scope.first), {}};
        std::vector uses = {&second, &first};
        if (is_one_) uses.erase(uses.begin());
        Steps steps = steps_of(streams, uses);
        steps_ = std::move(steps.all);
        doubt_ = std::move(steps.doubt);
        find();
    }

    /// Why it cannot be told which parts there are; none if it can.
    [[nodiscard]] std::optional<std::string> obstacle() const {
        std::vector streams = {scope_.first.stream};
        if (scope_.second) streams.push_back(scope_.second->stream);
        const Losses losses = seen_.losses_of(streams);
        const std::uint64_t until = is_one_ && !steps_.empty()
                                        ? add_saturated(time(steps_.front()), clock_skew_ns)
                                        : UINT64_MAX;
        if (may_have_been_lost(seen_, losses, scope_.first.stream, 0, until)) return losses.text();
        if (!doubtful_) return std::nullopt;
        Doubt doubt = doubt_;
        doubt.order = true; // what is left where no other cause is known
        return doubt.text();
    }
    [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
    /// The stream without which there is no part.
    [[nodiscard]] const std::string& missing() const {
        const bool begun = std::ranges::find(steps_, begins, &Step::of) != steps_.end();
        return begun && scope_.second ? scope_.second->text : scope_.first.text;
    }

private:
    [[nodiscard]] std::uint64_t time(const Step& step) const {
        return seen_.time(step.item.opening);
    }

    void find() {
        if (is_one_) {
            if (!steps_.empty()) find_one();
            return;
        }
        std::optional<HitIndex> begin;
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            const Step& step = steps_[i];
            doubtful_ |= step.stands != Truth::yes || has_rival(i);
            if (step.of == begins && !begin) begin = step.item.opening;
            if (step.of == begins || !begin) continue;
            parts_.push_back({begin, step.item.opening});
            begin.reset();
        }
        if (begin && scope_.kind == Kind::after_until) parts_.push_back({begin, std::nullopt});
    }

    void find_one() {
        const HitIndex first = steps_.front().item.opening;
        doubtful_ = steps_.front().stands != Truth::yes;
        for (std::size_t i = 1;
             i < steps_.size() && time(steps_[i]) - time(steps_.front()) < clock_skew_ns; ++i)
            doubtful_ |= seen_.before(first, steps_[i].item.opening) == Truth::unknown;
        if (scope_.kind == Kind::after)
            parts_.push_back({first, std::nullopt});
        else
            parts_.push_back({std::nullopt, first});
    }

    /// Whether one of the other end may come first.
    [[nodiscard]] bool has_rival(std::size_t at) const {
        for (std::size_t i = at; i-- > 0 && time(steps_[at]) - time(steps_[i]) < clock_skew_ns;)
            if (steps_[i].of != steps_[at].of &&
                seen_.before(steps_[i].item.opening, steps_[at].item.opening) == Truth::unknown)
                return true;
        return false;
    }

    const Observation& seen_;
    const sema::Scope& scope_;
    bool is_one_;
    std::vector<Step> steps_;
    std::vector<Part> parts_;
    bool doubtful_ = false;
    Doubt doubt_;
};

int rank(Verdict verdict) {
    if (verdict == Verdict::fail) return 2;
    return verdict == Verdict::inconclusive ? 1 : 0;
}

/// The hits at which the part begins and ends, before what shows the verdict.
void show(Finding& finding, const Part& part) {
    Evidence evidence;
    for (const auto& hit : {part.begin, part.end})
        if (hit) evidence.hits.push_back(*hit);
    evidence.note = part.begin && part.end ? "between these"
                    : part.begin           ? "after this"
                                           : "before this";
    finding.evidence.insert(finding.evidence.begin(), std::move(evidence));
}

} // namespace

Finding judge_in_parts(Observation& seen, Streams& streams, const sema::Scope& scope,
                       const std::function<Finding()>& judge) {
    const PartFinder finder(seen, streams, scope);
    Finding worst;
    if (const auto obstacle = finder.obstacle()) {
        worst.verdict = Verdict::inconclusive;
        worst.reason = "where it must hold cannot be told: " + *obstacle;
        return worst;
    }
    if (finder.parts().empty()) {
        worst.verdict = Verdict::fail;
        worst.reason = fmt::format("never exercised: no hit of `{}`", finder.missing());
        return worst;
    }
    const Part* where = nullptr;
    for (const Part& part : finder.parts()) {
        seen.look_at(part);
        Finding finding = judge();
        if (where != nullptr && rank(finding.verdict) <= rank(worst.verdict)) continue;
        worst = std::move(finding);
        where = &part;
    }
    seen.look_at(std::nullopt);
    if (rank(worst.verdict) == 0) return worst;
    if (finder.parts().size() > 1)
        worst.reason += fmt::format(", in one of {} parts", finder.parts().size());
    show(worst, *where);
    return worst;
}

} // namespace kps::judge
