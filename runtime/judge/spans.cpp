#include "runtime/judge/spans.hpp"

#include <algorithm>
#include <optional>

namespace kps::judge {

namespace {

/// The closing hits of one key, in order.
struct Closers {
    struct Closer {
        HitIndex hit;
        Truth belongs;
    };
    std::vector<Closer> all;
    std::vector<std::size_t> next_sure; ///< at or after each position, `all.size()` if none
};

void index_sure(Closers& closers) {
    std::size_t next = closers.all.size();
    closers.next_sure.assign(closers.all.size() + 1, next);
    for (std::size_t i = closers.all.size(); i-- > 0;) {
        if (closers.all[i].belongs == Truth::yes) next = i;
        closers.next_sure[i] = next;
    }
}

class SpanPairing {
public:
    SpanPairing(const Observation& seen, const sema::SpanStream& stream, const Side& to)
        : seen_(seen), losses_(seen.losses_of(stream.to.stream)) {
        for (std::size_t i = 0; i < to.selection.members.size(); ++i) {
            const auto& [item, belongs] = to.selection.members[i];
            if (const auto key = to.keys.of_members[i])
                by_key_[*key].all.push_back({item.opening, belongs});
            else
                keyless_.push_back(item.opening);
        }
        for (auto& [key, closers] : by_key_)
            index_sure(closers);
    }

    /// `key`: none if it is not known.
    [[nodiscard]] Item close(const Member& opening, const std::optional<KeyId>& key) {
        Item item{.opening = opening.item.opening, .exists = opening.belongs};
        if (!key) {
            item.exists = Truth::unknown;
            item.closing_sure = false;
            return item;
        }
        static const Closers no_closers{{}, {0}};
        const Closers* const known = by_key_.find(*key);
        const Closers& closers = known != nullptr ? *known : no_closers;
        const std::size_t sure = first_sure(closers, item.opening);
        const bool closed = sure < closers.all.size();
        const std::optional<HitIndex> possible = first_possible(closers, item.opening);
        if (closed) item.closing = closers.all[sure].hit;
        item.closing_sure = !rival(item, possible, closers, sure + 1);
        if (!closed && !item.closing_sure) item.exists = Truth::unknown;
        if (!closed && possible && *possible > item.opening) item.closing = *possible;
        return item;
    }

private:
    [[nodiscard]] std::size_t position_after(const Closers& closers, HitIndex hit) const {
        const auto at = std::ranges::upper_bound(closers.all, hit, {}, &Closers::Closer::hit);
        return static_cast<std::size_t>(at - closers.all.begin());
    }

    /// The first closer that belongs and comes after `opening` for sure.
    [[nodiscard]] std::size_t first_sure(const Closers& closers, HitIndex opening) const {
        std::size_t at = closers.next_sure[position_after(closers, opening)];
        while (at < closers.all.size() && seen_.before(opening, closers.all[at].hit) != Truth::yes)
            at = closers.next_sure[at + 1];
        return at;
    }

    /// The first that may belong and may come after `opening`.
    [[nodiscard]] std::optional<HitIndex> first_possible(const Closers& closers,
                                                         HitIndex opening) const {
        const std::size_t after = position_after(closers, opening);
        std::optional<HitIndex> first;
        if (after < closers.all.size()) first = closers.all[after].hit;
        const std::uint64_t time = seen_.time(opening);
        for (std::size_t i = after;
             i-- > 0 && time - seen_.time(closers.all[i].hit) < clock_skew_ns;)
            if (seen_.before(opening, closers.all[i].hit) == Truth::unknown)
                first = closers.all[i].hit;
        return first;
    }

    /// Whether something else than `item.closing` may have closed it. `next`: position of the
    /// closer after that one.
    [[nodiscard]] bool rival(const Item& item, std::optional<HitIndex> possible,
                             const Closers& closers, std::size_t next) const {
        const bool closed = item.closing != Item::none;
        if (possible && (!closed || *possible != item.closing)) return true;
        const std::uint64_t earliest = before_skew(seen_.time(item.opening));
        const std::uint64_t latest =
            closed ? add_saturated(seen_.time(item.closing), clock_skew_ns) : UINT64_MAX;
        if (losses_.overlap(earliest, latest)) return true;
        for (; closed && next < closers.all.size() && seen_.time(closers.all[next].hit) < latest;
             ++next)
            if (seen_.before(item.closing, closers.all[next].hit) == Truth::unknown) return true;
        auto keyless = std::ranges::lower_bound(keyless_, earliest, {},
                                                [&](HitIndex hit) { return seen_.time(hit); });
        for (; keyless != keyless_.end() && seen_.time(*keyless) <= latest; ++keyless) {
            const bool after_opening = seen_.before(item.opening, *keyless) != Truth::no;
            if (after_opening && (!closed || seen_.before(item.closing, *keyless) != Truth::yes))
                return true;
        }
        return false;
    }

    const Observation& seen_;
    Losses losses_;
    ByKey<Closers> by_key_;
    std::vector<HitIndex> keyless_; ///< may close a span of any key
};

} // namespace

Occurrences pair_spans(const Observation& seen, const sema::SpanStream& stream, const Side& from,
                       const Side& to) {
    Occurrences found;
    SpanPairing pairing(seen, stream, to);
    for (std::size_t i = 0; i < from.selection.members.size(); ++i) {
        const Item item = pairing.close(from.selection.members[i], from.keys.of_members[i]);
        const bool open = item.closing == Item::none && item.closing_sure;
        (open ? found.open : found.items).push_back(item);
    }
    for (const Doubt& doubt :
         {from.selection.doubt, from.keys.doubt, to.selection.doubt, to.keys.doubt})
        found.doubt.add(doubt);
    return found;
}

} // namespace kps::judge
