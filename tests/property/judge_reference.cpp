#include "judge_reference.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace kps::reference {

namespace {

using sema::CompareOp;

constexpr std::uint64_t skew = 1'000;
constexpr int nowhere = -1;

enum class T : std::uint8_t { no, unknown, yes };

T all_of(T a, T b) {
    return std::min(a, b);
}

struct Item {
    int opening = nowhere;
    int closing = nowhere;
    T exists = T::yes;
    bool opening_sure = true;
    bool closing_sure = true;
};

struct Member {
    Item item;
    T belongs = T::yes;
};

/// A key: the printed parts; none if a part is not known.
using Key = std::optional<std::string>;

class Reference {
public:
    Reference(const hits::Trace& trace, sema::HitScope scope)
        : hits_(trace.hits), losses_(trace.losses), scope_(scope), end_(trace.end_ns) {
        if (trace.cut_short)
            losses_.push_back({std::nullopt, std::nullopt, end_, UINT64_MAX, UINT64_MAX, "cut"});
        add_missing_returns();
    }

    Verdict judge(const Form& form) {
        switch (form.kind) {
        case Form::Kind::some: return some(form);
        case Form::Kind::no: return none(form);
        case Form::Kind::count: return count(form);
        case Form::Kind::every: return every(form);
        case Form::Kind::then: return then(form);
        case Form::Kind::aggregate: return aggregate(form);
        }
        return Verdict::error;
    }

private:
    // ------------------------------------------------------------ hits, order, loss

    [[nodiscard]] const hits::Hit& hit(int i) const { return hits_[static_cast<std::size_t>(i)]; }
    [[nodiscard]] std::uint64_t time(int i) const { return hit(i).time_ns; }
    [[nodiscard]] int size() const { return static_cast<int>(hits_.size()); }

    [[nodiscard]] T before(int a, int b) const {
        if (a == b) return T::no;
        const bool same_task = hit(a).tid == hit(b).tid && hit(a).tid != 0;
        if (same_task || hit(a).cpu == hit(b).cpu) return a < b ? T::yes : T::no;
        if (time(a) + skew <= time(b)) return T::yes;
        return time(b) + skew <= time(a) ? T::no : T::unknown;
    }

    static std::set<std::uint32_t> probes(StreamName stream) {
        switch (stream) {
        case StreamName::enter: return {0};
        case StreamName::exit: return {1};
        case StreamName::open: return {0, 1};
        case StreamName::tick:
        case StreamName::wait: return {2};
        }
        return {};
    }

    [[nodiscard]] std::vector<hits::Loss> losses(StreamName stream) const {
        std::vector<hits::Loss> found;
        for (const hits::Loss& loss : losses_)
            if (loss.count > 0 && (!loss.probe || probes(stream).contains(loss.probe->value)))
                found.push_back(loss);
        return found;
    }
    /// No number: any.
    [[nodiscard]] std::optional<std::uint64_t> lost(StreamName stream) const {
        std::uint64_t sum = 0;
        for (const hits::Loss& loss : losses(stream)) {
            if (loss.count == UINT64_MAX) return std::nullopt;
            sum += loss.count;
        }
        return sum;
    }
    [[nodiscard]] bool any_lost(StreamName stream) const { return !losses(stream).empty(); }
    [[nodiscard]] bool lost_in(StreamName stream, Number begin, Number end) const {
        for (const hits::Loss& loss : losses(stream))
            if (Number{loss.end_ns} >= begin && Number{loss.begin_ns} <= end) return true;
        return false;
    }

    // ------------------------------------------------------------ streams

    [[nodiscard]] std::vector<Item> hits_of(std::uint32_t probe) const {
        std::vector<Item> items;
        for (int i = 0; i < size(); ++i)
            if (hit(i).probe.value == probe) items.push_back({.opening = i});
        return items;
    }

    [[nodiscard]] bool same_task(int a, int b) const {
        return hit(a).tid == hit(b).tid && (hit(a).tid != 0 || hit(a).cpu == hit(b).cpu);
    }

    /// The entry that the return `x` closes: going back, every other return hides one entry.
    [[nodiscard]] int entry_of(int x) const {
        int hidden = 0;
        for (int i = x - 1; i >= 0; --i) {
            if (!same_task(i, x)) continue;
            if (hit(i).probe.value == 1) ++hidden;
            if (hit(i).probe.value == 0 && hidden-- == 0) return i;
        }
        return nowhere;
    }

    [[nodiscard]] int return_of(int entry) const {
        for (int x = entry + 1; x < size(); ++x)
            if (hit(x).probe.value == 1 && same_task(entry, x) && entry_of(x) == entry) return x;
        return nowhere;
    }

    /// An entry never returned, but a later one of its task did.
    void add_missing_returns() {
        for (int i = 0; i < size(); ++i) {
            if (hit(i).probe.value != 0 || return_of(i) != nowhere) continue;
            int next = nowhere;
            bool went_on = false;
            for (int later = i + 1; later < size(); ++later) {
                if (hit(later).probe.value != 0 || !same_task(i, later)) continue;
                if (next == nowhere) next = later;
                went_on |= return_of(later) != nowhere;
            }
            if (went_on)
                losses_.push_back(
                    {sema::ProbeId{1}, std::nullopt, time(i), time(next), 1, "missing"});
        }
    }

    /// Calls that ended, or those that did not.
    [[nodiscard]] std::vector<Item> calls(bool ended) const {
        std::vector<Item> items;
        for (int i = 0; i < size(); ++i) {
            if (hit(i).probe.value != 0) continue;
            Item item{.opening = i, .closing = return_of(i)};
            if ((item.closing != nowhere) != ended) continue;
            if (ended && lost_in(StreamName::open, time(i), time(item.closing))) {
                item.opening_sure = false;
                item.closing_sure = scope_ == sema::HitScope::workload;
            }
            items.push_back(item);
        }
        return items;
    }

    /// Ticks of value 1 with the next of value 2 and the same id; or those surely without one.
    [[nodiscard]] std::vector<Item> waits(bool ended) {
        const Use from{StreamName::tick, {{"value", sema::BinaryOp::equal, 1}}};
        const Use to{StreamName::tick, {{"value", sema::BinaryOp::equal, 2}}};
        std::vector<Item> items;
        for (const Member& a : select(from)) {
            const int opening = a.item.opening;
            const Key key = key_of(StreamName::tick, {"id"}, a.item);
            Item item{.opening = opening, .exists = a.belongs};
            if (!key) {
                item.exists = T::unknown;
                item.closing_sure = false;
                if (ended) items.push_back(item);
                continue;
            }
            for (const Member& b : select(to)) {
                const bool sure = b.belongs == T::yes &&
                                  before(opening, b.item.opening) == T::yes &&
                                  key_of(StreamName::tick, {"id"}, b.item) == key;
                if (sure && item.closing == nowhere) item.closing = b.item.opening;
            }
            const bool closed = item.closing != nowhere;
            for (const Member& b : select(to)) {
                const int other = b.item.opening;
                const Key other_key = key_of(StreamName::tick, {"id"}, b.item);
                if ((other_key && other_key != key) || other == item.closing) continue;
                if (before(opening, other) == T::no) continue;
                if (closed && before(item.closing, other) == T::yes) continue;
                item.closing_sure = false;
            }
            const Number until = closed ? Number{time(item.closing)} + skew : Number{UINT64_MAX};
            if (lost_in(StreamName::tick, Number{time(opening)} - skew, until))
                item.closing_sure = false;
            if ((closed || !item.closing_sure) != ended) continue;
            if (!closed && ended) item.exists = T::unknown;
            items.push_back(item);
        }
        return items;
    }

    std::vector<Item> items(StreamName stream) {
        switch (stream) {
        case StreamName::enter: return hits_of(0);
        case StreamName::exit: return hits_of(1);
        case StreamName::open: return calls(true);
        case StreamName::tick: return hits_of(2);
        case StreamName::wait: return waits(true);
        }
        return {};
    }

    // ------------------------------------------------------------ fields

    static std::optional<Number> number(const hits::Value& value, bool is_signed) {
        const auto* bits = std::get_if<std::uint64_t>(&value);
        if (bits == nullptr) return std::nullopt;
        return is_signed ? Number{static_cast<std::int64_t>(*bits)} : Number{*bits};
    }

    [[nodiscard]] std::optional<Number> read(const std::string& field, const Item& item) const {
        const hits::Hit& opening = hit(item.opening);
        if (field == "tid") return opening.tid;
        if (field == "duration") {
            if (!item.opening_sure || !item.closing_sure || item.closing == nowhere)
                return std::nullopt;
            return time(item.closing) - time(item.opening);
        }
        if (field == "ret") {
            const bool of_call = opening.probe.value == 0;
            if (of_call && (!item.closing_sure || item.closing == nowhere)) return std::nullopt;
            return number(hit(of_call ? item.closing : item.opening).fields[0], true);
        }
        if (!item.opening_sure) return std::nullopt;
        if (field == "value") return number(opening.fields[0], true);
        return number(opening.fields[1], false); // flags, id
    }

    static T compare(std::optional<Number> left, sema::BinaryOp op, Number right) {
        if (!left) return T::unknown;
        const auto truth = [](bool holds) { return holds ? T::yes : T::no; };
        if (op == sema::BinaryOp::less) return truth(*left < right);
        if (op == sema::BinaryOp::greater) return truth(*left > right);
        return truth(op == sema::BinaryOp::equal ? *left == right : *left != right);
    }

    [[nodiscard]] T holds(const Condition& condition, const Item& item) const {
        return compare(read(condition.field, item), condition.op, condition.bound);
    }

    [[nodiscard]] Key key_of(StreamName, const std::vector<std::string>& fields,
                             const Item& item) const {
        std::string key;
        for (const std::string& field : fields) {
            if (field == "path") {
                const auto* text = std::get_if<std::string>(&hit(item.opening).fields[0]);
                if (text == nullptr || !item.opening_sure) return std::nullopt;
                key += "'" + *text + "'";
                continue;
            }
            const auto value = read(field, item);
            if (!value) return std::nullopt;
            key += std::to_string(static_cast<long double>(*value)) + ",";
        }
        return key;
    }

    std::vector<Member> filter(const std::vector<Item>& all, const Use& use) const {
        std::vector<Member> members;
        for (const Item& item : all) {
            Member member{item, item.exists};
            for (const Condition& condition : use.where)
                member.belongs = all_of(member.belongs, holds(condition, item));
            if (member.belongs != T::no) members.push_back(member);
        }
        return members;
    }
    std::vector<Member> select(const Use& use) { return filter(items(use.stream), use); }

    // ------------------------------------------------------------ forms

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
    /// for a key of which every hit is missing.
    Verdict over_groups(const Form& form, const Split& split, bool exercised, T unseen,
                        const std::function<T(const std::vector<Member>&)>& judge_group) const {
        bool unknown = !form.key.empty() && unseen != T::yes;
        for (const auto& [key, members] : split.groups) {
            const bool occurs = form.key.empty() || number_of(members, T::yes) > 0;
            const T truth = judge_group(members);
            if (truth == T::no && occurs) return Verdict::fail;
            unknown |= truth != T::yes;
        }
        return unknown || !exercised ? Verdict::inconclusive : Verdict::pass;
    }

    Verdict count(const Form& form) {
        const auto members = select(form.uses[0]);
        const Split found = split(form, members);
        const auto lost_hits = lost(form.uses[0].stream);
        const std::uint64_t more = lost_hits.value_or(50) + found.keyless;
        if (found.groups.empty() && more == 0) return Verdict::fail;
        const auto from_to = [&](std::uint64_t low, std::uint64_t high) {
            std::vector<long double> values;
            for (std::uint64_t n = low; n <= high; ++n)
                values.push_back(static_cast<long double>(n));
            return tried(values, form.comparison);
        };
        const std::uint64_t least = form.key.empty() ? 0 : 1;
        const bool exercised = form.key.empty() || number_of(members, T::yes) > 0;
        return over_groups(form, found, exercised, more > 0 ? from_to(1, more) : T::yes,
                           [&](const std::vector<Member>& group) {
                               return from_to(std::max(number_of(group, T::yes), least),
                                              group.size() + more);
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

    Verdict aggregate(const Form& form) {
        const auto members = select(form.uses[0]);
        const auto lost_hits = lost(form.uses[0].stream);
        if (members.empty()) return lost_hits == 0U ? Verdict::fail : Verdict::inconclusive;
        const Split found = split(form, members);
        const std::uint64_t more = lost_hits.value_or(200) + found.keyless;
        const unsigned q = thousandths(form.aggregate);
        const bool quantile = q > 0;
        const std::size_t needed = quantile ? (1000 + 999 - q) / (1000 - q) : 0;
        T unseen = T::yes;
        if (more > 0) unseen = quantile ? T::unknown : try_values(form, {}, more, !lost_hits);
        const bool exercised = number_of(members, T::yes) > 0;
        return over_groups(form, found, exercised, unseen, [&](const std::vector<Member>& group) {
            std::vector<long double> known;
            for (const Member& member : group)
                if (const auto value = read(form.field, member.item);
                    value && member.belongs == T::yes)
                    known.push_back(static_cast<long double>(*value));
            if (known.size() < needed) return T::unknown;
            return try_values(form, known, group.size() - known.size() + more, !lost_hits);
        });
    }

    // ------------------------------------------------------------ then

    struct Step {
        int hit = nowhere;
        T belongs = T::yes;
        Key key;
    };

    std::vector<Step> steps(const Use& use, const std::vector<std::string>& key, bool with_open) {
        std::vector<Step> found;
        for (const Member& member : select(use))
            found.push_back({member.item.opening,
                             member.item.opening_sure ? member.belongs : T::unknown,
                             key_of(use.stream, key, member.item)});
        std::vector<Item> open;
        if (with_open && use.stream == StreamName::open) open = calls(false);
        if (with_open && use.stream == StreamName::wait) open = waits(false);
        for (const Member& member : filter(open, use))
            found.push_back(
                {member.item.opening, T::unknown, key_of(use.stream, key, member.item)});
        return found;
    }

    /// Whether a chain from `from` through the steps from `next` on ends by `until`.
    [[nodiscard]] bool chain(const std::vector<std::vector<Step>>& all, std::size_t next, int from,
                             const Key& key, Number until, T at_least) const {
        if (next == all.size()) return Number{time(from)} <= until;
        for (const Step& step : all[next])
            if (step.key == key && step.belongs >= at_least && before(from, step.hit) >= at_least &&
                chain(all, next + 1, step.hit, key, until, at_least))
                return true;
        return false;
    }

    Verdict then(const Form& form) {
        std::vector<std::vector<Step>> all;
        for (std::size_t i = 0; i < form.uses.size(); ++i)
            all.push_back(steps(form.uses[i], form.key, i > 0));
        bool unknown = false;
        bool broken = false;
        for (const Step& trigger : all[0]) {
            const T met = obligation(form, all, trigger);
            broken |= met == T::no;
            unknown |= met == T::unknown;
        }
        if (broken) return Verdict::fail;
        if (unknown || any_lost(form.uses[0].stream)) return Verdict::inconclusive;
        const auto triggers = select(form.uses[0]);
        if (number_of(triggers, T::yes) > 0) return Verdict::pass;
        return triggers.empty() ? Verdict::fail : Verdict::inconclusive;
    }

    T obligation(const Form& form, const std::vector<std::vector<Step>>& all,
                 const Step& trigger) const {
        if (!trigger.key) return T::unknown;
        const Number begin{time(trigger.hit)};
        const Number until = form.within ? begin + *form.within : Number{UINT64_MAX};
        if (chain(all, 1, trigger.hit, trigger.key, until, T::yes)) return T::yes;
        if (chain(all, 1, trigger.hit, trigger.key, until, T::unknown)) return T::unknown;
        if (trigger.belongs != T::yes) return T::unknown;
        for (std::size_t i = 1; i < all.size(); ++i) {
            for (const Step& step : all[i])
                if (!step.key && time(step.hit) + skew >= time(trigger.hit) &&
                    Number{time(step.hit)} <= until)
                    return T::unknown;
            const bool of_hits =
                form.uses[i].stream != StreamName::open && form.uses[i].stream != StreamName::wait;
            if (lost_in(form.uses[i].stream, begin - skew, of_hits ? until : Number{UINT64_MAX}))
                return T::unknown;
        }
        return form.within && until > Number{end_} ? T::unknown : T::no;
    }

    const std::vector<hits::Hit>& hits_;
    std::vector<hits::Loss> losses_;
    sema::HitScope scope_;
    std::uint64_t end_;
};

} // namespace

Verdict judge(const Form& form, const hits::Trace& trace, sema::HitScope scope) {
    return Reference(trace, scope).judge(form);
}

} // namespace kps::reference
