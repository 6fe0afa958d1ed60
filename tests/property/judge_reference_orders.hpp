#pragma once

#include "judge_reference_streams.hpp"

/// The forms about which hits come before, after or within which: docs/verdicts.md with every pair
/// of hits looked at.
namespace kps::reference {

class Orders : protected Streams {
protected:
    using Streams::Streams;

    /// An item as one of those that an order is about.
    struct Step {
        Item item;
        T stands = T::yes;
        Key key;
        bool open = false;

        [[nodiscard]] bool has_sure_ends() const {
            return !open && item.opening_sure && item.closing_sure;
        }
        [[nodiscard]] bool is_sure() const { return stands == T::yes && key && has_sure_ends(); }
    };

    std::vector<Step> steps(const Use& use, const std::vector<std::string>& key, bool with_open) {
        std::vector<Step> found;
        for (const Member& member : select(use))
            found.push_back({member.item, member.item.opening_sure ? member.belongs : T::unknown,
                             key_of(use.stream, key, member.item)});
        const auto open = with_open ? items(use.stream, false) : std::vector<Item>();
        for (const Member& member : filter(open, use))
            found.push_back({member.item, T::unknown, key_of(use.stream, key, member.item), true});
        std::ranges::sort(found, {}, [](const Step& step) { return step.item.opening; });
        return found;
    }

    /// What a lost hit was may have been an item of the stream that began in [begin, end].
    [[nodiscard]] bool item_lost_in(StreamName stream, Number begin, Number end) const {
        return lost_in(stream, begin, is_of_hits(stream) ? end : Number{UINT64_MAX});
    }

    /// FAIL if something is broken, INCONCLUSIVE if something is open or `breaking` were lost;
    /// without a sure item of `subject` nothing was shown.
    Verdict verdict(bool broken, bool open, const Use& subject, bool breaking) {
        if (broken) return Verdict::fail;
        if (open) return Verdict::inconclusive;
        const auto members = select(subject);
        const bool shown =
            std::ranges::any_of(members, [](const Member& m) { return m.belongs == T::yes; });
        if (!shown)
            return members.empty() && !any_lost(subject.stream) ? Verdict::fail
                                                                : Verdict::inconclusive;
        return breaking ? Verdict::inconclusive : Verdict::pass;
    }

    [[nodiscard]] bool has_past() const { return scope_ == sema::HitScope::system && !begin_; }
    [[nodiscard]] bool may_be_open_before() const {
        return scope_ == sema::HitScope::system || begin_;
    }

    Verdict only_after(const Form& form) {
        bool broken = false;
        bool open = false;
        Lacks lacks;
        const auto earlier = steps(form.uses[1], form.key, true);
        for (const Step& b : steps(form.uses[0], form.key, false)) {
            const Number now = time(b.item.opening);
            const Number since = form.within ? now - Number{*form.within} : Number{0};
            T found = T::no;
            for (const Step& a : earlier) {
                if (a.key && b.key && a.key != b.key) continue;
                T fits = std::min(a.stands, before(a.item.opening, b.item.opening));
                if (Number{time(a.item.opening)} < since) fits = T::no;
                found = std::max(found, a.key && b.key ? fits : std::min(fits, T::unknown));
            }
            if (found == T::yes) continue;
            if (has_past() && (!form.within || since <= 0)) found = T::unknown;
            const bool sure = found == T::no && b.stands == T::yes && b.key;
            const bool lost = item_lost_in(form.uses[1].stream, since, now + skew);
            if (sure && lost) lacks.add(b.key, since, now + skew);
            (sure && !lost ? broken : open) = true;
        }
        broken |= lacks_more_than_lost(lacks.hits(), {form.uses[1].stream});
        return verdict(broken, open, form.uses[0], any_lost(form.uses[0].stream));
    }

    // ------------------------------------------------------------ paired

    static std::int64_t number(bool holds) { return holds ? 1 : 0; }

    /// Openings or closings of one key, and those without a known one.
    struct Pairs {
        std::vector<Step> openers, closers;
    };

    [[nodiscard]] static bool may_be_of(const Step& step, const Key& key) {
        return !step.key || step.key == key;
    }

    [[nodiscard]] bool is_orphan(const Pairs& all, const Step& closer) const {
        return may_be_open_before() && std::ranges::none_of(all.openers, [&](const Step& a) {
                   return a.key == closer.key &&
                          before(a.item.opening, closer.item.opening) != T::no;
               });
    }

    /// How much is open before `b`: at least, at most.
    [[nodiscard]] std::pair<std::int64_t, std::int64_t> open_before(const Pairs& all,
                                                                    const Step& b) const {
        std::int64_t least = 0;
        std::int64_t most = 0;
        for (const Step& a : all.openers) {
            if (!may_be_of(a, b.key)) continue;
            const T counts = std::min(
                {a.stands, a.key ? T::yes : T::unknown, before(a.item.opening, b.item.opening)});
            least += number(counts == T::yes);
            most += number(counts != T::no);
        }
        for (const Step& other : all.closers) {
            if (!may_be_of(other, b.key) || other.item.opening == b.item.opening) continue;
            if (other.key && is_orphan(all, other)) continue;
            const T counts = std::min({other.stands, other.key ? T::yes : T::unknown,
                                       before(other.item.opening, b.item.opening)});
            least -= number(counts != T::no);
            most -= number(counts == T::yes);
        }
        return {least, most};
    }

    /// The last opening before which all of the key is long over, known and closed, else the first.
    [[nodiscard]] Number open_since(const Pairs& all, const Key& key) const {
        std::optional<Number> since;
        for (const Step& a : all.openers)
            if (a.key == key && (!since || is_clean(all, a))) since = time(a.item.opening);
        return *since;
    }

    [[nodiscard]] bool is_clean(const Pairs& all, const Step& opener) const {
        std::int64_t net = 0;
        const auto fits = [&](const Step& step, bool opens) {
            const bool is_later = opens ? step.item.opening >= opener.item.opening
                                        : step.item.opening > opener.item.opening;
            if (!may_be_of(step, opener.key) || is_later) return true;
            if (!step.key || time(step.item.opening) + 2 * skew > time(opener.item.opening))
                return false;
            if (!opens && is_orphan(all, step)) return true;
            net += opens ? 1 : -1;
            return step.stands == T::yes;
        };
        for (const Step& a : all.openers)
            if (!fits(a, true)) return false;
        for (const Step& b : all.closers)
            if (!fits(b, false)) return false;
        return net == 0;
    }

    Verdict paired(const Form& form) {
        const Pairs all{steps(form.uses[0], form.key, true), steps(form.uses[1], form.key, true)};
        bool broken = false;
        bool open = false;
        std::map<Key, std::int64_t> unopened;
        std::map<Key, std::int64_t> left;
        for (const Step& b : all.closers) {
            if (b.open) continue;
            if (b.key && is_orphan(all, b)) continue;
            const auto [least, most] = open_before(all, b);
            if (b.key && least > 0) continue;
            const bool lost =
                item_lost_in(form.uses[0].stream, 0, Number{time(b.item.opening)} + skew);
            const bool sure = b.key && b.stands == T::yes && most <= 0 && !may_be_open_before();
            if (sure && lost) unopened[b.key] = std::max(unopened[b.key], 1 - most);
            (sure && !lost ? broken : open) = true;
        }
        for (const Step& a : all.openers) {
            if (!a.key) {
                open |= !a.open;
                continue;
            }
            std::int64_t least = 0;
            std::int64_t most = 0;
            for (const Step& other : all.openers) {
                if (other.key != a.key) continue;
                least += number(other.stands == T::yes);
                most += number(!other.open);
            }
            for (const Step& b : all.closers) {
                if (!may_be_of(b, a.key) || (b.key && is_orphan(all, b))) continue;
                least -= 1;
                most -= number(b.key && b.stands == T::yes);
            }
            const bool lost =
                lost_in(form.uses[1].stream, open_since(all, a.key) - skew, UINT64_MAX);
            least += unopened[a.key];
            if (least > 0 && lost) left[a.key] = least;
            if (least > 0)
                (lost ? open : broken) = true;
            else
                open |= most > 0;
        }
        const auto sum = [](const std::map<Key, std::int64_t>& numbers) {
            std::uint64_t all_keys = 0;
            for (const auto& [key, number] : numbers)
                all_keys += static_cast<std::uint64_t>(number);
            return all_keys;
        };
        broken |= lacks_more_than_lost(sum(unopened), {form.uses[0].stream});
        broken |= lacks_more_than_lost(sum(left), {form.uses[1].stream});
        return verdict(broken, open, form.uses[0],
                       any_lost(form.uses[0].stream) || any_lost(form.uses[1].stream));
    }

    // ------------------------------------------------------------ during, overlap, gap

    Verdict during(const Form& form) {
        bool broken = false;
        bool open = false;
        Lacks lacks;
        const bool is_none = steps(form.uses[0], form.key, true).empty() &&
                             !any_lost(form.uses[0].stream) && !begin_ && !end_hit_;
        if (form.kind == Form::Kind::during_no && is_none)
            return verdict(false, false, form.uses[1], false);
        for (const Step& span : steps(form.uses[1], form.key, false)) {
            T inside = T::no;
            if (span.item.closing != nowhere)
                for (const Step& s : steps(form.uses[0], form.key, true)) {
                    if (s.key && span.key && s.key != span.key) continue;
                    const T within = std::min({s.stands, before(span.item.opening, s.item.opening),
                                               before(s.item.opening, span.item.closing)});
                    inside =
                        std::max(inside, s.key && span.key ? within : std::min(within, T::unknown));
                }
            const bool lost =
                span.item.closing != nowhere &&
                item_lost_in(form.uses[0].stream, Number{time(span.item.opening)} - skew,
                             Number{time(span.item.closing)} + skew);
            const bool some = form.kind == Form::Kind::during_some;
            const bool good = some ? inside == T::yes && span.has_sure_ends()
                                   : inside == T::no && span.has_sure_ends() && !lost;
            const bool lacking = some && span.is_sure() && inside == T::no;
            if (lacking && lost)
                lacks.add(span.key, Number{time(span.item.opening)} - skew,
                          Number{time(span.item.closing)} + skew);
            const bool bad = some ? lacking && !lost : span.is_sure() && inside == T::yes;
            broken |= bad;
            open |= !bad && !good;
        }
        broken |= lacks_more_than_lost(lacks.hits(), {form.uses[0].stream});
        return verdict(broken, open, form.uses[1], any_lost(form.uses[1].stream));
    }

    Verdict no_overlap(const Form& form) {
        bool broken = false;
        bool open = false;
        const auto all = steps(form.uses[0], form.key, true);
        for (const Step& a : all) {
            if (!a.open && !a.has_sure_ends()) open = true;
            for (const Step& b : all) {
                if (a.item.opening >= b.item.opening) continue;
                if (a.key && b.key && a.key != b.key) continue;
                T together = a.is_sure() && b.is_sure() ? T::yes : T::unknown;
                if (b.item.closing != nowhere)
                    together = std::min(together, before(a.item.opening, b.item.closing));
                if (a.item.closing != nowhere)
                    together = std::min(together, before(b.item.opening, a.item.closing));
                broken |= together == T::yes;
                open |= together == T::unknown;
            }
        }
        return verdict(broken, open, form.uses[0], any_lost(form.uses[0].stream));
    }

    /// So many lost hits bridge the time, each as late as it can be; none if that is impossible.
    [[nodiscard]] std::optional<std::uint64_t> needed_between(const Form& form, Number from,
                                                              Number to) const {
        const StreamName stream = form.uses[0].stream;
        if (!is_of_hits(stream))
            return from + 1 < to && item_lost_in(stream, from + 1, to - 1)
                       ? std::optional<std::uint64_t>(0)
                       : std::nullopt;
        std::uint64_t needed = 0;
        for (; to - from > Number{*form.within}; ++needed) {
            const Number reach = std::min(from + *form.within, to - 1);
            Number next = from;
            for (const hits::Loss& loss : losses(stream))
                if (Number{loss.begin_ns} <= reach)
                    next = std::max(next, std::min(reach, Number{loss.end_ns}));
            if (next == from) return std::nullopt;
            from = next;
        }
        return needed;
    }

    Verdict no_gap(const Form& form) {
        const Number begin = begin_ ? Number{time(*begin_)} : Number{0};
        std::set<Number> possible = {begin};
        std::set<Number> sure = {begin};
        Number end{end_};
        for (int i = 0; i < size(); ++i)
            end = std::max(end, Number{time(i)});
        if (end_hit_) end = time(*end_hit_);
        for (const Step& step : steps(form.uses[0], {}, true)) {
            const Number at = std::clamp(Number{time(step.item.opening)}, begin, end);
            possible.insert(at);
            if (step.stands == T::yes) sure.insert(at);
        }
        possible.insert(end);
        sure.insert(end);
        bool broken = false;
        bool open = cut_short_ && !end_hit_;
        std::uint64_t hits = 0;
        for (auto at = possible.begin(); std::next(at) != possible.end(); ++at) {
            const Number from = *at;
            const Number to = *std::next(at);
            if (to - from <= Number{*form.within}) continue;
            const auto needed = needed_between(form, from, to);
            hits += needed.value_or(0);
            (needed ? open : broken) = true;
        }
        broken |= lacks_more_than_lost(hits, {form.uses[0].stream});
        for (auto at = sure.begin(); std::next(at) != sure.end(); ++at)
            open |= *std::next(at) - *at > Number{*form.within};
        return verdict(broken, open, form.uses[0], false);
    }

    // ------------------------------------------------------------ scopes

    struct PartOf {
        std::optional<int> begin, end;
    };
    struct Parts {
        std::vector<PartOf> all;
        bool known = true;
    };

    Parts parts(const Form::Scope& scope) {
        using Kind = Form::Scope::Kind;
        const auto first = steps(scope.first, {}, true);
        if (scope.kind == Kind::after || scope.kind == Kind::before) {
            const bool hit = !first.empty();
            const Number until =
                hit ? Number{time(first[0].item.opening)} + skew : Number{UINT64_MAX};
            Parts found;
            found.known = !item_lost_in(scope.first.stream, 0, until);
            if (!hit) return found;
            const int at = first[0].item.opening;
            found.known &= first[0].stands == T::yes;
            for (const Step& other : first)
                found.known &=
                    other.item.opening == at || before(at, other.item.opening) != T::unknown;
            if (scope.kind == Kind::after)
                found.all = {{at, std::nullopt}};
            else
                found.all = {{std::nullopt, at}};
            return found;
        }
        return repeated_parts(scope, first, steps(scope.second, {}, true));
    }

    /// Each from a first that has no other since the last second, up to the next second.
    Parts repeated_parts(const Form::Scope& scope, const std::vector<Step>& first,
                         const std::vector<Step>& second) const {
        Parts found;
        found.known = !any_lost(scope.first.stream) && !any_lost(scope.second.stream);
        for (const auto* side : {&first, &second})
            for (const Step& step : *side)
                found.known &= step.stands == T::yes;
        for (const Step& a : first)
            for (const Step& b : second)
                found.known &= before(a.item.opening, b.item.opening) != T::unknown;
        int end = nowhere;
        for (const Step& a : first) {
            if (a.item.opening < end) continue;
            const auto next = std::ranges::find_if(
                second, [&](const Step& b) { return b.item.opening > a.item.opening; });
            if (next != second.end()) {
                end = next->item.opening;
                found.all.push_back({a.item.opening, end});
                continue;
            }
            if (scope.kind == Form::Scope::Kind::after_until)
                found.all.push_back({a.item.opening, std::nullopt});
            break;
        }
        return found;
    }
};

} // namespace kps::reference
