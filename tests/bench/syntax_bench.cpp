#include "compiler/syntax/format.hpp"
#include "compiler/syntax/parse.hpp"

#include <benchmark/benchmark.h>

namespace kps::syntax {

namespace {

constexpr std::string_view spec = R"(# Opening a missing file fails cleanly and quickly.
import kps.vfs as vfs  # reusable probe library

requires kernel >= 5.6

const SLOW = 5ms

call open on do_sys_openat2 else do_sys_open {
    enter {
        dfd                           # a parameter by its own name; type from BTF
        path  : ustring = filename    # a user-space string
        flags : x64     = how->flags  # a field behind a pointer
    }
    exit { ret : s64 = retval }
}

test "a missing file yields ENOENT" {
    run "cat /nonexistent" exits 1

    let missing = open where path == "/nonexistent"

    expect count(missing) == 1
    expect every missing: ret == -ENOENT
    expect every missing: duration < SLOW
    expect no open where ret == -EFAULT
    expect open.enter then open.exit by tid within 1s
}
)";

/// About `bytes` of specs.
SourceSet source_of(std::size_t bytes) {
    std::string text;
    while (text.size() + spec.size() <= bytes)
        text += spec;
    SourceSet sources;
    sources.add("bench.kps", std::move(text));
    return sources;
}

void count_bytes(benchmark::State& state, const SourceSet& sources) {
    const auto bytes = static_cast<std::int64_t>(sources[SourceId{0}].text.size());
    state.SetBytesProcessed(state.iterations() * bytes);
}

void parse_text(benchmark::State& state) {
    const SourceSet sources = source_of(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        diag::Sink sink;
        benchmark::DoNotOptimize(parse(sources, SourceId{0}, sink));
    }
    count_bytes(state, sources);
}
BENCHMARK(parse_text)->Arg(1 << 10)->Arg(1 << 16)->Arg(1 << 20)->Arg(16 << 20);

void format_text(benchmark::State& state) {
    const SourceSet sources = source_of(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        diag::Sink sink;
        benchmark::DoNotOptimize(format(sources, SourceId{0}, sink));
    }
    count_bytes(state, sources);
}
BENCHMARK(format_text)->Arg(1 << 10)->Arg(1 << 16)->Arg(1 << 20)->Arg(16 << 20);

} // namespace

} // namespace kps::syntax
