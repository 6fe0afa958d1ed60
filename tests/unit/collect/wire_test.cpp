#include "runtime/collect/wire.hpp"

#include "runtime/collect/crc32.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <string_view>

namespace kps::collect {
namespace {

using Bytes = std::vector<std::byte>;

Job full_job() {
    Job job;
    job.id = 7;
    job.instance = "kps_1";
    job.group = "kps_1_g";
    job.define = {{"kprobe_events", "p:kps_1_g/a vfs_read"},
                  {"uprobe_events", "r:kps_1_g/b /bin/sh:0x10 ret=$retval"}};
    job.enable = {{"kps_1_g", "a"}, {"sched", "sched_switch"}};
    job.bpf = BpfJob{{std::byte{1}}, {{"p", Attachment::Kind::fentry, {}, 0}}, "/group"};
    job.scope = Scope::system;
    job.setup = {"mkdir /tmp/x"};
    job.background = {"sleep 1", ""};
    job.run = {{"true", "nobody", 1'000'000'000}, {"echo \"\xC3\xA4\"", "", std::nullopt}};
    job.watch_ns = 5;
    job.drain_ns = 6;
    job.cleanup = {"rmdir /tmp/x"};
    job.buffer_kib_per_cpu = 64;
    job.limit_ns = std::uint64_t{1} << 63;
    job.names_symbols = true;
    return job;
}

std::vector<Request> requests() {
    return {full_job(), Job{}, Cancel{3}, PowerOff{}};
}

std::vector<Message> messages() {
    return {
        {0, Hello{protocol_version, "6.12.1", 2, "tracing mini-HOWTO:\n"}},
        {1, EventFormat{{"g", "e"}, "name: e\nID: 9\n"}},
        {1, PageFormat{"field: u64 timestamp;", "# compressed entry header"}},
        {1, Page{3, Bytes(4096, std::byte{0xA5})}},
        {1, Mark{Phase::drained, 123'456'789'012, 42}},
        {1, CommandEnded{CommandRole::cleanup, 1, -1, 9, true, 77, "killed"}},
        {1, CpuStats{1, 2, 3, 4, 5, 6}},
        {1, ProbeProfile{"e", 10, 2}},
        {1, Refused{2, 22, "[1.0] trace_kprobe: error: ...\n"}},
        {0xFFFFFFFF, Trouble{"no tracefs", "run as root"}},
        {1, Done{true}},
        {1, ToldUntil{123'456'789'012}},
        {1, KernelSymbols{"ffffffff81000000 T _text\n"}},
    };
}

template <class T>
Bytes encoded(const T& value) {
    Bytes bytes;
    encode(value, bytes);
    return bytes;
}

template <class T>
std::vector<T> read_all(std::span<const std::byte> bytes, std::size_t chunk_size) {
    Reader<T> reader;
    std::vector<T> values;
    for (std::size_t at = 0; at < bytes.size(); at += chunk_size) {
        reader.feed(bytes.subspan(at, std::min(chunk_size, bytes.size() - at)));
        while (true) {
            auto value = reader.next();
            EXPECT_TRUE(value) << value.error().message;
            if (!value || !*value) break;
            values.push_back(std::move(**value));
        }
    }
    EXPECT_TRUE(reader.at_boundary());
    return values;
}

/// Values have no `==`; equal bytes of both mean equal values, as each field is written.
template <class T>
void expect_round_trip(const std::vector<T>& values) {
    Bytes stream;
    for (const T& value : values)
        encode(value, stream);
    for (const std::size_t chunk :
         {std::size_t{1}, std::size_t{7}, std::size_t{4096}, stream.size()}) {
        const auto read = read_all<T>(stream, chunk);
        ASSERT_EQ(read.size(), values.size()) << "chunks of " << chunk;
        for (std::size_t i = 0; i < values.size(); ++i)
            EXPECT_EQ(encoded(read[i]), encoded(values[i])) << "value " << i;
    }
}

/// What a reader makes of a damaged stream: it must end in an error or wait for more, and never
/// yield more values than there were.
template <class T>
std::size_t values_before_end(const Bytes& bytes) {
    Reader<T> reader;
    reader.feed(bytes);
    std::size_t count = 0;
    while (true) {
        const auto value = reader.next();
        if (!value || !*value) return count;
        ++count;
    }
}

TEST(Wire, CrcIsTheOneOfZlib) {
    const auto crc = [](std::string_view text) { return crc32(std::as_bytes(std::span(text))); };
    EXPECT_EQ(crc(""), 0u);
    EXPECT_EQ(crc("123456789"), 0xCBF43926u);
    EXPECT_EQ(crc("The quick brown fox jumps over the lazy dog"), 0x414FA339u);
}

TEST(Wire, RequestsComeBackAsTheyWere) {
    expect_round_trip(requests());
}
TEST(Wire, MessagesComeBackAsTheyWere) {
    expect_round_trip(messages());
}

TEST(Wire, FieldsAreNotMixedUp) {
    const auto read = read_all<Request>(encoded(Request{full_job()}), 4096);
    ASSERT_EQ(read.size(), 1u);
    const Job& job = std::get<Job>(read[0]);
    EXPECT_EQ(job.instance, "kps_1");
    EXPECT_EQ(job.group, "kps_1_g");
    ASSERT_EQ(job.define.size(), 2u);
    EXPECT_EQ(job.define[0].line, "p:kps_1_g/a vfs_read");
    EXPECT_EQ(job.define[1].file, "uprobe_events");
    EXPECT_EQ(job.define[1].line, "r:kps_1_g/b /bin/sh:0x10 ret=$retval");
    EXPECT_EQ(job.enable.at(1).name, "sched_switch");
    EXPECT_EQ(job.bpf.value().cgroup, "/group");
    EXPECT_EQ(job.scope, Scope::system);
    EXPECT_EQ(job.run.at(0).limit_ns, 1'000'000'000u);
    EXPECT_EQ(job.run.at(1).limit_ns, std::nullopt);
    EXPECT_EQ(job.watch_ns, 5u);
    EXPECT_EQ(job.drain_ns, 6u);
    EXPECT_EQ(job.limit_ns, std::uint64_t{1} << 63);
    EXPECT_TRUE(job.names_symbols);
}

TEST(Wire, LayoutOfAFrame) {
    const Bytes bytes = encoded(Request{Cancel{0x01020304}});
    const std::vector<int> head = {'K', 'P', 'S', 'q', 5, 0, 0, 0};
    ASSERT_EQ(bytes.size(), 17u);
    for (std::size_t i = 0; i < head.size(); ++i)
        EXPECT_EQ(std::to_integer<int>(bytes[i]), head[i]);
    EXPECT_EQ(std::to_integer<int>(bytes[12]), 1); // the second alternative
    EXPECT_EQ(std::to_integer<int>(bytes[13]), 4); // least significant byte first
}

TEST(Wire, AnyDamagedByteIsNoticed) {
    const Bytes good = encoded(Request{full_job()});
    for (std::size_t i = 0; i < good.size(); ++i) {
        Bytes bad = good;
        bad[i] ^= std::byte{0x20};
        EXPECT_EQ(values_before_end<Request>(bad), 0u) << "byte " << i;
    }
}

TEST(Wire, CutStreamYieldsNothingAndIsNotAtABoundary) {
    const Bytes good = encoded(messages().at(3));
    for (std::size_t size = 0; size < good.size(); size += 13) {
        Reader<Message> reader;
        reader.feed(std::span(good).first(size));
        const auto value = reader.next();
        ASSERT_TRUE(value);
        EXPECT_FALSE(*value);
        EXPECT_EQ(reader.at_boundary(), size == 0);
    }
}

TEST(Wire, DamageStays) {
    Bytes bytes = encoded(messages().at(0));
    bytes[0] = std::byte{0};
    Reader<Message> reader;
    reader.feed(bytes);
    EXPECT_FALSE(reader.next());
    reader.feed(encoded(messages().at(1)));
    EXPECT_FALSE(reader.next());
}

TEST(Wire, AFrameOfTheOtherDirectionIsDamage) {
    Reader<Message> reader;
    reader.feed(encoded(requests().at(0)));
    EXPECT_FALSE(reader.next());
}

TEST(Wire, AHugeLengthIsDamageAtOnce) {
    Bytes bytes = encoded(requests().at(0));
    bytes[7] = std::byte{0x7F};
    Reader<Request> reader;
    reader.feed(std::span(bytes).first(12));
    EXPECT_FALSE(reader.next());
}

/// Payloads that pass the checksum but are of nonsense: the bounds inside must hold by themselves.
TEST(Wire, NonsenseWithAGoodChecksumIsRefused) {
    std::mt19937 random(1);
    const auto all = messages();
    for (int round = 0; round < 20'000; ++round) {
        Bytes bytes = encoded(all[static_cast<std::size_t>(round) % all.size()]);
        for (int change = 0; change < 3; ++change)
            bytes[12 + random() % (bytes.size() - 12)] = static_cast<std::byte>(random());
        const auto crc = crc32(std::span<const std::byte>(bytes).subspan(12));
        for (std::size_t i = 0; i < 4; ++i)
            bytes[8 + i] = static_cast<std::byte>(crc >> (8 * i));
        EXPECT_LE(values_before_end<Message>(bytes), 1u);
    }
}

TEST(Wire, ListCountsBeyondThePayloadAreRefused) {
    Bytes bytes = encoded(Request{Job{}});
    const std::size_t define_count = 12 + 1 + 4 + 4 + 4; // header, type, id, two empty strings
    for (std::size_t i = 0; i < 4; ++i)
        bytes[define_count + i] = std::byte{0xFF};
    const auto crc = crc32(std::span<const std::byte>(bytes).subspan(12));
    for (std::size_t i = 0; i < 4; ++i)
        bytes[8 + i] = static_cast<std::byte>(crc >> (8 * i));
    Reader<Request> reader;
    reader.feed(bytes);
    EXPECT_FALSE(reader.next());
}

} // namespace
} // namespace kps::collect
