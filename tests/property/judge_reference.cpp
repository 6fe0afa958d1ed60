#include "judge_reference.hpp"

#include "judge_reference_machines.hpp"

#include <cmath>
#include <functional>

namespace kps::reference {

namespace {

using sema::CompareOp;

class Reference : Machines {
public:
    using Machines::Machines;

    Verdict judge(const Form& form) {
        if (!form.scope) return judge_part(form);
        const Parts all = parts(*form.scope);
        if (!all.known) return Verdict::inconclusive;
        std::set<Verdict> verdicts;
        for (const PartOf& part : all.all) {
            begin_ = part.begin;
            end_hit_ = part.end;
            verdicts.insert(judge_part(form));
        }
        if (verdicts.empty() || verdicts.contains(Verdict::fail)) return Verdict::fail;
        return verdicts.contains(Verdict::inconclusive) ? Verdict::inconclusive : Verdict::pass;
    }

private:
    Verdict judge_part(const Form& form) {
        switch (form.kind) {
        case Form::Kind::some: return some(form);
        case Form::Kind::no: return none(form);
        case Form::Kind::count: return count(form);
        case Form::Kind::every: return every(form);
        case Form::Kind::then: return then(form);
        case Form::Kind::distinct: return distinct(form);
        case Form::Kind::only_after: return only_after(form);
        case Form::Kind::paired: return paired(form);
        case Form::Kind::during_some:
        case Form::Kind::during_no: return during(form);
        case Form::Kind::no_overlap: return no_overlap(form);
        case Form::Kind::follows: return follows(form);
        case Form::Kind::no_gap: return no_gap(form);
        case Form::Kind::aggregate: return aggregate(form);
        }
        return Verdict::error;
    }

    static std::size_t number_of(const std::vector<Member>& members, T belongs) {
        return static_cast<std::size_t>(std::ranges::count(members, belongs, &Member::belongs));
    }

    Verdict some(const Form& form) {
        const auto members = select(form.uses[0]);
        if (number_of(members, T::yes) > 0) return Verdict::pass;
        const bool maybe = !members.empty() || any_lost(form.uses[0].stream);
        return maybe ? Verdict::inconclusive : Verdict::fail;
    }

    Verdict none(const Form& form) {
        const auto members = select(form.uses[0]);
        if (number_of(members, T::yes) > 0) return Verdict::fail;
        const bool maybe = !members.empty() || any_lost(form.uses[0].stream);
        return maybe ? Verdict::inconclusive : Verdict::pass;
    }

    Verdict every(const Form& form) {
        bool unknown = false;
        const auto members = select(form.uses[0]);
        for (const Member& member : members) {
            const T truth = holds(form.condition, member.item);
            if (truth == T::no && member.belongs == T::yes) return Verdict::fail;
            unknown |= truth != T::yes;
        }
        if (unknown || any_lost(form.uses[0].stream)) return Verdict::inconclusive;
        if (form.if_any || number_of(members, T::yes) > 0) return Verdict::pass;
        return members.empty() ? Verdict::fail : Verdict::inconclusive;
    }

    static bool satisfies(long double value, const sema::Comparison& c) {
        const auto bound = static_cast<long double>(c.value);
        switch (c.op) {
        case CompareOp::equal: return value == bound;
        case CompareOp::not_equal: return value != bound;
        case CompareOp::less: return value < bound;
        case CompareOp::less_equal: return value <= bound;
        case CompareOp::greater: return value > bound;
        case CompareOp::greater_equal: return value >= bound;
        case CompareOp::in: return value >= bound && value <= static_cast<long double>(c.high);
        }
        return false;
    }

    /// Tries what a measure may be, and the bounds if they lie between; `yes` if all satisfy, `no`
    /// if none.
    static T tried(std::vector<long double> values, const sema::Comparison& comparison) {
        const auto [low, high] = std::ranges::minmax(values);
        for (const std::int64_t bound : {comparison.value, comparison.high}) {
            const auto value = static_cast<long double>(bound);
            if (value > low && value < high) values.push_back(value);
        }
        const auto good = std::ranges::count_if(
            values, [&](long double value) { return satisfies(value, comparison); });
        if (good == std::ssize(values)) return T::yes;
        return good == 0 ? T::no : T::unknown;
    }

    /// One group of members per known key, and how many have none.
    struct Split {
        std::map<std::string, std::vector<Member>> groups;
        std::uint64_t keyless = 0;
    };
    Split split(const Form& form, const std::vector<Member>& members) const {
        Split split;
        if (form.key.empty()) split.groups[""] = {};
        for (const Member& member : members) {
            const Key key = key_of(form.uses[0].stream, form.key, member.item);
            if (key)
                split.groups[*key].push_back(member);
            else
                ++split.keyless;
        }
        return split;
    }

    /// The verdict over all groups. `exercised`: something surely had to hold. `unseen`: what holds
    /// for a key of which every hit is missing. `more`: so many are missing, each of one group.
    /// `judge_group` is told how many of them may be of it. `shared`: they may be too few for all.
    Verdict over_groups(
        const Form& form, const Split& split, bool exercised, T unseen, std::uint64_t more,
        bool shared,
        const std::function<T(const std::vector<Member>&, std::uint64_t)>& judge_group) const {
        bool unknown = !form.key.empty() && unseen != T::yes;
        std::uint64_t needed = 0;
        for (const auto& [key, members] : split.groups) {
            const bool occurs = form.key.empty() || number_of(members, T::yes) > 0;
            const T truth = judge_group(members, more);
            if (truth == T::no && occurs) return Verdict::fail;
            unknown |= truth != T::yes;
            std::uint64_t own = 0;
            while (shared && occurs && own < more && judge_group(members, own) == T::no)
                ++own;
            needed += own;
        }
        if (needed > more) return Verdict::fail;
        return unknown || !exercised ? Verdict::inconclusive : Verdict::pass;
    }
    static constexpr std::uint64_t countless = 200; ///< stands for any number

    static Verdict never_exercised(std::uint64_t more, T unseen) {
        return more == 0 || unseen == T::no ? Verdict::fail : Verdict::inconclusive;
    }

    [[nodiscard]] std::uint64_t observed() const {
        const std::uint64_t begin = begin_ ? time(*begin_) : 0; // `live_ns`
        const std::uint64_t end = end_hit_ ? time(*end_hit_) : end_;
        return end > begin ? end - begin : 0;
    }
    [[nodiscard]] long double rate(std::uint64_t count) const {
        return static_cast<long double>(count) * 1e9L / static_cast<long double>(observed());
    }

    Verdict count(const Form& form) {
        const auto members = select(form.uses[0]);
        const Split found = split(form, members);
        const auto lost_hits = lost(form.uses[0].stream);
        const std::uint64_t more = lost_hits.value_or(countless) + found.keyless;
        const bool none_will_do = satisfies(0, form.comparison);
        if (form.per_second && observed() == 0) return Verdict::inconclusive;
        const auto from_to = [&](std::uint64_t low, std::uint64_t high) {
            std::vector<long double> values;
            for (std::uint64_t n = low; n <= high; ++n)
                values.push_back(form.per_second ? rate(n) : static_cast<long double>(n));
            if (form.per_second && cut_short_ && !end_hit_) values.push_back(0);
            if (form.per_second && !lost_hits) values.push_back(1e18L);
            return tried(values, form.comparison);
        };
        const std::uint64_t least = form.key.empty() ? 0 : 1;
        const T unseen = more > 0 ? from_to(1, more) : T::yes;
        const bool never = found.groups.empty() && !none_will_do;
        if (never && never_exercised(more, unseen) == Verdict::fail) return Verdict::fail;
        const bool exercised = form.key.empty() || none_will_do || number_of(members, T::yes) > 0;
        return over_groups(form, found, exercised, unseen, more, lost_hits.has_value(),
                           [&](const std::vector<Member>& group, std::uint64_t others) {
                               const auto from = std::max(number_of(group, T::yes), least);
                               return from_to(from, std::max(from, group.size() + others));
                           });
    }

    static std::pair<long double, long double> bounds_of(const std::string& field) {
        if (field == "value") return {INT32_MIN, INT32_MAX};
        if (field == "flags") return {0, UINT32_MAX};
        if (field == "ret")
            return {static_cast<long double>(INT64_MIN), static_cast<long double>(INT64_MAX)};
        return {0, static_cast<long double>(UINT64_MAX)};
    }

    static unsigned thousandths(sema::Aggregate aggregate) {
        return aggregate == sema::Aggregate::p50   ? 500
               : aggregate == sema::Aggregate::p90 ? 900
                                                   : 0;
    }

    static long double measured(sema::Aggregate aggregate, std::vector<long double> values) {
        std::ranges::sort(values);
        long double sum = 0;
        for (long double value : values)
            sum += value;
        if (aggregate == sema::Aggregate::min) return values.front();
        if (aggregate == sema::Aggregate::max) return values.back();
        if (aggregate == sema::Aggregate::sum) return sum;
        if (aggregate == sema::Aggregate::mean)
            return sum / static_cast<long double>(values.size());
        std::size_t rank = 1; // the least that has enough values up to it
        while (rank * 1000 < values.size() * thousandths(aggregate))
            ++rank;
        return values[rank - 1];
    }

    /// Adds up to `unknown` values of any size, chosen among those that can matter. `endless`:
    /// so many that they alone make a mean.
    static T try_values(const Form& form, const std::vector<long double>& known,
                        std::uint64_t unknown, bool endless) {
        const auto [low, high] = bounds_of(form.field);
        const auto bound = static_cast<long double>(form.comparison.value);
        std::vector<long double> candidates = {low, high};
        for (long double near : {bound - 1, bound, bound + 1})
            if (near >= low && near <= high) candidates.push_back(near);
        std::vector<long double> results;
        if (!known.empty()) results.push_back(measured(form.aggregate, known));
        if (endless && form.aggregate == sema::Aggregate::mean) results = {low, high};
        for (long double candidate : candidates) {
            std::vector<long double> values = known;
            for (std::uint64_t i = 0; i < unknown; ++i) {
                values.push_back(candidate);
                results.push_back(measured(form.aggregate, values));
            }
        }
        return tried(results, form.comparison);
    }

    /// The least that it can be is with all others at the mean; the most is what the type allows.
    static T try_spread(const Form& form, const std::vector<long double>& known,
                        std::uint64_t others) {
        long double sum = 0;
        long double squares = 0;
        for (const long double value : known) {
            sum += value;
            squares += value * value;
        }
        const auto count = static_cast<long double>(known.size());
        const long double all = count + static_cast<long double>(others);
        const long double least = std::sqrt((squares * count - sum * sum) / (count * all));
        const auto [low, high] = bounds_of(form.field);
        if (others == 0) return tried({least}, form.comparison);
        return tried({others == UINT64_MAX ? 0 : least, (high - low) / 2}, form.comparison);
    }

    Verdict aggregate(const Form& form) {
        const auto members = select(form.uses[0]);
        const auto lost_hits = lost(form.uses[0].stream);
        const Split found = split(form, members);
        const std::uint64_t more = lost_hits.value_or(countless) + found.keyless;
        const unsigned q = thousandths(form.aggregate);
        const bool quantile = q > 0;
        const bool spread = form.aggregate == sema::Aggregate::stddev;
        const std::size_t needed = quantile ? (1000 + 999 - q) / (1000 - q) : spread ? 2 : 0;
        T unseen = T::yes;
        if (more > 0)
            unseen = quantile || spread ? T::unknown : try_values(form, {}, more, !lost_hits);
        if (members.empty()) return never_exercised(more, unseen);
        const bool exercised = number_of(members, T::yes) > 0;
        const bool shared = lost_hits && !quantile && !spread;
        return over_groups(form, found, exercised, unseen, more, shared,
                           [&](const auto& group, std::uint64_t missing) {
                               std::vector<long double> known;
                               for (const Member& member : group)
                                   if (const auto value = read(form.field, member.item);
                                       value && member.belongs == T::yes)
                                       known.push_back(static_cast<long double>(*value));
                               if (known.size() < needed) return T::unknown;
                               const std::uint64_t others = group.size() - known.size() + missing;
                               if (spread)
                                   return try_spread(form, known, lost_hits ? others : UINT64_MAX);
                               return try_values(form, known, others, !lost_hits);
                           });
    }

    /// Tries every number of new values that the unknown ones may bring.
    Verdict distinct(const Form& form) {
        const auto members = select(form.uses[0]);
        const auto lost_hits = lost(form.uses[0].stream);
        const Split found = split(form, members);
        const std::uint64_t more = lost_hits.value_or(countless) + found.keyless;
        const auto from_to = [&](std::uint64_t low, std::uint64_t high) {
            std::vector<long double> values;
            for (std::uint64_t n = low; n <= high; ++n)
                values.push_back(static_cast<long double>(n));
            return tried(values, form.comparison);
        };
        const bool exercised = number_of(members, T::yes) > 0;
        const T unseen = more > 0 ? from_to(1, more) : T::yes;
        if (members.empty()) return never_exercised(more, unseen);
        return over_groups(
            form, found, exercised, unseen, more, lost_hits.has_value(),
            [&](const std::vector<Member>& group, std::uint64_t others) {
                std::set<std::string> sure;
                std::set<std::string> all;
                std::uint64_t unknown = 0;
                for (const Member& member : group) {
                    const Key value = key_of(form.uses[0].stream, {form.field}, member.item);
                    unknown += !value;
                    if (value) all.insert(*value);
                    if (value && member.belongs == T::yes) sure.insert(*value);
                }
                const bool occurs = number_of(group, T::yes) > 0 || !form.key.empty();
                const auto from = std::max<std::uint64_t>(sure.size(), occurs ? 1 : 0);
                const std::uint64_t to = all.size() + unknown + others;
                return from_to(from, std::max(from, to));
            });
    }

    // ------------------------------------------------------------ then

    /// Whether a chain from `from` through the steps from `next` on ends by `until`.
    [[nodiscard]] bool chain(const std::vector<std::vector<Step>>& all, std::size_t next, int from,
                             const Key& key, Number until, T at_least) const {
        if (next == all.size()) return Number{time(from)} <= until;
        for (const Step& step : all[next])
            if (step.key == key && step.stands >= at_least &&
                before(from, step.item.opening) >= at_least &&
                chain(all, next + 1, step.item.opening, key, until, at_least))
                return true;
        return false;
    }

    Verdict then(const Form& form) {
        std::vector<std::vector<Step>> all;
        for (std::size_t i = 0; i < form.uses.size(); ++i)
            all.push_back(steps(form.uses[i], form.key, i > 0));
        bool unknown = false;
        bool broken = false;
        Lacks lacks;
        for (const Step& trigger : all[0]) {
            const T met = obligation(form, all, trigger, lacks);
            broken |= met == T::no;
            unknown |= met == T::unknown;
        }
        std::set<StreamName> later;
        for (std::size_t i = 1; i < form.uses.size(); ++i)
            later.insert(form.uses[i].stream);
        if (broken || lacks_more_than_lost(lacks.hits(), later)) return Verdict::fail;
        if (unknown || any_lost(form.uses[0].stream)) return Verdict::inconclusive;
        const auto triggers = select(form.uses[0]);
        if (number_of(triggers, T::yes) > 0) return Verdict::pass;
        return triggers.empty() ? Verdict::fail : Verdict::inconclusive;
    }

    T obligation(const Form& form, const std::vector<std::vector<Step>>& all, const Step& trigger,
                 Lacks& lacks) const {
        if (!trigger.key) return T::unknown;
        const Number begin{time(trigger.item.opening)};
        const Number until = form.within ? begin + *form.within : Number{UINT64_MAX};
        if (chain(all, 1, trigger.item.opening, trigger.key, until, T::yes)) return T::yes;
        if (chain(all, 1, trigger.item.opening, trigger.key, until, T::unknown)) return T::unknown;
        if (trigger.stands != T::yes) return T::unknown;
        bool lost = false;
        for (std::size_t i = 1; i < all.size(); ++i) {
            for (const Step& step : all[i])
                if (!step.key && time(step.item.opening) + skew >= time(trigger.item.opening) &&
                    Number{time(step.item.opening)} <= until)
                    return T::unknown;
            lost |= item_lost_in(form.uses[i].stream, begin - skew, until);
        }
        if (form.within && until > Number{end_}) return T::unknown;
        if (!lost) return T::no;
        lacks.add(trigger.key, begin - skew, until);
        return T::unknown;
    }
};

} // namespace

std::set<std::uint32_t> probes_of(StreamName stream) {
    switch (stream) {
    case StreamName::enter: return {0};
    case StreamName::exit: return {1};
    case StreamName::open: return {0, 1};
    case StreamName::tick:
    case StreamName::wait: return {2};
    }
    return {};
}

bool is_of_hits(StreamName stream) {
    return stream != StreamName::open && stream != StreamName::wait;
}

Verdict judge(const Form& form, const hits::Trace& trace, sema::HitScope scope) {
    return Reference(trace, scope).judge(form);
}

} // namespace kps::reference
