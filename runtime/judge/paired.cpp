#include "runtime/judge/forms.hpp"
#include "runtime/judge/mending.hpp"
#include "runtime/judge/outcomes.hpp"
#include "runtime/judge/steps.hpp"

#include <deque>
#include <fmt/core.h>

namespace kps::judge {

namespace {

constexpr std::size_t opener = 1; // a hit that is both closes first

/// How many of one kind of hit there are.
struct Number {
    std::int64_t sure = 0;
    std::int64_t possible = 0; ///< the sure ones too

    void add(Truth stands) {
        sure += stands == Truth::yes;
        possible += stands != Truth::no;
    }
    [[nodiscard]] bool known() const { return sure == possible; }
};

/// What is known of one key.
struct Life {
    struct Near {
        HitIndex hit = 0;
        bool opens = false;
        bool open = false; ///< a call that was not seen to end
        Truth stands = Truth::yes;
    };
    std::vector<Near> near;      ///< may have no order with what is still to be decided
    Number opened;               ///< of those that are before all that
    Number closed;               ///< likewise; without orphans
    std::int64_t unfinished = 0; ///< openings that are calls that were not seen to end
    /// Time of the opening at which the key was surely not open before.
    std::optional<std::uint64_t> since;
    std::int64_t depth = 0;
    std::int64_t needed = 0; ///< openings that must have been lost, by the closings that were seen
    std::vector<Item> left;  ///< the first openings that are not closed, at most `max_evidence`
    std::optional<HitIndex> last_opener;
    std::optional<HitIndex> last_closer;
};

/// Takes the steps in the order of time and counts for each key what is open.
class Paired {
public:
    using Cause = Outcomes::Cause;

    Paired(const Observation& seen, const sema::ExpectPaired& expect)
        : seen_(seen), expect_(expect), lost_openers_(seen.losses_of(expect.opener.use.stream)),
          lost_closers_(seen.losses_of(expect.closer.use.stream)),
          available_openers_(hits_that_mend(seen, {expect.opener.use.stream})),
          available_closers_(hits_that_mend(seen, {expect.closer.use.stream})),
          opener_reader_(seen, expect.opener.use.stream),
          closer_reader_(seen, expect.closer.use.stream) {}

    void take(const Step& step) {
        const std::uint64_t now = seen_.time(step.item.opening);
        while (!waiting_.empty() && time(waiting_.front()) + 2 * clock_skew_ns <= now)
            decide_first();
        ++steps_;
        latest_ns_ = now;
        Life* const life = life_of(step);
        if (life == nullptr) return;
        settle(*life);
        if (step.of == opener)
            open(*life, step);
        else
            close(*life, step);
    }

    void finish() {
        while (!waiting_.empty())
            decide_first();
        latest_ns_ = UINT64_MAX;
        std::vector<const Life*> lives;
        settle(of_any_key_);
        for (auto& [key, life] : by_key_) {
            settle(life);
            lives.push_back(&life);
        }
        std::ranges::sort(lives, {}, [](const Life* life) { return life->last_opener; });
        for (const Life* life : lives)
            end(*life);
    }

    Finding conclude(const Outcomes::Form& form) && {
        Finding finding = std::move(outcomes_).conclude(form);
        if (orphans_ > 0) finding.remarks.push_back(orphan_hits(expect_.closer.use.text, orphans_));
        return finding;
    }

private:
    [[nodiscard]] std::uint64_t time(const Step& step) const {
        return seen_.time(step.item.opening);
    }

    /// Null if there is no room for its key.
    Life* life_of(const Step& step) {
        if (!step.key) {
            if (!step.open)
                outcomes_.open(Cause::doubt, [&] { return describe(step, "may be of any key"); });
            seen_keyless_ = true;
            return &of_any_key_;
        }
        if (Life* const known = by_key_.find(*step.key)) return known;
        if (by_key_.size() >= max_open_keys && !forget()) {
            overflowed_ = true;
            outcomes_.open(Cause::room, [&] { return describe(step, "not followed"); });
            return nullptr;
        }
        return &by_key_.add(*step.key, {});
    }

    /// Drops the keys that are surely not open, and looks for them rarely. False if that leaves no
    /// room.
    bool forget() {
        if (steps_ < next_look_) return false;
        next_look_ = steps_ + max_open_keys;
        for (auto& [key, life] : by_key_)
            settle(life);
        forgot_ |= by_key_.erase_if([](const Life& life) {
            return life.near.empty() && is_closed(life.opened, life.closed);
        }) > 0;
        return by_key_.size() < max_open_keys;
    }

    static bool is_closed(const Number& opened, const Number& closed) {
        return opened.known() && closed.known() && opened.sure == closed.sure;
    }

    // ------------------------------------------------------------ counting

    /// Counts what is surely before everything that is still to be decided and all that is close to
    /// that.
    void settle(Life& life) const {
        const std::uint64_t undecided = waiting_.empty() ? latest_ns_ : time(waiting_.front());
        std::size_t settled = 0;
        for (; settled < life.near.size(); ++settled) {
            const Life::Near& one = life.near[settled];
            if (seen_.time(one.hit) + 2 * clock_skew_ns > undecided) break;
            if (one.opens) {
                life.opened.add(one.stands);
                life.unfinished += one.open;
            } else if (!is_orphan(life, one.hit)) {
                life.closed.add(one.stands);
            }
        }
        life.near.erase(life.near.begin(),
                        life.near.begin() + static_cast<std::ptrdiff_t>(settled));
    }

    /// Openings that are before a hit: those that surely are, and those that may be.
    [[nodiscard]] Number opened_before(const Life& life, HitIndex hit) const {
        Number number = life.opened;
        for (const Life::Near& one : life.near)
            if (one.opens) number.add(both(one.stands, seen_.before(one.hit, hit)));
        return number;
    }
    [[nodiscard]] Number closed_before(const Life& life, HitIndex hit) const {
        Number number = life.closed;
        for (const Life::Near& one : life.near)
            if (!one.opens && one.hit != hit && !is_orphan(life, one.hit))
                number.add(both(one.stands, seen_.before(one.hit, hit)));
        return number;
    }

    /// What was open before something counts is not known.
    [[nodiscard]] bool may_be_open_before() const {
        return seen_.has_past() || seen_.begins_later();
    }

    /// Closes what was opened before the probes went live, as far as can be told.
    [[nodiscard]] bool is_orphan(const Life& life, HitIndex closer) const {
        return may_be_open_before() && &life != &of_any_key_ &&
               opened_before(life, closer).possible == 0;
    }

    // ------------------------------------------------------------ steps

    void open(Life& life, const Step& step) {
        if (!life.since || is_clean(life, time(step))) {
            life.since = time(step);
            life.depth = 0;
            life.left.clear();
        }
        life.near.push_back(
            {step.item.opening, true, step.open, step.key ? step.stands : Truth::unknown});
        life.last_opener = step.item.opening;
        if (step.stands != Truth::yes) return;
        if (life.depth++ < static_cast<std::int64_t>(max_evidence)) life.left.push_back(step.item);
    }

    /// Whether all that came before is known, and nothing of it is open.
    [[nodiscard]] bool is_clean(const Life& life, std::uint64_t now) const {
        if (seen_keyless_) return false;
        Number opened = life.opened;
        Number closed = life.closed;
        for (const Life::Near& one : life.near) {
            if (seen_.time(one.hit) + 2 * clock_skew_ns > now) return false;
            if (one.opens) opened.add(one.stands);
            if (!one.opens && !is_orphan(life, one.hit)) closed.add(one.stands);
        }
        return is_closed(opened, closed);
    }

    void close(Life& life, const Step& step) {
        life.near.push_back(
            {step.item.opening, false, step.open, step.key ? step.stands : Truth::unknown});
        if (step.open || !step.key) return;
        waiting_.push_back(step);
        if (step.stands != Truth::yes || life.depth == 0) return;
        if (--life.depth < std::ssize(life.left)) life.left.pop_back();
    }

    // ------------------------------------------------------------ what comes of them

    void decide_first() {
        const Step& step = waiting_.front();
        const HitIndex hit = step.item.opening;
        Life& life = *by_key_.find(*step.key);
        settle(life);
        const Number opened = opened_before(life, hit);
        const Number closed = closed_before(life, hit);
        const std::int64_t least =
            opened.sure - closed.possible - closed_before(of_any_key_, hit).possible;
        const std::int64_t most =
            opened.possible + opened_before(of_any_key_, hit).possible - closed.sure;
        if (is_orphan(life, hit) && !forgot_)
            ++orphans_;
        else if (least > 0)
            outcomes_.met();
        else
            judge_extra(life, step, most);
        if (step.stands == Truth::yes) life.last_closer = hit;
        waiting_.pop_front();
    }

    /// A closing hit without an opening one, where `most` are open by what was seen: at most 0 is
    /// sure, and less than that if closing hits before had none either.
    void judge_extra(Life& life, const Step& step, std::int64_t most) {
        const auto show = [&] {
            Outcomes::Shown shown = describe(step, "not open");
            for (const auto& hit : {life.last_closer, life.last_opener})
                if (hit && *hit < step.item.opening)
                    shown.evidence.hits.insert(shown.evidence.hits.begin(), *hit);
            return shown;
        };
        if (step.stands != Truth::yes || most > 0) return outcomes_.open(Cause::doubt, show);
        if (overflowed_) return outcomes_.open(Cause::room, show);
        if (may_have_been_lost(seen_, lost_openers_, expect_.opener.use.stream, 0,
                               time(step) + clock_skew_ns) &&
            (may_be_open_before() || are_enough_openers(life, 1 - most)))
            return outcomes_.open(Cause::lost, show);
        if (may_be_open_before()) return outcomes_.open(Cause::earlier, show);
        outcomes_.broken(show);
    }

    /// Whether so many openings of a key may have been lost, besides what others need.
    bool are_enough_openers(Life& life, std::int64_t needed) {
        if (needed > life.needed) {
            needed_openers_ += static_cast<std::uint64_t>(needed - life.needed);
            life.needed = needed;
        }
        return needed_openers_ <= available_openers_;
    }
    bool is_one_more_closer() { return ++needed_closers_ <= available_closers_; }

    /// Nothing may be open at the end.
    void end(const Life& life) {
        if (!life.since) return;
        const std::int64_t least =
            life.opened.sure + life.needed - life.closed.possible - of_any_key_.closed.possible;
        const std::int64_t most = life.opened.possible - life.unfinished - life.closed.sure;
        std::size_t shown = 0;
        const auto show = [&] {
            Step step{opener, {.opening = *life.last_opener}, Truth::yes, false, {}};
            if (!life.left.empty()) step.item = life.left[std::min(shown++, life.left.size() - 1)];
            return describe(step, "still open at the end");
        };
        const bool mended = lost_closers_.overlap(before_skew(*life.since), UINT64_MAX);
        for (std::int64_t left = least; left > 0; --left) {
            const bool is_open = mended && is_one_more_closer();
            is_open ? outcomes_.open(Cause::lost, show) : outcomes_.broken(show);
        }
        if (least <= 0 && most > 0) outcomes_.open(Cause::doubt, show);
    }

    [[nodiscard]] Outcomes::Shown describe(const Step& step, std::string note) {
        const bool opens = step.of == opener;
        const std::string key = opens ? opener_reader_.print_key(expect_.opener.key, step.item)
                                      : closer_reader_.print_key(expect_.closer.key, step.item);
        return {key, {hits_of(step.item), fmt::format("{}: {}", key, note), {}}};
    }

    const Observation& seen_;
    const sema::ExpectPaired& expect_;
    Losses lost_openers_;
    Losses lost_closers_;
    std::uint64_t available_openers_; ///< of those that were lost, for what lacks one
    std::uint64_t available_closers_;
    Reader opener_reader_;
    Reader closer_reader_;
    std::deque<Step> waiting_; ///< closing hits that are not decided yet
    ByKey<Life> by_key_;
    Life of_any_key_; ///< what has no known key
    bool seen_keyless_ = false;
    bool overflowed_ = false;
    bool forgot_ = false; ///< keys that were not open
    std::size_t steps_ = 0;
    std::size_t next_look_ = 0;
    std::size_t orphans_ = 0;
    std::uint64_t needed_openers_ = 0; ///< lost ones that mend what was closed too often
    std::uint64_t needed_closers_ = 0; ///< and what was left open
    std::uint64_t latest_ns_ = 0;
    Outcomes outcomes_;
};

} // namespace

Finding judge_paired(const Observation& seen, Streams& streams, const sema::ExpectPaired& expect) {
    const std::vector selections = {streams.select(expect.closer.use),
                                    streams.select(expect.opener.use)};
    const Steps steps = steps_of(streams, {&expect.closer, &expect.opener});
    Paired judge(seen, expect);
    for (const Step& step : steps.all)
        judge.take(step);
    judge.finish();
    const Losses openers = seen.losses_of(expect.opener.use.stream);
    const Losses either = seen.losses_of({expect.opener.use.stream, expect.closer.use.stream});
    return std::move(judge).conclude({"not paired", "pair", expect.opener.use.text,
                                      *selections[opener], openers, either, either, steps.doubt});
}

} // namespace kps::judge
