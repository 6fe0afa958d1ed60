#include "tests/unit/hits/captured.hpp"

#include <fmt/ranges.h>
#include <gmock/gmock.h>

namespace kps::hits {
namespace {

std::string show(const Value& value, const sema::ValueType& type) {
    if (std::holds_alternative<Unreadable>(value)) return "?";
    if (const auto* integer = std::get_if<std::uint64_t>(&value))
        return type.is_signed ? std::to_string(static_cast<std::int64_t>(*integer))
                              : std::to_string(*integer);
    if (const auto* list = std::get_if<Elements>(&value))
        return fmt::format("[{:x}]", fmt::join(*list, " "));
    const auto text = std::get<std::string_view>(value);
    if (type.kind == sema::TypeKind::string) return fmt::format("\"{}\"", text);
    std::string hex;
    for (const char c : text)
        hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return hex.substr(0, 24);
}

/// One line: whose, which probe, its fields. Task numbers count from the root's.
std::string show(const Hit& hit, const Captured& captured) {
    const plan::Probe& probe = captured.plan[hit.probe];
    std::string line = fmt::format("{} {}/{} {}", hit.comm, hit.pid - captured.root,
                                   hit.tid - captured.root, probe.name);
    for (std::size_t i = 0; i < probe.fields.size(); ++i)
        line += " " + show(hit.fields[i], probe.fields[i].type);
    return line;
}

Trace decode(const Captured& captured, const std::string& prefix, bool with_root) {
    TraceBuilder builder(captured.plan, captured.job, sample_probes);
    for (const auto& message : captured.formats())
        builder.take(message);
    builder.take({7, collect::Mark{collect::Phase::probes_live, 1, 0}});
    if (with_root)
        builder.take({7, collect::Mark{collect::Phase::workload_started, 2, captured.root}});
    for (const auto& message : captured.pages(prefix))
        builder.take(message);
    builder.take({7, collect::Mark{collect::Phase::drained, UINT64_MAX - 1, 0}});
    builder.take({7, collect::Done{true}});
    auto trace = std::move(builder).finish();
    if (!trace) throw std::runtime_error(trace.error().message);
    return std::move(*trace);
}

class Kernel : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Captured, Kernel, testing::Values("6.1", "6.12"), [](const auto& version) {
    std::string name = "v" + version.param;
    name[2] = '_';
    return name;
});

TEST_P(Kernel, GivesTheHitsOfTheWorkload) {
    const Captured captured(GetParam());
    const Trace trace = decode(captured, "cpu", true);
    std::vector<std::string> lines;
    for (const Hit& hit : trace.hits)
        lines.push_back(show(hit, captured));
    // The empty paths are not told from the unreadable one: the sizes of the records do not allow
    // it. Before it was limited to the tree, the instance recorded the shell that set it up.
    std::erase_if(lines, [](const std::string& line) { return line.starts_with(" "); });
    EXPECT_THAT(
        lines,
        testing::ElementsAre(
            "w 1/1 open.enter \"/plain\" -100 32770 028000000000000000000000 2",
            "w 1/1 open.exit -2", "w 1/1 open.enter ? -100 32768 008000000000000000000000 0",
            "w 1/1 open.exit -2", "w 1/1 open.enter ? -100 32768 008000000000000000000000 0",
            "w 1/1 open.exit -14",
            "w 1/1 open.enter \"/tmp/o\" -100 32834 428000000000000080010000 2",
            "w 1/1 open.exit 3", "w 1/1 write 5 [6568 6c6c 6f]", "w 1/1 write 1 [200 2500 2061]",
            "w 1/1 sleep 0 0", "w 1/1 sleep 0 5000000", "w 1/1 sleep ? ?",
            "w 1/2 open.enter \"/from/thread\" -100 32768 008000000000000000000000 0",
            "w 1/2 open.exit -2",
            "cat 3/3 open.enter \"/in/child\" -100 32768 008000000000000000000000 0",
            "cat 3/3 open.exit -2", "cat 3/3 write 55 [6163 3a74 6320]",
            "w 1/1 open.enter \"/end\" -100 32768 008000000000000000000000 0", "w 1/1 open.exit -2",
            "cat 4/4 open.enter ? -100 32768 008000000000000000000000 0", "cat 4/4 open.exit -2",
            "cat 4/4 write 46 [6163 3a74 6320]",
            "cat 0/0 open.enter \"/last\" -100 32768 008000000000000000000000 0",
            "cat 0/0 open.exit -2", "cat 0/0 write 51 [6163 3a74 6320]"));
}

TEST_P(Kernel, NoticesTheWriteThatWasTooLargeForTheBuffer) {
    const Captured captured(GetParam());
    const Trace trace = decode(captured, "cpu", true);
    ASSERT_EQ(trace.losses.size(), 1U);
    const Loss& loss = trace.losses.front();
    EXPECT_EQ(loss.probe, sema::ProbeId{2});
    EXPECT_EQ(loss.count, 1U);
    EXPECT_THAT(loss.cause, testing::HasSubstr("too large"));
    // between the write before and the one after
    std::vector<const Hit*> writes;
    for (const Hit& hit : trace.hits)
        if (hit.probe == sema::ProbeId{2} && hit.pid == captured.root + 1) writes.push_back(&hit);
    ASSERT_EQ(writes.size(), 2U);
    EXPECT_EQ(loss.cpu, writes[0]->cpu);
    EXPECT_GE(loss.begin_ns, writes[0]->time_ns);
    EXPECT_LE(loss.end_ns, writes[1]->time_ns);
}

TEST_P(Kernel, HasTheHitsInTheOrderOfTime) {
    const Trace trace = decode(Captured(GetParam()), "cpu", false);
    EXPECT_TRUE(std::ranges::is_sorted(trace.hits, {}, &Hit::time_ns));
}

TEST_P(Kernel, TellsWhereTheBufferWasOverrun) {
    const Trace trace = decode(Captured(GetParam()), "ovr_cpu", false);
    std::vector<const Loss*> overruns;
    for (const Loss& loss : trace.losses)
        if (loss.cause.contains("overrun")) overruns.push_back(&loss);
    ASSERT_EQ(overruns.size(), 2U);
    for (const Loss* loss : overruns) {
        EXPECT_GT(loss->count, 200U);
        EXPECT_LT(loss->count, 400U);
        EXPECT_LT(loss->end_ns, UINT64_MAX);
    }
}

} // namespace
} // namespace kps::hits
