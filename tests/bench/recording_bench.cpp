// A recording of many hits, of what eight.kps looks at.
//   bench_recording FILE HITS   writes it: 64 tasks on four CPUs that copy seven bytes at a time

#include "runtime/recordings/writer.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/core.h>

namespace kps::bench {

namespace {

constexpr std::uint32_t cpus = 4;
constexpr std::uint32_t tasks = 64;

recordings::Sources sources() {
    using sema::Display;
    using sema::TypeKind;
    const sema::ValueType pointer{TypeKind::integer, 8, false, 0, Display::hex};
    const sema::ValueType number{TypeKind::integer, 8, false, 0, Display::decimal};
    const sema::ValueType result{TypeKind::integer, 8, true, 0, Display::decimal};
    recordings::Sources all{.path = "eight.kps", .sources = {}, .enums = {}};
    for (const char* enter : {"read.enter", "write.enter"})
        all.sources.push_back({"", enter, {{"file", pointer}, {"count", number}}});
    all.sources.push_back({"", "read.exit", {{"ret", result}}});
    return all;
}

/// Each CPU runs one task after the other, which reads and writes once.
class Copying {
public:
    explicit Copying(hits::Trace& trace) : trace_(trace) {}

    /// At least `count` hits: everything that is begun is ended.
    void fill(std::uint64_t count) {
        while (trace_.hits.size() < count)
            step(*std::ranges::min_element(cpus_, {}, &Cpu::time_ns));
        for (Cpu& cpu : cpus_)
            while (cpu.next != 0) {
                cpu.time_ns = trace_.hits.back().time_ns + 2'000;
                step(cpu);
            }
    }

private:
    struct Cpu {
        std::uint64_t time_ns = 10'000;
        std::uint32_t tid = 0;
        std::size_t next = 0; ///< which of `steps`
    };

    static constexpr std::array<std::uint32_t, 3> steps = {0, 2, 1}; ///< sources

    void step(Cpu& cpu) {
        const auto number = static_cast<std::uint32_t>(&cpu - cpus_.data());
        if (cpu.next == 0) cpu.tid = 1 + number + cpus * random(tasks / cpus);
        hits::Hit hit;
        hit.probe = {steps.at(cpu.next)};
        hit.time_ns = cpu.time_ns;
        hit.cpu = number;
        hit.tid = hit.pid = cpu.tid;
        hit.comm = "dd";
        const auto fields = trace_.storage->make<hits::Value>(hit.probe.value == 2 ? 1 : 2);
        fields.front() = 0xffff'8880'0000'0000 + (hit.probe.value << 8);
        fields.back() = std::uint64_t{7};
        hit.fields = fields;
        trace_.hits.push_back(hit);
        cpu.next = (cpu.next + 1) % steps.size();
        cpu.time_ns += 400 + random(1'000);
    }

    std::uint32_t random(std::uint32_t limit) {
        random_ = random_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::uint32_t>((random_ >> 33) % limit);
    }

    hits::Trace& trace_;
    std::array<Cpu, cpus> cpus_;
    std::uint64_t random_ = 1;
};

int write(const char* path, std::uint64_t count) {
    recordings::Recording about;
    about.made_by = "bench_recording";
    auto writer = recordings::Writer::create(path, about);
    if (!writer) return fmt::print(stderr, "{}\n", writer.error().message), 1;
    recordings::Observed test;
    test.test = "all eight";
    test.sources = writer->add(sources());
    hits::Trace& trace = test.trace;
    trace.hits.reserve(count + 2 * cpus);
    Copying(trace).fill(count);
    trace.runs.push_back({"true", 0, 0, false, 1'000'000, ""});
    trace.end_ns = trace.hits.back().time_ns + 10'000;
    writer->add(test);
    const auto written = writer->finish();
    if (!written) return fmt::print(stderr, "{}\n", written.error().message), 1;
    return 0;
}

} // namespace

} // namespace kps::bench

int main(int argc, char** argv) {
    if (argc == 3) return kps::bench::write(argv[1], std::strtoull(argv[2], nullptr, 10));
    fmt::print(stderr, "usage: bench_recording FILE HITS\n");
    return 2;
}
