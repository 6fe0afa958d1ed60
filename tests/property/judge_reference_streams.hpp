#pragma once

#include "judge_reference.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

/// What the reference takes a trace for: streams, keys and fields, found by trying everything.
namespace kps::reference {

constexpr std::uint64_t skew = 1'000;
constexpr int nowhere = -1;

enum class T : std::uint8_t { no, unknown, yes };

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

/// The printed parts; none if one is not known.
using Key = std::optional<std::string>;

class Streams {
public:
    Streams(const hits::Trace& trace, sema::HitScope scope)
        : hits_(trace.hits), losses_(trace.losses), scope_(scope), end_(trace.end_ns),
          cut_short_(trace.cut_short.has_value()) {
        if (trace.cut_short)
            losses_.push_back({std::nullopt, std::nullopt, end_, UINT64_MAX, UINT64_MAX, "cut"});
        add_missing_returns();
    }

protected:
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

    /// Those that concern the stream, in the part that is looked at.
    [[nodiscard]] std::vector<hits::Loss> losses(StreamName stream) const {
        return losses_in_part(probes_of(stream), is_of_hits(stream));
    }
    [[nodiscard]] std::vector<hits::Loss> losses_in_part(const std::set<std::uint32_t>& probes,
                                                         bool of_hits) const {
        std::vector<hits::Loss> found;
        for (const hits::Loss& loss : losses_) {
            if (loss.count == 0 || (loss.probe && !probes.contains(loss.probe->value))) continue;
            if (begin_ && Number{loss.end_ns} < Number{time(*begin_)} - skew) continue;
            if (end_hit_ && of_hits && Number{loss.begin_ns} > Number{time(*end_hit_)} + skew)
                continue;
            found.push_back(loss);
        }
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

    // ------------------------------------------------------------ what lost hits can mend

    /// What only lost hits can mend, each of which is of one key and at one time.
    struct Lacks {
        struct Window {
            Number begin, end;
        };
        std::map<Key, std::vector<Window>> windows; ///< by key, in each of which one is lacking

        void add(const Key& key, Number begin, Number end) { windows[key].push_back({begin, end}); }
        [[nodiscard]] std::uint64_t hits() const {
            std::uint64_t hits = 0;
            for (auto [key, left] : windows)
                for (; !left.empty(); ++hits) {
                    const Number at = std::ranges::min_element(left, {}, &Window::end)->end;
                    std::erase_if(left, [&](const Window& window) { return window.begin <= at; });
                }
            return hits;
        }
    };
    /// Whether more are lacking than were lost. A hit of calls or spans may mend any number.
    [[nodiscard]] bool lacks_more_than_lost(std::uint64_t hits,
                                            const std::set<StreamName>& streams) const {
        std::set<std::uint32_t> all;
        for (const StreamName stream : streams) {
            if (!is_of_hits(stream)) return false;
            all.merge(probes_of(stream));
        }
        std::uint64_t sum = 0;
        for (const hits::Loss& loss : losses_in_part(all, true)) {
            if (loss.count == UINT64_MAX) return false;
            sum += loss.count;
        }
        return hits > sum;
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

    /// Of the whole run, whatever is looked at.
    std::vector<Item> items(StreamName stream, bool ended = true) {
        const auto begin = std::exchange(begin_, std::nullopt);
        const auto end = std::exchange(end_hit_, std::nullopt);
        std::vector<Item> all = ended ? all_items(stream) : open_items(stream);
        begin_ = begin;
        end_hit_ = end;
        return all;
    }

    std::vector<Item> open_items(StreamName stream) {
        if (stream == StreamName::open) return calls(false);
        return stream == StreamName::wait ? waits(false) : std::vector<Item>();
    }

    std::vector<Item> all_items(StreamName stream) {
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
                const auto* text = std::get_if<std::string_view>(&hit(item.opening).fields[0]);
                if (text == nullptr || !item.opening_sure) return std::nullopt;
                key += "'" + std::string(*text) + "'";
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
            if (begin_) member.belongs = std::min(member.belongs, before(*begin_, item.opening));
            if (end_hit_)
                member.belongs = std::min(member.belongs, before(item.opening, *end_hit_));
            for (const Condition& condition : use.where)
                member.belongs = std::min(member.belongs, holds(condition, item));
            if (member.belongs != T::no) members.push_back(member);
        }
        return members;
    }
    std::vector<Member> select(const Use& use) { return filter(items(use.stream), use); }

    const std::vector<hits::Hit>& hits_;
    std::vector<hits::Loss> losses_;
    sema::HitScope scope_;
    std::uint64_t end_;
    bool cut_short_;
    std::optional<int> begin_;   ///< the hit after which the part that is looked at begins
    std::optional<int> end_hit_; ///< that before which it ends
};

} // namespace kps::reference
