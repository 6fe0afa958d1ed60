// The cost of judging, on a made-up trace that is held in memory.
//   bench_judge [HITS]   judges eight expectations one by one and together, in one thread

#include "runtime/judge/judge.hpp"
#include "tests/unit/judge/world.hpp"

#include <chrono>
#include <cstdlib>
#include <fmt/core.h>

namespace kps::bench {

namespace {

using judge::World;
using sema::CompareOp;

constexpr std::uint64_t tasks = 64;
constexpr std::uint64_t objects = 1000;
constexpr int rounds = 3;

/// Calls on 4 CPUs by 64 tasks, and within each call an object that is taken and given back.
void add_hits(World& world, std::uint64_t count) {
    world.test.scope = sema::HitScope::workload;
    std::uint64_t time = 10'000;
    std::uint64_t random = 1;
    for (std::uint64_t i = 0; i < count; i += 4) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        const auto tid = static_cast<std::uint32_t>(1 + (random >> 33) % tasks);
        const std::uint64_t object = (random >> 40) % objects;
        world.entered(time += 2'000, tid, "/etc/hostname");
        world.ticked(time += 2'000, tid, 1UL, object, tid % 4);
        world.ticked(time += 2'000, tid, 2UL, object, tid % 4);
        world.returned(time += 2'000 + (random >> 50), tid, 0);
    }
    world.trace.end_ns = UINT64_MAX;
}

sema::KeyedUse keyed(World& world, std::int64_t value) {
    const sema::ExprId is = world.compare(world.tick, "value", sema::BinaryOp::equal, value);
    return {world.use(world.tick, {is}), {world.field(world.tick, "id")}};
}

sema::Machine taken_and_given_back(World& world) {
    return {"object",
            {"free", "taken"},
            0,
            {true, false},
            {keyed(world, 1), keyed(world, 2)},
            {{0, 1, 0}, {1, 0, 1}}};
}

struct Case {
    const char* name;
    decltype(sema::Expectation::node) node;
};

std::vector<Case> cases(World& w) {
    const std::uint32_t tid = w.field(w.tick, "tid");
    const std::uint32_t of_call = w.field(w.open, "tid");
    const sema::ExprId good = w.compare(w.exit, "ret", sema::BinaryOp::greater_equal, 0);
    return {
        {"count", sema::ExpectCount{w.use(w.tick), {CompareOp::greater, 3}, {}}},
        {"every", sema::ExpectEvery{w.use(w.exit), false, good}},
        {"then within by key", sema::ExpectThen{{keyed(w, 1).use, keyed(w, 2).use},
                                                {keyed(w, 1).key, keyed(w, 2).key},
                                                1'000'000}},
        {"paired by key", sema::ExpectPaired{keyed(w, 1), keyed(w, 2)}},
        {"p99", sema::ExpectAggregate{sema::Aggregate::p99,
                                      w.use(w.open),
                                      w.field(w.open, "duration"),
                                      {CompareOp::less, 1'000'000'000},
                                      {}}},
        {"during", sema::ExpectDuring{true, {w.use(w.tick), {tid}}, {w.use(w.open), {of_call}}}},
        {"machine", sema::ExpectFollows{keyed(w, 1), taken_and_given_back(w)}},
        {"distinct",
         sema::ExpectDistinct{w.use(w.tick), w.field(w.tick, "id"), {CompareOp::less, 5'000}, {}}},
    };
}

void measure(const char* name, World& world) {
    using Clock = std::chrono::steady_clock;
    double best = 1e300;
    judge::Verdict verdict = judge::Verdict::pass;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = Clock::now();
        verdict = judge::judge(world.spec, world.test, world.trace).verdict;
        best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
    }
    const auto hits = static_cast<double>(world.trace.hits.size());
    fmt::print("{:<20} {:>7.2f} million hits/s  {}\n", name, hits / best / 1e6, to_string(verdict));
}

} // namespace

} // namespace kps::bench

int main(int argc, char** argv) {
    using namespace kps;
    bench::World world;
    bench::add_hits(world, argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2'000'000);
    const std::vector<bench::Case> all = bench::cases(world);
    for (const bench::Case& one : all) {
        world.test.expectations = {{one.node, one.name, {}, std::nullopt}};
        bench::measure(one.name, world);
    }
    world.test.expectations.clear();
    for (const bench::Case& one : all)
        world.test.expectations.push_back({one.node, one.name, {}, std::nullopt});
    bench::measure("all eight", world);
    return 0;
}
