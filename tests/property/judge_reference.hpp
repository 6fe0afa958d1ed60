#pragma once

#include "runtime/judge/verdict.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The rules of docs/verdicts.md once more, as plainly as they can be written: nothing is indexed,
/// everything is tried. Shares no code with the judge but the data it is given.
namespace kps::reference {

using judge::Verdict;
__extension__ using Number = __int128;

enum class StreamName : std::uint8_t { enter, exit, open, tick, wait };

/// Of `judge::World` (0: enter, 1: exit, 2: tick).
std::set<std::uint32_t> probes_of(StreamName stream);
/// Else of calls or spans.
bool is_of_hits(StreamName stream);

struct Condition {
    std::string field;
    sema::BinaryOp op = sema::BinaryOp::equal;
    std::int64_t bound = 0;
};

struct Use {
    StreamName stream = StreamName::tick;
    std::vector<Condition> where;
};

struct Form {
    enum class Kind : std::uint8_t {
        some,
        no,
        count,
        every,
        aggregate,
        distinct,
        then,
        only_after,
        paired,
        during_some,
        during_no,
        no_overlap,
        follows,
        no_gap
    };
    Kind kind = Kind::some;
    std::vector<Use> uses; ///< one, or those of an order as the form names them
    std::vector<std::string> key;
    sema::Comparison comparison; ///< count, aggregate
    bool per_second = false;     ///< count
    bool if_any = false;
    Condition condition;                 ///< every
    std::optional<std::uint64_t> within; ///< of orders; `over` of `no_gap`
    sema::Aggregate aggregate = sema::Aggregate::min;
    std::string field; ///< aggregate, distinct
    struct Scope {
        enum class Kind : std::uint8_t { after, before, between, after_until };
        Kind kind = Kind::after;
        Use first;
        Use second;
    };
    std::optional<Scope> scope;
    struct Machine { ///< it starts in state 0
        struct Edge {
            int from = 0;
            int to = 0;
            std::size_t event = 0;
        };
        std::vector<Use> events;
        std::vector<Edge> edges;
        std::vector<bool> accepts; ///< by state
    };
    Machine machine; ///< follows
};

/// Of a trace of the probes of `judge::World`.
Verdict judge(const Form& form, const hits::Trace& trace, sema::HitScope scope);

} // namespace kps::reference
