#include "runtime/hits/trace_builder.hpp"

#include "tests/unit/hits/captured.hpp"
#include "tests/unit/hits/page_writer.hpp"
#include "tests/unit/hits/told.hpp"

#include <gmock/gmock.h>
#include <random>

namespace kps::hits {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// A job with one probe `p` (event 100, one number) and its task events, told by hand.
class Told {
public:
    explicit Told(HitLimit limit = HitLimit()) {
        plan::SpecBuilder b;
        b.probe("p", "f").kind = sema::PointKind::function_return;
        b.field("n", b.add(sema::ReturnValue{}));
        diag::Sink sink;
        plan = plan::lower(b.spec, sink);
        job.id = 1;
        job.group = "g";
        job.define = {{"kprobe_events", "r:g/p f n=$retval:u64"}};
        job.run = {{"true", {}, {}}};
        job.background = {"server"};
        builder.emplace(plan, job, std::vector{sema::ProbeId{0}}, std::move(limit));
        const Captured captured("6.12");
        for (auto message : captured.formats()) {
            message.job = 1;
            builder->take(message);
        }
        tell(collect::EventFormat{
            {"g", "p"},
            "name: p\nID: 100\nformat:\n\tfield:unsigned short common_type; offset:0; size:2;\n"
            "\tfield:u64 n; offset:8; size:8; signed:0;\n"});
        tell(collect::Mark{collect::Phase::probes_live, live, 0});
    }

    void tell(decltype(collect::Message::body) body) { builder->take({1, std::move(body)}); }
    void tell(std::uint32_t cpu, const PageWriter& writer) {
        tell(collect::Page{cpu, writer.page()});
    }
    static std::string hit(std::uint32_t tid, char n) {
        std::string record(16, '\0');
        record[0] = 100;
        record[4] = static_cast<char>(tid);
        record[8] = n;
        return record;
    }
    Trace finish(bool drained = true) {
        if (drained) tell(collect::Mark{collect::Phase::drained, end, 0});
        tell(collect::Done{drained});
        auto trace = std::move(*builder).finish();
        EXPECT_TRUE(trace) << trace.error().message;
        return trace ? std::move(*trace) : Trace{};
    }

    plan::Plan plan;
    collect::Job job;
    std::optional<TraceBuilder> builder;
};

std::vector<std::uint64_t> numbers(const Trace& trace) {
    std::vector<std::uint64_t> result;
    for (const Hit& hit : trace.hits)
        result.push_back(std::get<std::uint64_t>(hit.fields.front()));
    return result;
}

TEST(TraceBuilder, MergesCpusByTime) {
    Told told;
    told.tell(0, PageWriter(2000).record(0, Told::hit(5, 1)).record(20, Told::hit(5, 4)));
    told.tell(1, PageWriter(2000).record(10, Told::hit(6, 2)).record(0, Told::hit(6, 3)));
    told.tell(0, PageWriter(2030).record(0, Told::hit(5, 5)));
    const Trace trace = told.finish();
    EXPECT_THAT(numbers(trace), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_EQ(trace.hits[1].cpu, 1U);
    EXPECT_EQ(trace.hits[1].tid, 6U);
    EXPECT_EQ(trace.live_ns, live);
    EXPECT_EQ(trace.end_ns, end);
    EXPECT_FALSE(trace.cut_short);
}

TEST(TraceBuilder, CountsAsLostWhatThereIsNoRoomFor) {
    Told told(HitLimit(2));
    told.tell(0, PageWriter(2000).record(0, Told::hit(5, 1)).record(20, Told::hit(5, 2)));
    told.tell(1, PageWriter(2010).record(0, Told::hit(6, 3)).record(5, Told::hit(6, 4)));
    told.tell(0, PageWriter(2030).record(0, Told::hit(5, 5)));
    const Trace trace = told.finish();
    EXPECT_THAT(numbers(trace), ElementsAre(1, 2));
    ASSERT_THAT(trace.losses, SizeIs(2));
    EXPECT_EQ(trace.losses[0].cpu, 0U);
    EXPECT_EQ(trace.losses[0].count, 1U);
    EXPECT_EQ(trace.losses[0].begin_ns, 2030U);
    EXPECT_EQ(trace.losses[1].cpu, 1U);
    EXPECT_EQ(trace.losses[1].count, 2U);
    EXPECT_EQ(trace.losses[1].begin_ns, 2010U);
    EXPECT_EQ(trace.losses[1].end_ns, 2015U);
    EXPECT_EQ(trace.losses[1].cause, "no more than 2 hits of a test are kept");
}

TEST(TraceBuilder, DropsWhatWasNotObservedByEveryProbe) {
    Told told;
    told.tell(0, PageWriter(live - 10).record(0, Told::hit(5, 1)).record(20, Told::hit(5, 2)));
    told.tell(0, PageWriter(end).record(0, Told::hit(5, 3)).record(1, Told::hit(5, 4)));
    EXPECT_THAT(numbers(told.finish()), ElementsAre(2, 3));
}

TEST(TraceBuilder, PutsLossesBetweenTheirNeighbours) {
    Told told;
    told.tell(0, PageWriter(2000).record(5, Told::hit(5, 1)));
    told.tell(0, PageWriter(3000).record(7, Told::hit(5, 2)).missed(4));
    told.tell(collect::CpuStats{0, 2, 6, 0, 1, 2});
    const Trace trace = told.finish();
    ASSERT_EQ(trace.losses.size(), 2U);
    EXPECT_EQ(trace.losses[0].begin_ns, 2005U);
    EXPECT_EQ(trace.losses[0].end_ns, 3007U);
    EXPECT_EQ(trace.losses[0].count, 4U);
    // two overruns that no page told of, and one dropped record
    EXPECT_EQ(trace.losses[1].count, 3U);
    EXPECT_EQ(trace.losses[1].begin_ns, live);
    EXPECT_EQ(trace.losses[1].end_ns, end);
}

TEST(TraceBuilder, NamesTheAddressesThatAreShownByName) {
    Told told;
    told.plan.probes[0].fields[0].type.display = sema::Display::symbol;
    told.job.names_symbols = true;
    std::string record = Told::hit(5, 0x10);
    record.replace(9, 7, "\0\0\x81\xff\xff\xff\xff", 7);
    told.tell(0, PageWriter(2000).record(0, record).record(1, Told::hit(5, 2)));
    told.tell(collect::KernelSymbols{kallsyms_begin});
    told.tell(collect::KernelSymbols{kallsyms_end});
    const Trace trace = told.finish();
    EXPECT_THAT(numbers(trace), ElementsAre(in_vfs_open, 2));
    EXPECT_THAT(trace.symbols, ElementsAre(testing::Pair(in_vfs_open, "vfs_open+0x10")));
    EXPECT_EQ(trace.without_hits().symbols, trace.symbols);
}

TEST(TraceBuilder, TakesMissedReturnsForLosses) {
    Told told;
    told.tell(collect::ProbeProfile{"p", 10, 3});
    told.tell(collect::ProbeProfile{"other", 10, 3});
    const Trace trace = told.finish();
    ASSERT_EQ(trace.losses.size(), 1U);
    EXPECT_EQ(trace.losses[0].probe, sema::ProbeId{0});
    EXPECT_EQ(trace.losses[0].count, 3U);
    EXPECT_THAT(trace.losses[0].cause, HasSubstr("missed 3 returns"));
}

TEST(TraceBuilder, HoldsADamagedPageForALoss) {
    Told told;
    told.tell(0, PageWriter(2000).record(5, Told::hit(5, 1)).header(20, 0).put(0, 4));
    told.tell(0, PageWriter(3000).record(7, Told::hit(5, 2)));
    const Trace trace = told.finish();
    EXPECT_THAT(numbers(trace), ElementsAre(1, 2));
    ASSERT_EQ(trace.losses.size(), 1U);
    EXPECT_EQ(trace.losses[0].begin_ns, 2005U);
    EXPECT_EQ(trace.losses[0].end_ns, 3007U);
    EXPECT_EQ(trace.losses[0].count, UINT64_MAX);
}

TEST(TraceBuilder, CountsARootFromItsProgramOn) {
    Told told;
    told.tell(collect::Mark{collect::Phase::workload_started, live, 5});
    told.tell(0, PageWriter(2000).record(0, Told::hit(5, 1)).record(1, Told::hit(6, 2)));
    EXPECT_THAT(numbers(told.finish()), ElementsAre(2));
}

TEST(TraceBuilder, SaysIfTheStartMayHaveBeenLost) {
    Told told;
    told.tell(collect::Mark{collect::Phase::workload_started, live, 5});
    told.tell(0, PageWriter(2000).record(0, Told::hit(5, 1)).missed(1));
    const Trace trace = told.finish();
    EXPECT_THAT(trace.losses.back().cause, HasSubstr("start of the workload"));
}

TEST(TraceBuilder, KeepsHowCommandsEnded) {
    Told told;
    using collect::CommandRole;
    told.tell(collect::CommandEnded{CommandRole::background, 0, -1, 15, false, 1, ""});
    told.tell(collect::CommandEnded{CommandRole::run, 0, 3, 0, true, 77, "out"});
    told.tell(collect::CommandEnded{CommandRole::background, 0, 2, 0, false, 1, "no port"});
    const Trace trace = told.finish();
    ASSERT_EQ(trace.runs.size(), 1U);
    EXPECT_EQ(trace.runs[0].command, "true");
    EXPECT_EQ(trace.runs[0].exit_status, 3);
    EXPECT_TRUE(trace.runs[0].timed_out);
    EXPECT_THAT(trace.failed_setup, ElementsAre("background `server` exited 2:\nno port"));
}

TEST(TraceBuilder, SaysWhyItWasCutShort) {
    Told refused;
    refused.tell(collect::Refused{0, 22, "caret"});
    EXPECT_EQ(refused.finish(false).cut_short,
              "the kernel refused `r:g/p f n=$retval:u64`:\ncaret");
    Told trouble;
    trouble.tell(0, PageWriter(2000).record(0, Told::hit(5, 1)));
    trouble.tell(collect::Trouble{"it took too long", ""});
    const Trace trace = trouble.finish(false);
    EXPECT_EQ(trace.cut_short, "it took too long");
    EXPECT_EQ(trace.end_ns, 2000U);
    Told known;
    known.tell(0, PageWriter(2000).record(0, Told::hit(5, 1)));
    known.tell(collect::ToldUntil{2500});
    EXPECT_EQ(known.finish(false).end_ns, 2500U);
    Told silent;
    EXPECT_THAT(std::move(*silent.builder).finish()->cut_short,
                testing::Optional(HasSubstr("stopped")));
}

TEST(TraceBuilder, FailsIfTheEventIsNotAsPlanned) {
    Told told;
    told.tell(collect::EventFormat{{"g", "p"}, "name: p\nID: 100\n"});
    EXPECT_FALSE(std::move(*told.builder).finish());
}

TEST(TraceBuilder, IgnoresOtherJobs) {
    Told told;
    told.builder->take({2, collect::Page{0, PageWriter(2000).record(0, Told::hit(5, 1)).page()}});
    EXPECT_THAT(numbers(told.finish()), ElementsAre());
}

TEST(TraceBuilder, SurvivesDamagedPages) {
    const Captured captured("6.12");
    std::mt19937 random(3);
    for (int round = 0; round < 300; ++round) {
        TraceBuilder builder(captured.plan, captured.job, sample_probes);
        for (const auto& message : captured.formats())
            builder.take(message);
        for (auto message : captured.pages("cpu")) {
            auto& bytes = std::get<collect::Page>(message.body).bytes;
            if (round % 3 == 0) bytes.resize(random() % bytes.size());
            for (int i = 0; i < 20 && !bytes.empty(); ++i)
                bytes[random() % bytes.size()] = std::byte(random());
            builder.take(message);
        }
        builder.take({7, collect::Done{true}});
        EXPECT_TRUE(std::move(builder).finish());
    }
}

} // namespace
} // namespace kps::hits
