#pragma once

#include "runtime/judge/streams.hpp"
#include "runtime/judge/verdict.hpp"

#include <string_view>

/// What the findings of several forms have in common.
namespace kps::judge {

/// The hits of an item, the opening one first.
std::vector<std::size_t> hits_of(const Item& item);

/// Adds up to `max_evidence`, counts what is more.
void add_evidence(Finding& finding, const Item& item, std::string note = {},
                  std::vector<std::string> decisive = {});

/// Never exercised: FAIL, or INCONCLUSIVE where it may have been and was not seen. `what`: the
/// stream's words.
void set_never_exercised(Finding& finding, const std::string& what, const Doubtful& doubtful,
                         const Losses& losses);

/// FAIL of an expectation of which nothing was seen, where nothing that was lost could be what is
/// expected.
void set_beyond_repair(Finding& finding, const std::string& what);

/// To the reason of one key's failure. `by_number`: it could be mended, but not with all others.
void add_other_failures(Finding& finding, std::size_t others, bool by_number);

/// INCONCLUSIVE because of what was lost or is in doubt; the reason says which.
void set_inconclusive(Finding& finding, const Losses& losses, const Doubt& doubt);

/// Makes PASS of what is INCONCLUSIVE only for tainted slices, if these are at most so many percent
/// of all; else the reason says how many they are.
void allow_tainted(Finding& finding, std::uint32_t percent);

/// Remarks on what is not judged, as it began before anything counted.
std::string orphan_hits(const std::string& closer, std::size_t hits);
std::string orphan_keys(const std::string& machine, std::size_t keys);

/// The items that may or may not belong, as evidence.
void show_doubtful(Finding& finding, const Doubtful& doubtful);

/// The first of `count` items as evidence.
void show_first(Finding& finding, const std::vector<Item>& first, std::uint64_t count,
                const std::string& note, const std::vector<std::string>& decisive);

} // namespace kps::judge
