#include "runtime/cli/gate_reports.hpp"
#include "runtime/cli/gate_runs.hpp"
#include "runtime/cli/gate_specs.hpp"
#include "runtime/cli/reports.hpp"
#include "runtime/cli/run_setup.hpp"
#include "runtime/cli/version.hpp"
#include "runtime/gate/shards.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace kps::cli {

namespace {

Result<gate::Shard> shard_for(const GateOptions& options) {
    if (!options.shard.empty()) return gate::read_shard(options.shard);
    return gate::shard_of([](const char* name) { return std::getenv(name); });
}

/// Tells gates apart whose results must not be joined: FNV-1a, 64 bits
/// (draft-eastlake-fnv), over all that a verdict may depend on.
class Fingerprint {
public:
    void add(std::string_view text) {
        for (const char c : fmt::format("{}:{}", text.size(), text)) {
            value_ ^= static_cast<unsigned char>(c);
            value_ *= 0x100000001b3;
        }
    }
    [[nodiscard]] std::string text() const { return fmt::format("{:016x}", value_); }

private:
    std::uint64_t value_ = 0xcbf29ce484222325;
};

std::string set_of(const GateOptions& options, const SourceSet& sources) {
    Fingerprint set;
    for (std::uint32_t i = 0; i < sources.size(); ++i)
        set.add(sources[SourceId{i}].text);
    set.add(options.run.backend);
    set.add(fmt::format("{} {} {} {}", options.run.memory_mib, options.run.cpus,
                        options.run.limit_s, options.tolerance));
    return set.text();
}

void deal_out(std::vector<gate::TestName>& tests, const GateOptions& options,
              const gate::Shard& shard) {
    for (std::size_t i = 0; i < tests.size(); ++i) {
        tests[i].shard = static_cast<std::uint32_t>(i % shard.count) + 1;
        if (options.repeat > 0) tests[i].repeats = options.repeat;
    }
}

int wrong(const Error& error, Terminal& terminal) {
    terminal.fail(error);
    return Exit::wrong_input;
}

} // namespace

int gate(const GateOptions& given, Terminal& terminal) {
    const auto started = std::chrono::steady_clock::now();
    GateOptions options = given;
    if (options.jobs == 0) options.jobs = std::max(1U, std::thread::hardware_concurrency());
    options.run.keep_hits = true;
    const auto operands = gate_operands(options.operands);
    if (!operands) return wrong(operands.error(), terminal);
    const auto shard = shard_for(options);
    if (!shard) return wrong(shard.error(), terminal);
    const auto waivers = waivers_of(options.waivers);
    if (!waivers) return wrong(waivers.error(), terminal);
    SourceSet sources;
    auto input = load_gate(options, *operands, sources, terminal);
    if (!input) return input.error();
    deal_out(input->tests, options, *shard);

    gate::Record record;
    record.version = version;
    record.set = set_of(options, sources);
    record.shard = *shard;
    record.started = utc_now();
    record.tolerance = options.tolerance;
    record.static_only = options.static_only;
    record.kernels = input->names;
    record.tests = input->tests;
    record.table = table_of(*input, sources);
    record.changes = changes_of(*input);
    const Interruption interruption;
    if (!options.static_only)
        record.runs = run_gate(*input, options, *shard, sources, interruption, terminal);
    record.duration_ns =
        static_cast<std::uint64_t>((std::chrono::steady_clock::now() - started).count());
    if (!interruption.asked()) return report_gate(record, *waivers, options.reports, terminal);
    // what a merge would take for the whole of a shard must not come to be
    report_gate(record, *waivers, {"text"}, terminal);
    terminal.err("kps: interrupted; no other report was written\n");
    return Exit::inconclusive;
}

int merge(const MergeOptions& options, Terminal& terminal) {
    const auto waivers = waivers_of(options.waivers);
    if (!waivers) return wrong(waivers.error(), terminal);
    std::vector<gate::Record> shards;
    for (const std::string& file : options.files) {
        const auto text = read_text(file);
        if (!text) return wrong(text.error(), terminal);
        auto record = gate::read_record(*text);
        if (!record)
            return wrong({fmt::format("{}: {}", file, record.error().message), record.error().hint},
                         terminal);
        shards.push_back(std::move(*record));
    }
    const auto whole = gate::merge(std::move(shards));
    if (whole) return report_gate(*whole, *waivers, options.reports, terminal);
    terminal.fail(whole.error().error);
    return whole.error().incomplete ? Exit::inconclusive : Exit::wrong_input;
}

} // namespace kps::cli
