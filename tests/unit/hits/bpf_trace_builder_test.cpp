#include "runtime/hits/bpf_trace_builder.hpp"

#include "tests/unit/hits/bpf_sample.hpp"
#include "tests/unit/hits/sample_writer.hpp"
#include "tests/unit/hits/told.hpp"

#include <gmock/gmock.h>

namespace kps::hits {
namespace {

using bpf::enter;
using bpf::leave;
using bpf::tick;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A job told by hand.
class BpfTold {
public:
    explicit BpfTold(plan::KernelWork work = bpf::work(), HitLimit limit = HitLimit())
        : spec(bpf::spec()) {
        job.id = 1;
        job.bpf.emplace().attach = {
            {"on_open", collect::Attachment::Kind::kretprobe, {{"f", "", 0, 1}}, 0},
            {"on_any",
             collect::Attachment::Kind::kprobe_multi,
             {{"g", "", 0, 0}, {"h", "", 0, 2}},
             0},
        };
        builder.emplace(spec, std::move(work), job, std::move(limit));
        tell(collect::Mark{collect::Phase::probes_live, live, 0});
    }

    void tell(decltype(collect::Message::body) body) { builder->take({1, std::move(body)}); }
    void sample(const SampleWriter& writer) {
        std::vector<std::byte> bytes;
        add_sample(bytes, writer);
        tell(collect::Samples{std::move(bytes)});
    }
    Hit hit(sema::ProbeId probe, std::uint64_t time, std::vector<Value> values) {
        const std::span<Value> kept = storage.make<Value>(values.size());
        std::ranges::copy(values, kept.begin());
        return {probe, time, 3, 71, 70, "cat", kept};
    }
    void tick_at(std::uint64_t time, std::uint64_t n) {
        const Hit told = hit(tick, time, {n, "eth0", "mac-is", Unreadable{}});
        sample(SampleWriter().record(spec.probes[tick], told, true));
    }
    /// A call as evidence of tally 0.
    void call(std::uint64_t from, std::uint64_t to, bool sent = false) {
        SampleWriter writer;
        writer.record(spec.probes[enter], hit(enter, from, {"/etc", 0UL}), sent);
        writer.record(spec.probes[leave], hit(leave, to, {0UL}), sent, 3);
        sample(writer);
    }
    void sums(std::vector<std::uint64_t> words, std::uint32_t cpus) {
        tell(collect::MapContents{"sums", cpus, {{bytes_of({0}), bytes_of(words)}}});
    }
    static std::vector<std::byte> bytes_of(const std::vector<std::uint64_t>& words) {
        SampleWriter writer;
        for (std::size_t i = 0; i < words.size(); ++i)
            writer.put(i * 8, words[i]);
        return writer.bytes;
    }
    Result<Trace> result(bool drained = true) {
        if (drained) tell(collect::Mark{collect::Phase::drained, end, 0});
        tell(collect::Done{drained});
        return std::move(*builder).finish();
    }
    Trace finish(bool drained = true) {
        if (drained) sums(std::vector<std::uint64_t>(14), 1);
        auto trace = result(drained);
        EXPECT_TRUE(trace) << trace.error().message;
        return trace ? std::move(*trace) : Trace{};
    }

    sema::ResolvedSpec spec;
    collect::Job job;
    std::optional<BpfTraceBuilder> builder;
    Storage storage;
};

std::vector<std::uint64_t> times(const Trace& trace) {
    std::vector<std::uint64_t> all;
    for (const Hit& hit : trace.hits)
        all.push_back(hit.time_ns);
    return all;
}

TEST(BpfTraceBuilder, ReadsEveryKindOfField) {
    BpfTold told;
    std::uint64_t elements[] = {0xffff'ffff'ffff'ffff, 7};
    told.sample(SampleWriter().record(
        told.spec.probes[tick],
        told.hit(tick, 2000, {1UL << 40, "eth0", "mac-is", Elements(elements)}), true));
    told.sample(SampleWriter().record(told.spec.probes[leave],
                                      told.hit(leave, 3000, {0xffff'ffff'ffff'fffeUL}), true));
    told.sample(SampleWriter().record(told.spec.probes[enter],
                                      told.hit(enter, 4000, {Unreadable{}, 9UL}), true));
    const Trace trace = told.finish();
    ASSERT_THAT(trace.hits, SizeIs(3));
    EXPECT_EQ(trace.hits[0].cpu, 3U);
    EXPECT_EQ(trace.hits[0].tid, 71U);
    EXPECT_EQ(trace.hits[0].pid, 70U);
    EXPECT_EQ(trace.hits[0].comm, "cat");
    EXPECT_THAT(trace.hits[0].fields, ElementsAre(Value(1UL << 40), Value("eth0"), Value("mac-is"),
                                                  Value(Elements(elements))));
    EXPECT_THAT(trace.hits[1].fields, ElementsAre(Value(0xffff'ffff'ffff'fffeUL)));
    EXPECT_THAT(trace.hits[2].fields, ElementsAre(Value(Unreadable{}), Value(9UL)));
    EXPECT_THAT(trace.summed->sent, ElementsAre(true, true, true));
    EXPECT_THAT(trace.losses, IsEmpty());
}

TEST(BpfTraceBuilder, TakesLongStringsFromTheirOwnSamples) {
    BpfTold told;
    const std::string path(300, 'x');
    const Hit whole = told.hit(enter, 2000, {std::string_view(path), 0UL});
    told.sample(SampleWriter().long_string(whole, 0, path));
    told.sample(SampleWriter().record(told.spec.probes[enter], whole, true));
    const Hit torn = told.hit(enter, 3000, {std::string_view(path), 0UL});
    told.sample(SampleWriter().record(told.spec.probes[enter], torn, true));
    const Hit faulted = told.hit(enter, 4000, {std::string_view(path), 0UL});
    SampleWriter fault;
    fault.long_string(faulted, 0, path).put(plan::long_string_length, ~std::uint64_t{13});
    told.sample(fault);
    told.sample(SampleWriter().record(told.spec.probes[enter], faulted, true));
    const Hit of_call = told.hit(enter, 5000, {std::string_view(path), 0UL});
    told.sample(SampleWriter()
                    .record(told.spec.probes[enter], of_call, false)
                    .record(told.spec.probes[leave], told.hit(leave, 6000, {0UL}), false, 1));
    const Trace trace = told.finish();
    ASSERT_THAT(trace.hits, SizeIs(5));
    EXPECT_EQ(trace.hits[0].fields[0], Value(std::string_view(path)));
    EXPECT_EQ(trace.hits[1].fields[0], Value(Unreadable{})); // how it goes on is not known
    EXPECT_EQ(trace.hits[2].fields[0], Value(Unreadable{}));
    EXPECT_EQ(trace.hits[3].fields[0], Value(std::string_view(path).substr(0, 255)));
    EXPECT_THAT(trace.losses, IsEmpty());
}

TEST(BpfTraceBuilder, SortsHitsAndDropsWhatWasNotObserved) {
    BpfTold told;
    for (const std::uint64_t time : {live - 1, std::uint64_t{5000}, live, end, end + 1})
        told.tick_at(time, 1);
    EXPECT_THAT(times(told.finish()), ElementsAre(live, 5000U, end));
}

TEST(BpfTraceBuilder, CountsAsLostWhatThereIsNoRoomForButEvidence) {
    BpfTold told(bpf::work(), HitLimit(1));
    for (const std::uint64_t time : {2000U, 2001U, 2002U})
        told.tick_at(time, 1);
    told.call(3000, 3010);
    const Trace trace = told.finish();
    EXPECT_THAT(times(trace), ElementsAre(2000U, 3000U, 3010U));
    ASSERT_THAT(trace.losses, SizeIs(1));
    EXPECT_EQ(trace.losses[0].count, 2U);
    EXPECT_EQ(trace.losses[0].begin_ns, 2001U);
    EXPECT_EQ(trace.losses[0].end_ns, 2002U);
}

TEST(BpfTraceBuilder, KeepsTheOrderOfTheRingAmongEqualTimes) {
    BpfTold told;
    for (const std::uint64_t n : {5U, 4U, 6U})
        told.tick_at(5000, n);
    const Trace trace = told.finish();
    ASSERT_THAT(trace.hits, SizeIs(3));
    EXPECT_EQ(trace.hits[0].fields[0], Value(5UL));
    EXPECT_EQ(trace.hits[2].fields[0], Value(6UL));
}

TEST(BpfTraceBuilder, KnowsWhatIsOnlyEvidence) {
    BpfTold told;
    told.call(2000, 3000);
    told.tick_at(2500, 1);
    const Trace trace = told.finish();
    EXPECT_THAT(times(trace), ElementsAre(2000U, 2500U, 3000U));
    EXPECT_THAT(trace.summed->sent, ElementsAre(false, true, false));
    EXPECT_THAT(trace.summed->tallies[0].evidence, ElementsAre(Summed::Occurrence{0, 2}));
    EXPECT_THAT(trace.summed->tallies[1].evidence, IsEmpty()); // is not about calls
}

TEST(BpfTraceBuilder, TakesAHitThatCrossedTwiceForOne) {
    BpfTold told;
    told.sample(
        SampleWriter().record(told.spec.probes[enter], told.hit(enter, 2000, {"/etc", 0UL}), true));
    told.call(2000, 3000);
    told.call(1500, 4000, true);
    told.call(1500, 4000);
    const Trace trace = told.finish();
    EXPECT_THAT(times(trace), ElementsAre(1500U, 2000U, 3000U, 4000U));
    EXPECT_THAT(trace.summed->sent, ElementsAre(true, true, false, true));
    EXPECT_THAT(trace.summed->tallies[0].evidence,
                ElementsAre(Summed::Occurrence{1, 2}, Summed::Occurrence{0, 3}));
}

TEST(BpfTraceBuilder, AddsUpTheCpus) {
    BpfTold told;
    told.sums({10, 8, 1, 1, 5, 1, 4, 100, 50, 7, 9, 3, 2, 1, // cpu 0
               20, 2, 0, 0, 6, 0, 4, 90,  60, 7, 9, 4, 0, 1},
              2);
    const auto trace = told.result();
    ASSERT_TRUE(trace);
    const Summed::Calls& calls = trace->summed->calls.at(0);
    EXPECT_EQ(calls.entered, 30U);
    EXPECT_EQ(calls.ended, 10U);
    EXPECT_EQ(calls.orphans, 1U);
    EXPECT_EQ(calls.vanished, 1U);
    EXPECT_THAT(trace->summed->tallies[0].words, ElementsAre(11, 1, 8, 100, 60, 14, 18, 4));
    EXPECT_THAT(trace->summed->tallies[1].words, ElementsAre(2, 2));
}

TEST(BpfTraceBuilder, ReadsCellsByKey) {
    BpfTold told;
    SampleWriter key;
    key.put(0, 0xffff'ffff'ffff'fffe);
    key.put(8, 1);
    key.put_text(16, "eth0");
    key.bytes.resize(16 + plan::key_string_bytes);
    told.tell(collect::MapContents{"keys_1", 0, {{key.bytes, BpfTold::bytes_of({4, 1})}}});
    const Trace trace = told.finish();
    const Summed::Tally& tally = trace.summed->tallies[1];
    ASSERT_THAT(tally.cells, SizeIs(1));
    EXPECT_THAT(tally.cells[0].key, ElementsAre(Value(0xffff'ffff'ffff'fffeUL), Value("eth0")));
    EXPECT_THAT(tally.cells[0].words, ElementsAre(4, 1));
}

TEST(BpfTraceBuilder, NamesTheAddressesOfHitsAndKeys) {
    BpfTold told;
    told.job.names_symbols = true;
    told.spec.probes[tick].fields[0].type.display = sema::Display::symbol;
    told.spec.streams[{1}].fields[0].type.display = sema::Display::symbol;
    told.tick_at(2000, in_vfs_open);
    SampleWriter key;
    key.put(0, in_vfs_open + 1);
    key.put(8, 0);
    key.bytes.resize(16 + plan::key_string_bytes);
    told.tell(collect::MapContents{"keys_1", 0, {{key.bytes, BpfTold::bytes_of({4, 1})}}});
    told.tell(collect::KernelSymbols{kallsyms_begin});
    told.tell(collect::KernelSymbols{kallsyms_end});
    EXPECT_THAT(told.finish().symbols,
                ElementsAre(testing::Pair(in_vfs_open, "vfs_open+0x10"),
                            testing::Pair(in_vfs_open + 1, "vfs_open+0x11")));
}

TEST(BpfTraceBuilder, RefusesMapsOfAnotherSize) {
    const collect::MapContents wrong[] = {
        {"sums", 1, {{BpfTold::bytes_of({0}), BpfTold::bytes_of({1, 2})}}},
        {"sums", 3, {{BpfTold::bytes_of({0}), BpfTold::bytes_of(std::vector<std::uint64_t>(14))}}},
        {"keys_0", 0, {}},
        {"keys_7", 0, {}},
        {"keys_1", 0, {{BpfTold::bytes_of({1}), BpfTold::bytes_of({4, 1})}}},
        {"losses", 0, {{BpfTold::bytes_of({0}), BpfTold::bytes_of({4, 1})}}},
        {"losses", 0, {{BpfTold::bytes_of({99}), BpfTold::bytes_of({4, 1, 1})}}},
    };
    for (const collect::MapContents& map : wrong) {
        BpfTold told;
        told.sums(std::vector<std::uint64_t>(14), 1);
        told.tell(map);
        const auto trace = told.result();
        ASSERT_FALSE(trace) << map.map;
        EXPECT_THAT(trace.error().message, HasSubstr(map.map));
    }
}

TEST(BpfTraceBuilder, NeedsTheSumsOfACompleteRun) {
    BpfTold told;
    EXPECT_FALSE(told.result());
    BpfTold cut;
    const auto trace = cut.result(false);
    ASSERT_TRUE(trace);
    EXPECT_THAT(trace->summed->tallies[1].words, ElementsAre(0, 0));
    EXPECT_TRUE(BpfTold(plan::KernelWork{}).result());
}

TEST(BpfTraceBuilder, TellsWhatWasLost) {
    BpfTold told;
    told.tell(collect::MapContents{"losses",
                                   0,
                                   {{BpfTold::bytes_of({0}), BpfTold::bytes_of({0, 0, 0})},
                                    {BpfTold::bytes_of({2}), BpfTold::bytes_of({7, 2000, 3000})}}});
    told.tell(collect::ProgramProfile{"on_open", 3, 0});
    told.tell(collect::ProgramProfile{"on_any", 0, 2});
    told.tell(collect::ProgramProfile{"other", 1, 1});
    const Trace trace = told.finish();
    ASSERT_THAT(trace.losses, SizeIs(4));
    EXPECT_EQ(trace.losses[0].probe, tick);
    EXPECT_EQ(trace.losses[0].count, 7U);
    EXPECT_EQ(trace.losses[0].begin_ns, 2000U);
    EXPECT_EQ(trace.losses[0].end_ns, 3000U);
    EXPECT_EQ(trace.losses[1].probe, leave);
    EXPECT_EQ(trace.losses[1].cause,
              "cpu busy with another probe: 3 hits of open.exit were skipped");
    EXPECT_EQ(trace.losses[1].begin_ns, live);
    EXPECT_EQ(trace.losses[2].probe, enter); // either of its probes
    EXPECT_EQ(trace.losses[3].probe, tick);
    EXPECT_EQ(trace.losses[3].cause, "the kernel missed 2 hits of tick");
}

TEST(BpfTraceBuilder, SaysWhyTheObjectWasRejected) {
    BpfTold told;
    told.tell(collect::Rejected{"on_open", 13, "R1 is not a pointer"});
    EXPECT_EQ(told.finish(false).cut_short,
              "the kernel rejected the BPF program `on_open`: Permission denied:\n"
              "R1 is not a pointer");
}

TEST(BpfTraceBuilder, SaysWhatTheObjectNeedsThatIsNotThere) {
    BpfTold told;
    told.tell(collect::Rejected{"", 0, "no such control group"});
    EXPECT_EQ(told.finish(false).cut_short, "no such control group");
}

TEST(BpfTraceBuilder, HoldsDamagedSamplesForALoss) {
    const auto damaged = [](BpfTold& told, int how) {
        SampleWriter writer;
        writer.record(told.spec.probes[leave], told.hit(leave, 2000, {0UL}), true);
        if (how == 0) writer.put(plan::record::probe, 3, 4); // no such probe
        if (how == 1) writer.bytes.resize(writer.bytes.size() - 8);
        if (how == 2) writer.bytes.resize(writer.bytes.size() + 8);
        if (how == 3) {
            writer.put(plan::record::probe, plan::long_string, 4);
            writer.put(plan::long_string_length, 99);
        }
        std::vector<std::byte> bytes;
        add_sample(bytes, writer);
        if (how == 4) bytes.resize(bytes.size() - 8);
        if (how == 5) bytes.resize(4);
        told.tell(collect::Samples{bytes});
    };
    for (int how = 0; how < 6; ++how) {
        BpfTold told;
        told.tick_at(2000, 1);
        damaged(told, how);
        damaged(told, how);
        told.tick_at(3000, 1);
        const Trace trace = told.finish();
        EXPECT_THAT(trace.hits, SizeIs(2)) << how;
        ASSERT_THAT(trace.losses, SizeIs(1)) << how;
        EXPECT_EQ(trace.losses[0].count, UINT64_MAX);
        EXPECT_EQ(trace.losses[0].end_ns, UINT64_MAX);
    }
}

TEST(BpfTraceBuilder, IgnoresOtherJobs) {
    BpfTold told;
    std::vector<std::byte> bytes;
    add_sample(bytes,
               SampleWriter().record(told.spec.probes[leave], told.hit(leave, 2000, {0UL}), true));
    told.builder->take({2, collect::Samples{bytes}});
    EXPECT_THAT(told.finish().hits, IsEmpty());
}

} // namespace
} // namespace kps::hits
