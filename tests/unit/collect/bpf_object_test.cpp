#include "runtime/collect/bpf_object.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <unistd.h>

namespace kps::collect {
namespace {

using testing::HasSubstr;

TEST(BpfObject, ARingBufferIsAPowerOfTwoWithinBounds) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    constexpr std::size_t mib = std::size_t{1} << 20;
    struct Case {
        std::uint32_t kib_per_cpu;
        std::uint32_t cpus;
        std::size_t expected;
    };
    const Case cases[] = {
        {0, 4, page},        {1, 1, page},       {4096, 2, 8 * mib},
        {4096, 3, 16 * mib}, {1025, 1, 2 * mib}, {4'000'000'000, 4'000'000'000, 64 * mib},
    };
    for (const Case& one : cases)
        EXPECT_EQ(ring_bytes(one.kib_per_cpu, one.cpus), one.expected)
            << one.kib_per_cpu << " KiB for each of " << one.cpus;
}

TEST(BpfObject, WhatIsNoObjectIsRejectedInLibbpfsWords) {
    testing::internal::CaptureStderr();
    const auto loaded = BpfObject::load({std::vector<std::byte>(200), {}, {}}, Scope::system, 4096);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().program, "");
    EXPECT_EQ(loaded.error().error, EINVAL);
    EXPECT_THAT(loaded.error().log, HasSubstr("is not a proper ELF object"));
}

} // namespace
} // namespace kps::collect
