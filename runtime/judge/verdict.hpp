#pragma once

#include "runtime/hits/hit.hpp"

#include <string>
#include <variant>
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

/// What a count, an aggregate or `distinct` came to: between these two, whatever was lost or could
/// not be read; the same number twice if nothing was. Of times in nanoseconds.
struct Measured {
    double low = 0;
    double high = 0;
};

/// Of what is judged part by part: hits that something must follow, calls, keys.
struct Tainted {
    std::uint64_t slices = 0; ///< that cannot be told; UINT64_MAX if nobody knows how many
    std::uint64_t of = 0;     ///< of all
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
    /// Of a FAIL: hits before its evidence, of the same key or task; indexes into `Trace::hits`.
    std::vector<std::size_t> context = {};
    /// Of forms that measure one number, so not with `by`; none if there was nothing to measure.
    std::optional<Measured> measured = {};
    /// Set where it is INCONCLUSIVE only for hits that were lost: what these concern.
    std::optional<Tainted> tainted = {};
    /// A comparison with the same measure on the old kernel, see runtime/judge/baseline.hpp: the
    /// verdict is SKIP, for one run has no baseline.
    std::optional<sema::Comparison> against_baseline = {};
};

inline constexpr std::size_t max_evidence = 5;
inline constexpr std::size_t max_context = 3;

/// How often each power of two occurs.
struct Histogram {
    struct Bucket {
        bool negative = false; ///< all below 0; `low` and `high` say nothing
        std::uint64_t low = 0;
        std::uint64_t high = 0; ///< both belong to it
        std::string text;       ///< `8..15`, `8.19 us..16.4 us`
        std::uint64_t count = 0;
    };
    std::string field;
    std::uint64_t values = 0;
    std::vector<Bucket> buckets; ///< from the lowest to the highest that occurs, without gaps
};

/// The keys with the most hits.
struct Top {
    struct Row {
        std::string key; ///< `comm "cat"`
        std::uint64_t count = 0;
    };
    std::vector<Row> rows; ///< the most first, of equals by their text
    std::uint64_t more_keys = 0;
    std::uint64_t more_hits = 0; ///< theirs
};

/// One histogram for each of the keys with the most values.
struct Histograms {
    struct Row {
        std::string key;
        Histogram histogram;
    };
    std::vector<Row> rows; ///< the most first, of equals by their text; at most `max_histograms`
    std::uint64_t more_keys = 0;
};
inline constexpr std::size_t max_histograms = 10;

/// The first hits, or calls with both hits, in the order of time.
struct Hits {
    std::vector<std::vector<std::size_t>> items; ///< indexes into `Trace::hits`
    std::uint64_t more = 0;                      ///< beyond `max_shown_hits`
};
inline constexpr std::size_t max_shown_hits = 1000;

/// What became of one `show`.
struct Shown {
    std::variant<Histogram, Top, Histograms, Hits> node;
    std::string text; ///< the spec's words
    Span span;
    std::vector<std::string> remarks; ///< what it does not count
};

struct TestResult {
    std::string name;
    Verdict verdict = Verdict::pass;
    std::string reason; ///< of a SKIP or ERROR
    Span span;
    std::vector<Finding> findings;
    std::vector<Shown> shows; ///< as many as the test's
    /// What holds for the whole test: loss, orphans, alternatives.
    std::vector<std::string> remarks;
};

} // namespace kps::judge
