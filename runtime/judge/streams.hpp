#pragma once

#include "runtime/judge/fields.hpp"

#include <map>
#include <memory>
#include <span>
#include <unordered_map>

namespace kps::judge {

/// Everything that a stream consists of, before any `where`.
struct Occurrences {
    std::vector<Item> items;         ///< by opening hit; calls and spans that were seen to end
    std::vector<std::size_t> by_end; ///< of calls: indexes into `items` in the order of their ends
    std::vector<Item> open;          ///< those that were not seen to end
    std::size_t orphans = 0; ///< returns without an entry: in flight before the probes were live
    Doubt doubt;             ///< why some spans may not be closed by the hit they have
};

/// A use's stream and conditions: two with the same select the same.
std::string text_of(const sema::ResolvedSpec& spec, const sema::StreamUse& use);

/// Of a call by these hits how sure it is that they belong together.
Item paired_call(const Observation& seen, const Losses& losses, HitIndex opening, HitIndex closing);

/// Those of `items`, which are in order, that may begin in the part that is looked at.
std::span<const Item> in_part(const Observation& seen, const std::vector<Item>& items);

/// Whether an item belongs to what is narrowed by the conditions of `use`.
Truth truth_of(Reader& reader, const sema::StreamUse& use, const Item& item);

/// Items of which something is not known.
struct Doubtful {
    std::uint64_t count = 0;
    std::vector<Item> first; ///< at most `max_evidence`
    Doubt doubt;             ///< why
};

/// One item of a stream with conditions.
struct Member {
    Item item;
    Truth belongs = Truth::yes; ///< never `no`

    /// Whether it belongs and began with the hit that it has: a pair that lost hits may have torn
    /// apart does not tell when the call began.
    [[nodiscard]] Truth stands() const { return item.opening_sure ? belongs : Truth::unknown; }
};

struct Selection {
    std::vector<Member> members; ///< by opening hit
    std::vector<Member> open;    ///< began and were not seen to end
    std::size_t sure = 0;        ///< how many of `members` belong for sure
    Doubt doubt;                 ///< why the others may not

    [[nodiscard]] Doubtful doubtful() const;
};

/// The keys of a selection's items; none where one is not known.
struct ItemKeys {
    std::vector<std::optional<KeyId>> of_members;
    std::vector<std::optional<KeyId>> of_open;
    Doubt doubt; ///< why
};

/// The streams of one test, each paired once; what several expectations select is selected once.
///
/// Calls: see `Calls`. If a hit of either probe may have been lost between the two, the pair is
/// kept as a call that happened, but what its hits say is not sure. Spans: each opening hit is
/// closed by the next closing hit of its key, so that one hit may close several.
class Streams {
public:
    explicit Streams(const Observation& seen) : seen_(seen) {}

    const Occurrences& occurrences(sema::StreamId stream);
    /// How many returns of it had no entry, and how many calls or spans had not ended.
    struct Unjudged {
        std::uint64_t orphans = 0;
        std::uint64_t open = 0;
    };
    Unjudged unjudged(sema::StreamId stream);
    std::shared_ptr<const Selection> select(const sema::StreamUse& use);
    /// Of the items of `select(use)`; `key`: indexes of fields.
    std::shared_ptr<const ItemKeys> keys(const sema::StreamUse& use,
                                         const std::vector<std::uint32_t>& key);

private:
    Occurrences hits_of(const sema::HitStream& stream) const;
    Occurrences calls_of(const Calls& calls, const Losses& losses) const;
    Occurrences spans_of(const sema::SpanStream& stream);
    Selection selected(const sema::StreamUse& use);
    [[nodiscard]] ItemKeys keys_of(const sema::StreamUse& use, const Selection& selection,
                                   const std::vector<std::uint32_t>& key) const;

    const Observation& seen_;
    std::unordered_map<sema::StreamId, std::unique_ptr<Occurrences>> known_;
    // Of the whole run.
    std::map<std::string, std::shared_ptr<const Selection>> selections_; ///< by use as text
    using Keyed = std::pair<const Selection*, std::vector<std::uint32_t>>;
    std::map<Keyed, std::shared_ptr<const ItemKeys>> keys_;
};

} // namespace kps::judge
