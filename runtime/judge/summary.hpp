#pragma once

#include "runtime/judge/measure.hpp"
#include "runtime/judge/streams.hpp"

#include <functional>

/// The items of one use taken together, as far as a verdict and its report need them. It is the
/// same whether all of them were seen or the kernel summed them up and only the first crossed.
namespace kps::judge {

/// An item with a known value.
struct Ranked {
    Item item;
    Wide badness = 0; ///< the larger, the more the value speaks against the expectation
};

/// The items of one key.
struct Group {
    std::optional<Item> example; ///< the first, which tells the key
    /// Tells the key where there is no example.
    const hits::Summed::Cell* cell = nullptr;
    std::uint64_t sure = 0;       ///< items that surely belong
    std::uint64_t doubtful = 0;   ///< those that may not
    std::vector<Item> first;      ///< of the sure ones at most `max_evidence`
    Samples samples;              ///< of the sure ones
    std::vector<Ranked> extremes; ///< the worst, of equals the first; some if all values are wanted
    std::vector<std::uint64_t> buckets; ///< of a histogram, see `plan::histogram_buckets`
};

/// Items in the order in which they came to be: hits, calls by their return, spans by their begin.
struct Summary {
    bool keyed = false;
    std::vector<Group> groups; ///< in the order in which the keys were first seen; not keyed: one
    std::uint64_t keyless = 0; ///< items whose key is not known: of any group, or of a new one
    Doubt key_doubt;           ///< why
    std::uint64_t sure = 0;    ///< of all groups and without a key
    Doubtful doubtful;         ///< likewise

    // Of `every`.
    std::uint64_t violating = 0; ///< sure ones that surely violate the condition
    std::vector<Item> violating_first;
    Doubtful undecided; ///< those that may violate it

    /// Why values of sure items are not known.
    Doubt value_doubt;

    [[nodiscard]] bool empty() const { return sure + doubtful.count == 0; }
};

/// What is wanted of the values besides their number, extremes and sum.
enum class Wanted : std::uint8_t { sums, squares, values };
Wanted wanted_of(sema::Aggregate function);

Summary summarize(const Observation& seen, Streams& streams, const plan::Tally& asked,
                  Wanted wanted = Wanted::sums);

/// `tid 71, path "/etc"`
std::string print_key(const Observation& seen, const plan::Tally& asked, const Group& group);

/// What came of all groups.
struct Outcome {
    const Group* failing = nullptr; ///< the first that surely fails
    std::size_t failing_count = 0;
    const Group* open = nullptr; ///< the first of which it cannot be told
    /// Each that fails alone could have been mended by what is missing, but not all of them.
    bool fails_by_number = false;
};

/// A group of which no item surely belongs may not be there, and so cannot fail. `missing`: how
/// many items there may be besides, each of any one group. `holds` tells of a group that may have
/// up to so many of them, and surely fails only if it does with fewer too.
Outcome judge_groups(const Summary& summary, std::uint64_t missing,
                     const std::function<Truth(const Group&, std::uint64_t)>& holds);

} // namespace kps::judge
