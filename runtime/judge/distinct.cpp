#include "compiler/base/counted.hpp"
#include "runtime/judge/compare.hpp"
#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/steps.hpp"

#include <fmt/core.h>
#include <unordered_set>

namespace kps::judge {

namespace {

/// The values of one key.
struct Values {
    Item example;
    std::unordered_set<KeyId> sure;     ///< of items that belong
    std::unordered_set<KeyId> possible; ///< of those that may
    std::uint64_t unknown = 0;          ///< values that are not known, or not kept
    bool occurs = false;                ///< an item surely belongs
};

/// Takes items in any order and keeps their values, `max_open_keys` of all keys together.
class Distinct {
public:
    Distinct(const Observation& seen, const sema::ExpectDistinct& expect)
        : seen_(seen), expect_(expect), losses_(seen.losses_of(expect.use.stream)),
          reader_(seen, expect.use.stream), field_{expect.field} {}

    void take(const Member& member) {
        const auto key = reader_.key(expect_.key, member.item);
        if (!key) {
            ++keyless_;
            return;
        }
        Values* const known = by_key_.find(*key);
        Values& values = known != nullptr ? *known : by_key_.add(*key, {member.item, {}, {}});
        const bool sure = member.belongs == Truth::yes;
        values.occurs |= sure;
        const auto value = reader_.key(field_, member.item);
        std::unordered_set<KeyId>& kept = sure ? values.sure : values.possible;
        if (!value || (kept_ >= max_open_keys && !kept.contains(*value)))
            ++values.unknown;
        else
            kept_ += kept.insert(*value).second;
    }

    Finding conclude(const Selection& all) && {
        Finding finding;
        finding.expected = print(expect_.comparison, {}, seen_.names());
        const std::uint64_t missing = add_saturated(losses_.count(), keyless_);
        if (all.members.empty()) {
            if (missing > 0 && among(1, missing) == Truth::no)
                set_beyond_repair(finding, expect_.use.text);
            else
                set_never_exercised(finding, expect_.use.text, all.doubtful(), losses_);
            return finding;
        }
        if (expect_.key.empty())
            finding.measured = measured_of(range_of(by_key_.begin()->value, missing));
        const Values* open = nullptr;
        const Values* short_of = nullptr;
        std::uint64_t needed = 0;
        for (const auto& [key, values] : by_key_) {
            const auto with = [&](std::uint64_t more) {
                return satisfies(range_of(values, more), expect_.comparison);
            };
            const Truth holds = with(missing);
            const bool occurs = values.occurs || expect_.key.empty();
            if (holds == Truth::no && occurs) return fail(std::move(finding), values, false);
            if (holds == Truth::yes) continue;
            open = &values;
            const std::uint64_t own = occurs ? fewest(missing, with) : 0;
            if (own > 0) short_of = &values;
            needed = add_saturated(needed, own);
        }
        if (needed > missing) return fail(std::move(finding), *short_of, true);
        const bool unseen_hold =
            expect_.key.empty() || missing == 0 || among(1, missing) == Truth::yes;
        if (open == nullptr && unseen_hold && all.sure > 0) {
            if (expect_.key.empty())
                finding.seen = std::to_string(by_key_.begin()->value.sure.size());
            return finding;
        }
        Doubt doubt = reader_.take_doubt();
        doubt.add(all.doubt);
        set_inconclusive(finding, losses_, doubt);
        if (!losses_.any() && kept_ >= max_open_keys)
            finding.reason = fmt::format("more than {} values", max_open_keys);
        if (open != nullptr) name(finding, *open);
        show_doubtful(finding, all.doubtful());
        return finding;
    }

private:
    [[nodiscard]] Truth among(std::uint64_t least, std::uint64_t most) const {
        return satisfies({{Wide{least}}, {Wide{most}}}, expect_.comparison);
    }

    [[nodiscard]] Range range_of(const Values& values, std::uint64_t missing) const {
        std::uint64_t least = values.sure.size();
        std::uint64_t most = add_saturated(least, add_saturated(values.unknown, missing));
        for (const KeyId value : values.possible)
            most = add_saturated(most, values.sure.contains(value) ? 0 : 1);
        if (least == 0 && (values.occurs || !expect_.key.empty())) least = 1;
        return {{Wide{least}}, {Wide{most}}};
    }

    void name(Finding& finding, const Values& values) {
        finding.seen = std::to_string(values.sure.size());
        if (!expect_.key.empty()) finding.key = reader_.print_key(expect_.key, values.example);
    }

    Finding fail(Finding finding, const Values& values, bool by_number) {
        name(finding, values);
        finding.verdict = Verdict::fail;
        finding.reason = fmt::format("{} of {}", counted(values.sure.size(), "different value"),
                                     reader_.field_info(expect_.field).name);
        if (!finding.key.empty()) finding.reason += fmt::format(" for {}", finding.key);
        add_other_failures(finding, 0, by_number);
        add_evidence(finding, values.example);
        return finding;
    }

    const Observation& seen_;
    const sema::ExpectDistinct& expect_;
    Losses losses_;
    Reader reader_;
    std::vector<std::uint32_t> field_;
    ByKey<Values> by_key_;
    std::uint64_t keyless_ = 0;
    std::size_t kept_ = 0;
};

} // namespace

Finding judge_distinct(const Observation& seen, Streams& streams,
                       const sema::ExpectDistinct& expect) {
    const auto all = streams.select(expect.use);
    Distinct judge(seen, expect);
    for (const Member& member : all->members)
        judge.take(member);
    return std::move(judge).conclude(*all);
}

} // namespace kps::judge
