#include "runtime/judge/forms.hpp"
#include "runtime/judge/outcomes.hpp"
#include "runtime/judge/slices.hpp"

namespace kps::judge {

namespace {

/// Takes calls in the order in which they begin and compares each with those of its key that have
/// not surely ended.
class NoOverlap {
public:
    using Cause = Outcomes::Cause;

    NoOverlap(const Observation& seen, const sema::ExpectNoOverlap& expect)
        : seen_(seen), expect_(expect), reader_(seen, expect.span.use.stream), slices_(seen) {}

    void take(const Step& step) {
        slices_.close_before(seen_.time(step.item.opening), [](const Slice&) {});
        Slice slice{step, Truth::no, {}};
        std::optional<Item> other;
        slices_.each_of(step.key, [&](const Slice& before) {
            const Truth together = overlap(before, slice);
            if (together > slice.inside) {
                slice.inside = together;
                other = before.step.item;
            }
            return slice.inside != Truth::yes;
        });
        decide(slice, other);
        if (slices_.open(step) == nullptr)
            outcomes_.open(Cause::room, [&] { return describe(step.item, {}, "not followed"); });
    }

    Finding conclude(const Outcomes::Form& form) && { return std::move(outcomes_).conclude(form); }

private:
    /// `a` began first, as far as can be told.
    [[nodiscard]] Truth overlap(const Slice& a, const Slice& b) const {
        const auto begins_within = [&](const Item& item, const Item& other) {
            return other.closing == Item::none ? Truth::yes
                                               : seen_.before(item.opening, other.closing);
        };
        const Truth together =
            both(begins_within(a.step.item, b.step.item), begins_within(b.step.item, a.step.item));
        return a.is_sure() && b.is_sure() ? together : both(together, Truth::unknown);
    }

    void decide(const Slice& slice, const std::optional<Item>& other) {
        const Item& item = slice.step.item;
        const auto show = [&] { return describe(item, other, "overlaps the one before it"); };
        const bool told = slice.step.open || slice.has_sure_ends();
        if (slice.inside == Truth::yes)
            outcomes_.broken(show);
        else if (slice.inside == Truth::unknown || !told)
            outcomes_.open(Cause::doubt, show);
        else if (!slice.step.open)
            outcomes_.met();
    }

    [[nodiscard]] Outcomes::Shown describe(const Item& item, const std::optional<Item>& other,
                                           std::string note) const {
        Evidence evidence{{}, std::move(note), {}};
        if (other) evidence.hits = hits_of(*other);
        for (const std::size_t hit : hits_of(item))
            evidence.hits.push_back(hit);
        return {reader_.print_key(expect_.span.key, item), std::move(evidence)};
    }

    const Observation& seen_;
    const sema::ExpectNoOverlap& expect_;
    Reader reader_;
    Slices slices_;
    Outcomes outcomes_;
};

} // namespace

Finding judge_no_overlap(const Observation& seen, Streams& streams,
                         const sema::ExpectNoOverlap& expect) {
    const std::vector selections = {streams.select(expect.span.use)};
    const Steps steps = steps_of(streams, {&expect.span});
    NoOverlap judge(seen, expect);
    for (const Step& step : steps.all)
        judge.take(step);
    const Losses losses = seen.losses_of(expect.span.use.stream);
    return std::move(judge).conclude({"not alone", "call", expect.span.use.text, *selections[0],
                                      losses, losses, losses, steps.doubt});
}

} // namespace kps::judge
