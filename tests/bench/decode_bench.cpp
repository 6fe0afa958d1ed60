// The cost of decoding, on what a real kernel recorded.
//   bench_decode record KERNEL SPEC DIRECTORY   boots it, runs the spec's first test, and writes
//                                               DIRECTORY/recording and DIRECTORY/trace.dat
//   bench_decode time KERNEL SPEC DIRECTORY     decodes the recording again and again

#include "compiler/kernel/open.hpp"
#include "compiler/plan/lower.hpp"
#include "compiler/semantics/resolve.hpp"
#include "compiler/tracefs_backend/commands.hpp"
#include "runtime/collect/wire.hpp"
#include "runtime/hits/trace_builder.hpp"
#include "runtime/machine/machine.hpp"
#include "tests/bench/trace_dat.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fmt/core.h>
#include <fstream>
#include <iterator>

namespace kps::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int rounds = 15;
const std::string group = "kps_bench";

struct Work {
    plan::Plan plan;
    sema::Test test;
    collect::Job job;
};

Result<Work> prepare(const std::string& kernel_name, const std::string& path) {
    const auto kernel = kernel::open_kernel(kernel_name, {});
    if (!kernel) return std::unexpected(kernel.error());
    SourceSet sources;
    diag::Sink sink;
    const auto loaded = sema::load(path, {}, sources, sink);
    if (!loaded) return std::unexpected(loaded.error());
    const sema::ResolvedSpec spec = sema::resolve(*loaded, sources, **kernel, sink);
    if (sink.has_errors()) return fail(sink.sorted().front().message);
    Work work{plan::lower(spec, sink), spec.tests.at(0), {}};
    const auto commands = tracefs::emit(work.plan, work.test.probes, group, **kernel, sink);
    if (sink.has_errors()) return fail(sink.sorted().front().message);
    work.job.id = 1;
    work.job.group = group;
    work.job.instance = group;
    for (std::size_t i = 0; i < commands.define.size(); ++i)
        work.job.define.push_back({commands.files[i], commands.define[i]});
    work.job.enable = hits::events_to_enable(work.plan, work.test.probes, group);
    work.job.run = {{work.test.runs.at(0).command, {}, {}}};
    work.job.buffer_kib_per_cpu = 128 << 10;
    return work;
}

Result<std::vector<collect::Message>> record(const std::string& kernel, const Work& work) {
    machine::MachineOptions options;
    options.kernel = kernel;
    options.commands = {work.job.run.front().text};
    auto booted = machine::Machine::boot(options);
    if (!booted) return std::unexpected(booted.error().error);
    std::vector<collect::Message> messages;
    const auto ran = booted->run(
        work.job, [&](const collect::Message& message) { messages.push_back(message); },
        std::chrono::minutes(10));
    if (!ran) return std::unexpected(ran.error().error);
    return messages;
}

void write_recording(const std::string& directory, const std::vector<collect::Message>& messages) {
    std::ofstream recording(directory + "/recording", std::ios::binary);
    for (const collect::Message& message : messages) {
        std::vector<std::byte> bytes;
        collect::encode(message, bytes);
        for (const std::byte byte : bytes)
            recording.put(static_cast<char>(byte));
    }
    std::ofstream(directory + "/trace.dat", std::ios::binary) << trace_dat(messages);
}

Result<std::vector<collect::Message>> read_recording(const std::string& directory) {
    std::ifstream file(directory + "/recording", std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    collect::Reader<collect::Message> reader;
    reader.feed(std::as_bytes(std::span(text)));
    std::vector<collect::Message> messages;
    for (;;) {
        auto next = reader.next();
        if (!next) return std::unexpected(next.error());
        if (!*next) return messages;
        messages.push_back(std::move(**next));
    }
}

struct Times {
    std::vector<double> wall; ///< seconds of each round
    std::vector<double> processor;
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// In one thread; the time to free what was decoded is not in it.
Result<void> time(const Work& work, const std::vector<collect::Message>& messages) {
    Times times;
    std::size_t hits = 0;
    for (int round = 0; round < rounds; ++round) {
        const auto started = Clock::now();
        const std::clock_t began = std::clock();
        hits::TraceBuilder builder(work.plan, work.job, work.test.probes);
        for (const collect::Message& message : messages)
            builder.take(message);
        const auto trace = std::move(builder).finish();
        times.wall.push_back(std::chrono::duration<double>(Clock::now() - started).count());
        times.processor.push_back(static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC);
        if (!trace) return std::unexpected(trace.error());
        if (!trace->losses.empty()) return fail("hits were lost: " + trace->losses.front().cause);
        hits = trace->hits.size();
    }
    const auto rate = [&](const std::vector<double>& seconds) {
        return static_cast<double>(hits) / median(seconds) / 1e6;
    };
    fmt::print("{} hits in {:.0f} ms, {:.0f} ms of processor time: {:.2f} and {:.2f} million/s\n",
               hits, median(times.wall) * 1e3, median(times.processor) * 1e3, rate(times.wall),
               rate(times.processor));
    return {};
}

Result<void> run(const std::string& what, const std::string& kernel, const std::string& spec,
                 const std::string& directory) {
    const auto work = prepare(kernel, spec);
    if (!work) return std::unexpected(work.error());
    const auto messages = what == "record" ? record(kernel, *work) : read_recording(directory);
    if (!messages) return std::unexpected(messages.error());
    if (what != "record") return time(*work, *messages);
    write_recording(directory, *messages);
    return {};
}

} // namespace

} // namespace kps::bench

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() != 4 || (words[0] != "record" && words[0] != "time")) {
        std::fputs("usage: bench_decode record|time KERNEL SPEC DIRECTORY\n", stderr);
        return 2;
    }
    const auto done = kps::bench::run(words[0], words[1], words[2], words[3]);
    if (!done) fmt::print(stderr, "bench_decode: {}\n", done.error().message);
    return done ? 0 : 1;
}
