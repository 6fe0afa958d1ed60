#include "runtime/cli/job.hpp"

#include <algorithm>

namespace kps::cli {

namespace {

/// The longest `within`. Hits of the workload's process tree end with it, so a test of that scope
/// has nothing to wait for.
std::uint64_t drain_of(const sema::Test& test) {
    if (test.scope == sema::HitScope::workload) return 0;
    std::uint64_t longest = 0;
    for (const sema::Expectation& expectation : test.expectations)
        if (const auto* then = std::get_if<sema::ExpectThen>(&expectation.node))
            longest = std::max(longest, then->within_ns.value_or(0));
    return std::min(longest, max_drain_ns);
}

bool shows_symbols(const sema::Probe& probe) {
    return std::ranges::any_of(probe.fields, [](const sema::Field& field) {
        return field.type.display == sema::Display::symbol;
    });
}

} // namespace

collect::Job job_for(const sema::ResolvedSpec& spec, const sema::Test& test,
                     const std::string& group, std::uint32_t number, std::uint32_t limit_s) {
    collect::Job job;
    job.id = number;
    job.instance = group;
    job.group = group;
    job.scope =
        test.scope == sema::HitScope::system ? collect::Scope::system : collect::Scope::workload;
    job.setup = test.setup;
    job.background = test.background;
    for (const sema::Run& run : test.runs)
        job.run.push_back({run.command, run.user, run.within_ns});
    job.watch_ns = test.watch_ns;
    job.drain_ns = drain_of(test);
    job.cleanup = test.cleanup;
    job.limit_ns = std::uint64_t{limit_s} * 1'000'000'000;
    job.names_symbols = std::ranges::any_of(
        test.probes, [&](sema::ProbeId probe) { return shows_symbols(spec.probes[probe]); });
    return job;
}

} // namespace kps::cli
