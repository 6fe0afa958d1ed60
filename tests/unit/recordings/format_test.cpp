#include "runtime/recordings/format.hpp"

#include "compiler/kernel/file_io.hpp"
#include "runtime/recordings/reader.hpp"
#include "runtime/recordings/writer.hpp"
#include "tests/unit/kernel/temporary_directory.hpp"
#include "tests/unit/recordings/noting_sink.hpp"
#include "tests/unit/recordings/sample.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>

namespace kps::recordings {
namespace {

using test::TemporaryDirectory;
using testing::HasSubstr;
using testing::Not;

std::string complaint(Bytes file) {
    const auto recording = read_recording(file);
    return recording ? "" : recording.error().message;
}

TEST(Numbers, AreReadAsTheyWereWritten) {
    for (const std::uint64_t value :
         {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{16'384},
          UINT64_MAX >> 1, UINT64_MAX - 1, UINT64_MAX}) {
        Encoder out;
        out.number(value);
        out.number(zigzag(value));
        Decoder in(out.bytes());
        EXPECT_EQ(in.number(), value);
        EXPECT_EQ(unzigzag(in.number()), value);
        EXPECT_TRUE(in.complete());
    }
}

TEST(Numbers, ThatEndTooLateOrNeverFail) {
    for (const std::size_t size : {1U, 9U, 10U, 11U, 30U}) {
        const std::vector<std::byte> endless(size, std::byte{0x80});
        Decoder in(endless);
        EXPECT_EQ(in.number(), 0U);
        EXPECT_FALSE(in.good());
        EXPECT_EQ(in.text(), "");
    }
}

TEST(RecordingFile, KeepsEverything) {
    const Recording whole = sample();
    const auto read = read_recording(encode(whole));
    ASSERT_TRUE(read);
    EXPECT_EQ(print(*read), print(whole));
    EXPECT_EQ(read->tests[0].trace.hits[1].comm.data(), nullptr);
    EXPECT_NE(read->tests[0].trace.hits[2].comm.data(), nullptr);
}

/// Two tests, the second with hits of two blocks.
Recording of_two_tests() {
    Recording recording = sample();
    recording.tests.resize(1);
    recording.tests[0].test = "first";
    recording.tests.push_back(recording.tests[0]);
    recording.tests[1].test = "second";
    std::vector<hits::Hit>& hits = recording.tests[1].trace.hits;
    while (hits.size() < most_hits_in_block + 2)
        hits.push_back(hits.back());
    return recording;
}

TEST(RecordingFile, GivesHitsToASinkThatKeepsThemOrNot) {
    using Fate = HitSink::Fate;
    const auto file = encode(of_two_tests());
    const std::size_t few = sample().tests[0].trace.hits.size();

    NotingSink passing({Fate::keep, Fate::pass});
    auto recording = read_recording(file, {}, &passing);
    ASSERT_TRUE(recording);
    EXPECT_EQ(passing.noted,
              fmt::format("first begins; first ends with {} of its hits; second "
                          "begins; {} hits; 2 hits; second ends with 0 of its hits; ",
                          few, most_hits_in_block));
    EXPECT_EQ(recording->tests.at(0).trace.hits.size(), few);
    EXPECT_EQ(recording->tests.at(1).trace.runs.size(), sample().tests[0].trace.runs.size());

    NotingSink one_block({Fate::drop, Fate::pass});
    one_block.goes_on = false;
    ASSERT_TRUE(read_recording(file, {}, &one_block));
    EXPECT_EQ(one_block.noted, fmt::format("first begins; first ends with 0 of its hits; second "
                                           "begins; {} hits; second ends with 0 of its hits; ",
                                           most_hits_in_block));

    NotingSink head({Fate::stop});
    recording = read_recording(file, {}, &head);
    ASSERT_TRUE(recording);
    EXPECT_EQ(recording->tests.size(), 0U);
    EXPECT_FALSE(recording->cut_short);
    EXPECT_EQ(recording->sources.size(), sample().sources.size());
}

TEST(RecordingFile, OfACutTestASinkSeesNoEnd) {
    using Fate = HitSink::Fate;
    auto file = encode(of_two_tests());
    file.resize(file.size() - 64);
    NotingSink sink({Fate::pass, Fate::pass});
    const auto recording = read_recording(file, {}, &sink);
    ASSERT_TRUE(recording);
    EXPECT_TRUE(recording->cut_short);
    EXPECT_THAT(sink.noted, Not(HasSubstr("second ends")));
}

TEST(RecordingFile, IsSmallAndInSeveralBlocksWithManyHits) {
    Recording many = sample();
    std::vector<hits::Hit>& hits = many.tests[0].trace.hits;
    for (std::uint64_t i = 0; i < 3 * most_hits_in_block; ++i)
        hits.push_back(hit(many.tests[0].trace, 1, 3000 + i * 1000 + i % 7, {i % 3, in_vfs_open}));
    const auto file = encode(many);
    EXPECT_LT(file.size(), hits.size() * 4);
    const auto read = read_recording(file);
    ASSERT_TRUE(read);
    EXPECT_EQ(print(*read), print(many));
}

TEST(RecordingFile, OfLongTextsIsWithinTheLimitOfABlock) {
    Recording large = sample();
    hits::Trace& trace = large.tests[0].trace;
    for (std::uint64_t i = 0; i < 5000; ++i)
        trace.hits.push_back(
            hit(trace, 0, i, {trace.storage->keep(std::to_string(i) + std::string(8000, 'x'))}));
    const auto read = read_recording(encode(large));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->tests[0].trace.hits.size(), trace.hits.size());
    EXPECT_EQ(read->tests[0].trace.hits.back().fields[0], trace.hits.back().fields[0]);
    EXPECT_EQ(read->tests[0].trace.hits.back().fields[1], hits::Value{hits::Unreadable{}});
}

TEST(RecordingFile, KeepsNamesInAsManyBlocksAsTheyTake) {
    Recording named = sample();
    hits::SymbolNames& symbols = named.tests[0].trace.symbols;
    for (std::uint64_t i = 0; i < 5000; ++i)
        symbols[in_vfs_open + i] = std::string(5000, 'x') + std::to_string(i);
    const auto read = read_recording(encode(named));
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->cut_short);
    EXPECT_EQ(read->tests[0].trace.symbols, symbols);
    EXPECT_TRUE(read->tests[1].trace.symbols.empty());
    const auto refused = read_recording(encode(named), {.bytes = 8 << 20});
    ASSERT_FALSE(refused);
}

TEST(Names, OfADamagedBlockAreNotTaken) {
    Encoder out;
    encode_name(out, in_vfs_open, "vfs_open+0x10");
    const Bytes whole = out.bytes();
    for (std::size_t size = 1; size < whole.size(); ++size) {
        Decoder in(whole.first(size));
        EXPECT_TRUE(decode_names(in).empty()) << size;
        EXPECT_FALSE(in.good()) << size;
    }
    Decoder in(whole);
    EXPECT_THAT(decode_names(in),
                testing::ElementsAre(testing::Pair(in_vfs_open, "vfs_open+0x10")));
}

TEST(RecordingFile, IsUsedUpToWhereItIsCut) {
    const Recording whole = sample();
    const auto file = encode(whole);
    std::size_t with_hits = 0;
    for (std::size_t size = head_size; size < file.size(); ++size) {
        const auto read = read_recording(Bytes(file).first(size));
        ASSERT_TRUE(read) << size;
        EXPECT_TRUE(read->cut_short) << size;
        if (read->tests.size() != 1 || read->tests[0].trace.hits.empty()) continue;
        const hits::Trace& trace = read->tests[0].trace;
        if (trace.end_ns == UINT64_MAX && !trace.cut_short) continue; // whole, the next one is not
        EXPECT_THAT(*trace.cut_short, HasSubstr("cut short"));
        EXPECT_EQ(trace.hits.size(), 4U);
        EXPECT_EQ(trace.live_ns, 50U);
        ++with_hits;
    }
    EXPECT_GT(with_hits, 10U);
}

TEST(RecordingFile, WithADamagedByteIsUsedUpToItOrRefused) {
    const Recording whole = sample();
    const auto file = encode(whole);
    for (std::size_t i = 0; i < file.size(); ++i) {
        auto damaged = file;
        damaged[i] ^= std::byte{0x10};
        const auto read = read_recording(damaged);
        EXPECT_TRUE(read || i < 10) << i;
        const bool is_unnoticed = read && !read->cut_short; // a bit that means nothing
        if (is_unnoticed) {
            EXPECT_EQ(print(*read), print(whole)) << i;
        }
    }
}

TEST(RecordingFile, OfAnotherVersionIsRefused) {
    auto file = encode(sample());
    file[8] = std::byte{2};
    EXPECT_EQ(complaint(file), "the recording is of version 2, this program reads version 1");
    file[8] = std::byte{1};
    file[10] = std::byte{9};
    EXPECT_EQ(complaint(file), "");
    EXPECT_EQ(complaint({}), "it is not a recording of kps");
    EXPECT_THAT(complaint(Bytes(file).first(12)), HasSubstr("cut short"));
}

TEST(RecordingFile, ThatNeedsTooMuchMemoryIsRefused) {
    Recording many = sample();
    for (std::uint64_t i = 0; i < 100'000; ++i)
        many.tests[0].trace.hits.push_back(hit(many.tests[0].trace, 1, i, {std::uint64_t{1}}));
    const auto read = read_recording(encode(many), {.bytes = 2 << 20});
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr("more than 2 MiB"));
}

TEST(Writer, MakesTheSameFile) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "a.kpsr";
    const Recording whole = sample();
    auto writer = Writer::create(path, whole);
    ASSERT_TRUE(writer);
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_EQ(writer->add(whole.sources[0]), 0U);
    writer->add(whole.tests[0]);
    EXPECT_TRUE(std::filesystem::exists(path)); // from the first test on
    writer->add(whole.tests[1]);
    ASSERT_TRUE(writer->finish());
    EXPECT_EQ(*kernel::read_file(path), encode(whole));
}

TEST(Writer, LeavesNothingWithoutATest) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "a.kpsr";
    {
        const auto writer = Writer::create(path, sample());
        ASSERT_TRUE(writer);
    }
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
    EXPECT_FALSE(Writer::create(directory.path() / "none" / "a", sample()));
}

TEST(Writer, SaysWhatCouldNotBeWritten) {
    auto writer = Writer::create("/dev/full", sample());
    ASSERT_TRUE(writer);
    const auto finished = writer->finish();
    ASSERT_FALSE(finished);
    EXPECT_THAT(finished.error().message, HasSubstr("cannot write /dev/full"));
}

} // namespace
} // namespace kps::recordings
