#include "runtime/collect/bpf_samples.hpp"

#include <gmock/gmock.h>

namespace kps::collect {
namespace {

std::vector<std::byte> bytes_of(const std::vector<int>& values) {
    std::vector<std::byte> bytes;
    for (const int value : values)
        bytes.push_back(static_cast<std::byte>(value));
    return bytes;
}

TEST(BpfSamples, HaveTheirLengthBeforeThemAndBeginAtMultiplesOfEight) {
    std::vector<std::byte> samples;
    append_sample(bytes_of({}), samples);
    append_sample(bytes_of({1, 2, 3}), samples);
    append_sample(bytes_of({1, 2, 3, 4, 5, 6, 7, 8}), samples);
    append_sample(std::vector<std::byte>(258, std::byte{9}), samples);
    ASSERT_EQ(samples.size(), 8u + 16u + 16u + 8u + 264u);
    samples.resize(56);
    EXPECT_EQ(samples, bytes_of({0, 0, 0, 0, 0, 0, 0, 0,                         //
                                 3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, //
                                 8, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, //
                                 2, 1, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9}));
}

} // namespace
} // namespace kps::collect
