#pragma once

#include "runtime/judge/streams.hpp"

/// What forms of orders look at: the items of all their streams, merged by time.
namespace kps::judge {

/// So many keys of one expectation are followed at a time; what more there are is unknown.
inline constexpr std::size_t max_open_keys = 65'536;

/// An item of one of a form's streams.
struct Step {
    std::size_t of = 0; ///< which of the streams
    Item item;
    /// Whether it belongs and began with the hit that it has.
    Truth stands = Truth::yes;
    bool open = false;        ///< a call or span that was not seen to end
    std::optional<KeyId> key; ///< none if it is not known
};

struct Steps {
    std::vector<Step> all; ///< by their opening hits
    Doubt doubt;           ///< why some do not stand for sure or have no key
};

Steps steps_of(Streams& streams, const std::vector<const sema::KeyedUse*>& uses);

/// Whether what a hit that was lost in [begin, end] was may have been an item that began in [begin,
/// end]. What a call or span was may hang on a later hit.
bool may_have_been_lost(const Observation& seen, const Losses& losses, sema::StreamId stream,
                        std::uint64_t begin_ns, std::uint64_t end_ns);

} // namespace kps::judge
