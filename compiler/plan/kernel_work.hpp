#pragma once

#include "compiler/semantics/resolved.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// How one test's work is divided where the kernel can compute (BPF): what is summed up there, and
/// which hits cross to user space because something is judged there.
namespace kps::plan {

/// What of a test something is done for.
struct Subject {
    enum class Kind : std::uint8_t { expectation, witness, show };
    Kind kind = Kind::expectation;
    std::size_t index = 0; ///< into the test's vector of that kind

    bool operator==(const Subject&) const = default;
};

/// Which items cross as evidence besides the first doubtful ones and, of `every`, the first
/// undecided ones. Firsts are at most `max_evidence` of a kind for each cell and CPU. An item
/// without a known value is never an extreme.
enum class Evidence : std::uint8_t {
    none,
    members,   ///< the first that surely belong
    violating, ///< the first that surely belong and violate the condition
    lowest,    ///< each member whose value is lower than all before in its cell on its CPU
    highest,   ///< each member whose value is higher than all before
    farthest,  ///< each member whose distance from `Tally::centre` (2^64 - 1 if it is more than
               ///< that) is larger than all before
};
inline constexpr std::uint32_t max_evidence = 5;

/// Counters that the kernel keeps over the items of one use. One cell of words; with a key one for
/// each key and one for the items of which a part of the key is not known, or for whose key there
/// was no room: of these the first members cross whatever `evidence` is. Words are of 64 bits,
/// start at 0 and are added up over the CPUs, except those marked (max).
enum class Form : std::uint8_t {
    hits,      ///< members, doubtful
    every,     ///< members, doubtful, violating, undecided
    values,    ///< members, doubtful, readable, low (max), high (max), sum of low halves, sum of
               ///< high halves, badness (max)
    histogram, ///< members, doubtful, readable, then `histogram_buckets` words
};
/// `members`: surely belong; `doubtful`: may or may not. `violating` of the members: the condition
/// surely does not hold; `undecided`: of members or doubtful items, it is not known or known to be
/// violated by a doubtful one. `readable`: members whose value is known. A value is made to order
/// like an unsigned number by flipping the sign bit of a signed one: `high` is the largest such,
/// `low` the largest complement. Halves: of 32 bits; the high one is signed if the value is. Signed
/// is what is computed with as signed (`sema::integer_of`), so all that is narrower than 64 bits.
struct Tally {
    Subject subject;
    Form form = Form::hits;
    sema::StreamUse use;
    std::optional<sema::ExprId> condition = {}; ///< `every`
    std::optional<std::uint32_t> field = {};    ///< `values`, `histogram`
    /// Empty: one cell. `func` is a constant of the probe.
    std::vector<std::uint32_t> key = {};
    Evidence evidence = Evidence::none; ///< with a key, the first member of each is evidence too
    std::int64_t centre = 0;
};

/// What is asked of the items that an expectation, witness or show is about, wherever it is
/// computed. A quantile needs more than a tally has.
Tally tally_of(Subject subject, const sema::ExpectExists& expect);
Tally tally_of(Subject subject, const sema::ExpectCount& expect);
Tally tally_of(Subject subject, const sema::ExpectEvery& expect);
Tally tally_of(Subject subject, const sema::ExpectAggregate& expect);
Tally tally_of(Subject subject, const sema::StreamUse& witness);
Tally tally_of(Subject subject, const sema::ShowHistogram& show);
Tally tally_of(Subject subject, const sema::ShowTop& show);

/// Bucket 0: negative values; 1: zero; 2 + n: those from 2^n to 2^(n+1) - 1.
inline constexpr std::uint32_t histogram_buckets = 66;

std::uint32_t words_of(Form form);

/// Hits that cross: those of a stream of hits that the conditions may select; of a stream of calls
/// every entry and every return, also those without the other.
struct Sent {
    Subject subject;
    sema::StreamUse use;
    std::string why; ///< why it is not summed up in the kernel
};

struct KernelWork {
    std::vector<Tally> tallies;
    std::vector<Sent> sent;
    /// Streams of calls that tallies are about: the kernel pairs them.
    std::vector<sema::StreamId> calls;
};

/// `Sent::why` of everything where pushdown is not wanted.
inline constexpr const char* pushdown_off = "pushdown is off";

/// `pushdown` false: everything is judged in user space.
KernelWork divide(const sema::ResolvedSpec& spec, const sema::Test& test, bool pushdown);
/// What is pushed down and why the rest is not, for `--emit=plan`.
std::string dump(const sema::ResolvedSpec& spec, const sema::Test& test, const KernelWork& work);

/// Where things stand in the maps of the object made for a test.
///
/// `sums` (per-CPU array, one entry): `call_words` words for each of `KernelWork::calls`, then a
/// cell for each tally; with a key, that of the items without a known key. `keys_N` (hash) for
/// tally N with a key: its parts in order, an integer as 8 bytes (extended by its sign) followed by
/// 8 bytes 1 if it is signed and negative, a string as `key_string_bytes` bytes, NUL-padded; the
/// value is a cell. `losses` (array, one entry a probe): count, first time, last time (ns) of hits
/// that happened and were not recorded.
inline constexpr std::uint32_t call_words = 4; ///< entered, ended, orphans, open below a later call
inline constexpr std::uint32_t key_string_bytes = 64;
struct SumsLayout {
    std::vector<std::uint32_t> calls;   ///< index of the first word
    std::vector<std::uint32_t> tallies; ///< one each
    std::uint32_t words = 0;
};
SumsLayout sums_layout(const KernelWork& work);

} // namespace kps::plan
