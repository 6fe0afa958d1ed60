#include "compiler/kernel/xz_stream.hpp"

#include "tests/unit/kernel/synthetic_image.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace kps::kernel {
namespace {

using test::Data;

Data sample(std::size_t size) {
    Data data(size);
    for (std::size_t i = 0; i < size; ++i)
        data[i] = static_cast<std::byte>(i * i / 7);
    return data;
}

/// One stream of blocks of `block_size` bytes, with their sizes in front, as `xz -T0` makes it.
Data pack_blocks(const Data& data, std::uint64_t block_size) {
    lzma_mt options{};
    options.threads = 2;
    options.block_size = block_size;
    options.check = LZMA_CHECK_CRC64;
    lzma_stream stream = LZMA_STREAM_INIT;
    EXPECT_EQ(lzma_stream_encoder_mt(&stream, &options), LZMA_OK);
    Data packed(2 * data.size() + 4096);
    stream.next_in = reinterpret_cast<const std::uint8_t*>(data.data());
    stream.avail_in = data.size();
    stream.next_out = reinterpret_cast<std::uint8_t*>(packed.data());
    stream.avail_out = packed.size();
    EXPECT_EQ(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
    packed.resize(stream.total_out);
    lzma_end(&stream);
    return packed;
}

/// Everything that comes out when `packed` comes in by pieces of this size, or the error's text.
std::pair<Data, std::string> unpack(std::span<const std::byte> packed, std::size_t piece) {
    XzStream stream([&packed, piece]() -> Result<XzStream::Bytes> {
        const auto next = packed.first(std::min(piece, packed.size()));
        packed = packed.subspan(next.size());
        return next;
    });
    Data out;
    for (;;) {
        const auto bytes = stream.next();
        if (!bytes) return {out, bytes.error().message};
        if (bytes->empty()) return {out, {}};
        out.insert(out.end(), bytes->begin(), bytes->end());
    }
}

TEST(XzStream, GivesBackWhatWasPacked) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{400'000}}) {
        const Data data = sample(size), packed = pack_blocks(data, 64'000);
        for (const std::size_t piece : {std::size_t{101}, std::size_t{1} << 20}) {
            const auto [out, error] = unpack(packed, piece);
            EXPECT_EQ(error, "");
            EXPECT_EQ(out, data) << size << " by " << piece;
        }
    }
}

TEST(XzStream, TakesStreamsOneAfterAnother) {
    const Data data = sample(1000);
    Data packed = pack_blocks(data, 500), twice = data;
    const Data second = packed;
    packed.insert(packed.end(), second.begin(), second.end());
    twice.insert(twice.end(), data.begin(), data.end());
    EXPECT_EQ(unpack(packed, 64).first, twice);
}

TEST(XzStream, SaysWhatIsWrong) {
    Data packed = pack_blocks(sample(400'000), 64'000);
    EXPECT_EQ(unpack(std::span(packed).first(packed.size() / 2), 4096).second,
              "the xz stream is cut short");
    packed[packed.size() / 2] ^= std::byte{1};
    EXPECT_EQ(unpack(packed, 4096).second, "the xz stream is damaged");
    XzStream failing([]() -> Result<XzStream::Bytes> { return fail("disk on fire"); });
    const auto bytes = failing.next();
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().message, "disk on fire");
}

} // namespace
} // namespace kps::kernel
