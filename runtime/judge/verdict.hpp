#pragma once

#include "runtime/hits/hit.hpp"

#include <string>
#include <vector>

namespace kps::judge {

enum class Verdict : std::uint8_t { pass, fail, inconclusive, skip, xfail, xpass, error };

std::string_view to_string(Verdict verdict); ///< `PASS`, `FAIL`, ...

/// A hit (or a call: opening and closing hit) that shows why a verdict is what it is.
struct Evidence {
    std::vector<std::size_t> hits;     ///< indexes into `Trace::hits`; two for a call or span
    std::string note;                  ///< `ret is -2, not -13`, `no open.exit by tid 71 within 1s`
    std::vector<std::string> decisive; ///< names of the fields that decided, to be marked
};

/// What became of one expectation, one `run` or one `witness`.
struct Finding {
    Verdict verdict = Verdict::pass;
    std::string text; ///< the spec's words
    Span span;
    std::string seen;     ///< `2`, `-ENOENT`, `6.2 ms`; empty where there is no single value
    std::string expected; ///< `== 1`, `< 5 ms`
    std::string reason;   ///< one line; empty for a plain PASS
    std::string key;      ///< `tid 71`, for forms with `by`
    std::vector<Evidence> evidence;   ///< minimal; at most `max_evidence`
    std::size_t more_evidence = 0;    ///< how many were left out
    std::vector<std::string> remarks; ///< losses that matter, orphans, ...
};

inline constexpr std::size_t max_evidence = 5;

struct TestResult {
    std::string name;
    Verdict verdict = Verdict::pass;
    std::string reason; ///< of a SKIP or ERROR
    Span span;
    std::vector<Finding> findings;
    /// What holds for the whole test: loss, orphans, alternatives.
    std::vector<std::string> remarks;
};

} // namespace kps::judge
