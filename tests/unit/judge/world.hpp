#pragma once

#include "runtime/judge/judge.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kps::judge {

inline constexpr auto pass = Verdict::pass;
inline constexpr auto fail = Verdict::fail;
inline constexpr auto inconclusive = Verdict::inconclusive;

/// A small spec and a trace of it, built in few words. Probes: `open.enter` with `path` (string)
/// and `flags` (u32), `open.exit` with `ret` (s64, errno), `tick` with `value` (s32) and `id`
/// (u64). Streams: the three, the call `open`, and the span `wait` from each tick with value 1 to
/// the next with value 2 of the same id.
class World {
public:
    World();

    sema::StreamId enter, exit, open, tick, wait;

    [[nodiscard]] std::uint32_t field(sema::StreamId stream, const std::string& name) const;
    sema::ExprId compare(sema::StreamId stream, const std::string& name, sema::BinaryOp op,
                         std::int64_t value);
    sema::ExprId is_path(sema::StreamId stream, std::string path);
    [[nodiscard]] sema::StreamUse use(sema::StreamId stream,
                                      std::vector<sema::ExprId> where = {}) const;

    /// Hits in the order of time. Strings of `entered` are paths.
    World& entered(std::uint64_t time, std::uint32_t tid, hits::Value path = "/etc");
    World& returned(std::uint64_t time, std::uint32_t tid, std::int64_t ret);
    World& ticked(std::uint64_t time, std::uint32_t tid, hits::Value value, hits::Value id = 0UL,
                  std::uint32_t cpu = 0);
    World& lost(std::uint64_t count, std::optional<sema::ProbeId> probe = std::nullopt,
                std::uint64_t begin = 0, std::uint64_t end = UINT64_MAX);

    TestResult run();
    /// The finding of the one expectation.
    template <class Form>
    Finding judge(Form form) {
        test.expectations = {{std::move(form), "expect it", {}, std::nullopt}};
        return run().findings.back();
    }

    sema::ResolvedSpec spec;
    sema::Test test;
    hits::Trace trace;

    static constexpr sema::ProbeId enter_probe{0}, exit_probe{1}, tick_probe{2};

private:
    sema::StreamId add_stream(std::string name, decltype(sema::Stream::node) node,
                              const std::vector<sema::ProbeId>& sides, bool has_duration);
    World& hit(sema::ProbeId probe, std::uint64_t time, std::uint32_t tid, std::uint32_t cpu,
               std::vector<hits::Value> fields);
};

/// The values in the trace's own storage, with their texts.
std::span<const hits::Value> keep(hits::Trace& trace, std::vector<hits::Value> values);

inline std::uint64_t bits(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

} // namespace kps::judge
