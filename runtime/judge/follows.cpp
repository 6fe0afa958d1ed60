#include "runtime/judge/forms.hpp"
#include "runtime/judge/outcomes.hpp"
#include "runtime/judge/tracks.hpp"

#include <fmt/format.h>

namespace kps::judge {

namespace {

/// What is known of one key.
struct MachineLife {
    Track track;
    std::size_t number = 0; ///< in the order in which the keys were first seen
    std::string name;       ///< `tid 71`
    Item first;
    Truth asked = Truth::no;    ///< whether the expectation is about it
    bool has_begun = false;     ///< a step of the machine is seen
    bool is_orphan = false;     ///< its first one does not fit the start,
    bool has_restarted = false; ///< where it came since
};

/// Takes the steps in the order of time and leads each key through the machine.
class Follows {
public:
    using Cause = Outcomes::Cause;

    Follows(const Observation& seen, const sema::ExpectFollows& expect)
        : seen_(seen), expect_(expect), machine_(expect.machine), transitions_(expect.machine),
          missed_([this](std::uint64_t begin, std::uint64_t end) { return missed(begin, end); }) {
        for (Track::State state = 0; state < machine_.states.size(); ++state)
            if (begins_anywhere() || state == machine_.start) beginnings_.push_back(state);
        for (const sema::KeyedUse& event : machine_.events)
            losses_.emplace_back(event.use.stream, seen.losses_of(event.use.stream));
    }

    void take(MachineStep step, std::optional<KeyId> key) {
        const sema::KeyedUse& event = machine_.events[step.events.front().first];
        const std::uint64_t now = seen_.time(step.item.opening);
        ++steps_;
        latest_ns_ = now;
        if (!key) {
            unknown_ns_.push_back(now);
            if (!step.open) open_keyless(event, step.item);
            return;
        }
        MachineLife* const life = life_of(*key, event, step.item);
        if (life == nullptr) {
            unknown_ns_.push_back(now);
            return;
        }
        settle(*life);
        if (!std::exchange(life->has_begun, true))
            life->is_orphan = begins_anywhere() && transitions_.after(machine_.start, step) ==
                                                       std::vector{Transitions::broken};
        life->track.add(std::move(step));
    }

    /// A hit of the stream whose keys the expectation is about.
    void ask(const Step& step) {
        if (step.open) return;
        if (!step.key) return open_keyless(expect_.subject, step.item);
        MachineLife* const life = life_of(*step.key, expect_.subject, step.item);
        if (life != nullptr) life->asked = std::max(life->asked, step.stands);
    }

    void finish() {
        std::vector<MachineLife*> lives;
        for (auto& [key, life] : by_key_)
            lives.push_back(&life);
        std::ranges::sort(lives, {}, &MachineLife::number);
        for (MachineLife* life : lives) {
            life->track.finish(seen_, transitions_, missed_);
            judge(*life);
        }
    }

    Finding conclude(const Outcomes::Form& form) && {
        Finding finding = std::move(outcomes_).conclude(form);
        if (orphans_ > 0) finding.remarks.push_back(orphan_keys(machine_.name, orphans_));
        return finding;
    }

private:
    /// Where a key was before something counts is not known.
    [[nodiscard]] bool begins_anywhere() const { return seen_.has_past() || seen_.begins_later(); }

    /// Whether a step of any key may have happened unseen.
    [[nodiscard]] bool missed(std::uint64_t begin_ns, std::uint64_t end_ns) const {
        const auto unknown = std::ranges::lower_bound(unknown_ns_, begin_ns);
        if (unknown != unknown_ns_.end() && *unknown <= end_ns) return true;
        return std::ranges::any_of(losses_, [&](const auto& of) {
            return may_have_been_lost(seen_, of.second, of.first, begin_ns, end_ns);
        });
    }

    void open_keyless(const sema::KeyedUse& use, const Item& item) {
        outcomes_.open(Cause::doubt, [&] {
            return describe(name_of(use, item), hits_of(item), "may be of any key");
        });
    }

    [[nodiscard]] std::string name_of(const sema::KeyedUse& use, const Item& item) const {
        return Reader(seen_, use.use.stream).print_key(use.key, item);
    }

    static Outcomes::Shown describe(const std::string& key, std::vector<std::size_t> hits,
                                    std::string_view note) {
        return {key, {std::move(hits), fmt::format("{}: {}", key, note), {}}};
    }

    /// Null if there is no room for the key.
    MachineLife* life_of(KeyId key, const sema::KeyedUse& use, const Item& item) {
        if (MachineLife* const known = by_key_.find(key)) return known;
        if (by_key_.size() >= max_open_keys && !forget()) {
            outcomes_.open(Cause::room, [&] {
                return describe(name_of(use, item), hits_of(item), "not followed");
            });
            return nullptr;
        }
        MachineLife life{Track(beginnings_), seen_keys_++, name_of(use, item), item};
        return &by_key_.add(key, std::move(life));
    }

    /// Judges and drops the keys that are at their start and may end there, and looks for them
    /// rarely. False if that leaves no room.
    bool forget() {
        if (!machine_.accepts[machine_.start] || steps_ < next_look_) return false;
        next_look_ = steps_ + max_open_keys;
        for (auto& [key, life] : by_key_)
            settle(life);
        forgot_ |= by_key_.erase_if([&](const MachineLife& life) {
            const bool is_over = life.track.is_settled() && is_at_start(life.track);
            if (is_over) judge(life);
            return is_over;
        }) > 0;
        return by_key_.size() < max_open_keys;
    }

    void settle(MachineLife& life) {
        life.track.settle(seen_, transitions_, missed_, latest_ns_);
        if (life.is_orphan && life.track.is_settled())
            life.has_restarted |= is_at_start(life.track);
    }

    [[nodiscard]] bool is_at_start(const Track& track) const {
        return !track.may_be_broken() && track.states() == std::vector{machine_.start};
    }

    void judge(const MachineLife& life) {
        if (life.asked == Truth::no) return;
        const Track& track = life.track;
        const auto accepted = [&](Track::State state) { return machine_.accepts[state]; };
        const std::vector<Track::State> states = track.states();
        const bool ends_unjudged = life.is_orphan && !life.has_restarted;
        // what was missed may have been the first hit, by which it is an orphan
        const bool is_orphan_unseen = begins_anywhere() && track.has_missed();
        const bool ends_badly = !track.gave_up() && !ends_unjudged && !is_orphan_unseen &&
                                std::ranges::none_of(states, accepted);
        orphans_ += life.is_orphan;
        const auto show = [&] {
            return track.is_broken() ? describe_breach(life) : describe_end(life);
        };
        if (track.is_broken() || ends_badly) {
            if (life.asked == Truth::yes) return outcomes_.broken(show);
            return outcomes_.open(Cause::doubt, show);
        }
        if (life.is_orphan && forgot_) return outcomes_.open(Cause::earlier, show);
        const bool ends_well = ends_unjudged || std::ranges::all_of(states, accepted);
        if (!track.may_be_broken() && ends_well) return outcomes_.met();
        outcomes_.open(cause_of(track), show);
    }

    [[nodiscard]] Cause cause_of(const Track& track) const {
        const auto any = [](const auto& of) { return of.second.any(); };
        if (track.has_missed())
            return std::ranges::any_of(losses_, any) ? Cause::lost : Cause::doubt;
        return begins_anywhere() ? Cause::earlier : Cause::doubt;
    }

    [[nodiscard]] std::string names_of(const std::vector<Track::State>& states) const {
        std::vector<std::string_view> names;
        for (const Track::State state : states)
            names.emplace_back(machine_.states[state]);
        return fmt::format("{}", fmt::join(names, " or "));
    }

    [[nodiscard]] Outcomes::Shown describe_breach(const MachineLife& life) const {
        const MachineStep& step = life.track.breach();
        const std::vector<Track::State>& from = life.track.before_breach();
        std::vector<std::string_view> taken;
        for (const sema::Machine::Edge& edge : machine_.edges)
            if (std::ranges::find(from, edge.from) != from.end())
                taken.emplace_back(machine_.events[edge.event].use.text);
        std::vector<std::size_t> hits = hits_of(step.item);
        if (const auto& last = life.track.before_last(); last && last->opening < hits.front())
            hits.insert(hits.begin(), last->opening);
        const std::string takes =
            taken.empty() ? "nothing" : fmt::format("{}", fmt::join(taken, ", "));
        return describe(life.name, std::move(hits),
                        fmt::format("{} in state {}, which takes {}",
                                    machine_.events[step.events.front().first].use.text,
                                    names_of(from), takes));
    }

    [[nodiscard]] Outcomes::Shown describe_end(const MachineLife& life) const {
        const Track& track = life.track;
        return describe(life.name, hits_of(track.last().value_or(life.first)),
                        fmt::format("{} {} at the end",
                                    track.may_be_broken() ? "may be in state" : "in state",
                                    names_of(track.states())));
    }

    const Observation& seen_;
    const sema::ExpectFollows& expect_;
    const sema::Machine& machine_;
    Transitions transitions_;
    Track::MayHaveMissed missed_;
    std::vector<Track::State> beginnings_;
    std::vector<std::pair<sema::StreamId, Losses>> losses_;
    std::vector<std::uint64_t> unknown_ns_; ///< times of steps that no key got
    ByKey<MachineLife> by_key_;
    std::size_t seen_keys_ = 0;
    std::size_t orphans_ = 0;
    std::size_t steps_ = 0;
    std::size_t next_look_ = 0;
    std::uint64_t latest_ns_ = 0;
    bool forgot_ = false; ///< keys that were at their start
    Outcomes outcomes_;
};

/// Gives `judge` what belongs together: hits of the subject, and steps of the machine with all
/// events that they may be. `steps` are those of the events, then of the subject.
void lead(Follows& judge, const sema::Machine& machine, const std::vector<Step>& steps) {
    for (std::size_t i = 0; i < steps.size();) {
        const Step& first = steps[i];
        if (first.of == machine.events.size()) {
            judge.ask(first);
            ++i;
            continue;
        }
        const auto stream = [&](const Step& step) { return machine.events[step.of].use.stream; };
        MachineStep merged{first.item, first.open, {}};
        for (; i < steps.size() && steps[i].of < machine.events.size() &&
               steps[i].item.opening == first.item.opening && stream(steps[i]) == stream(first);
             ++i)
            merged.events.emplace_back(steps[i].of, steps[i].stands);
        judge.take(std::move(merged), first.key);
    }
}

} // namespace

Finding judge_follows(const Observation& seen, Streams& streams,
                      const sema::ExpectFollows& expect) {
    std::vector<const sema::KeyedUse*> uses;
    std::vector<sema::StreamId> about;
    for (const sema::KeyedUse& event : expect.machine.events)
        uses.push_back(&event);
    uses.push_back(&expect.subject);
    for (const sema::KeyedUse* use : uses)
        about.push_back(use->use.stream);
    const Steps steps = steps_of(streams, uses);
    Follows judge(seen, expect);
    lead(judge, expect.machine, steps.all);
    judge.finish();
    const auto subject = streams.select(expect.subject.use);
    const Losses own = seen.losses_of(expect.subject.use.stream);
    const Losses any = seen.losses_of(about);
    return std::move(judge).conclude({fmt::format("not as {} allows", expect.machine.name), "key",
                                      expect.subject.use.text, *subject, own, any, any,
                                      steps.doubt});
}

} // namespace kps::judge
