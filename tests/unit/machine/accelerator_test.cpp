#include "runtime/machine/accelerator.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace kps::machine {
namespace {

class AcceleratorTest : public testing::Test {
protected:
    AcceleratorTest() {
        std::string pattern = testing::TempDir() + "kpsXXXXXX";
        directory_ = ::mkdtemp(pattern.data());
    }
    ~AcceleratorTest() override { std::filesystem::remove_all(directory_); }

    Accelerator choose(const std::string& valid_for, bool works) {
        return choose_accelerator(directory_ / "sub" / "trial", valid_for, [&] {
            ++trials_;
            return works;
        });
    }

    std::filesystem::path directory_;
    int trials_ = 0;
};

TEST_F(AcceleratorTest, IsKvmIfTheTrialSaysSo) {
    EXPECT_EQ(choose("boot 1", true), Accelerator::kvm);
    EXPECT_EQ(choose("boot 2", false), Accelerator::tcg);
}

TEST_F(AcceleratorTest, IsTriedOncePerBoot) {
    EXPECT_EQ(choose("boot 1", false), Accelerator::tcg);
    EXPECT_EQ(choose("boot 1", true), Accelerator::tcg);
    EXPECT_EQ(trials_, 1);
    EXPECT_EQ(choose("boot 2", true), Accelerator::kvm);
    EXPECT_EQ(choose("boot 2", false), Accelerator::kvm);
    EXPECT_EQ(trials_, 2);
}

TEST_F(AcceleratorTest, IsChosenWithoutACache) {
    EXPECT_EQ(choose_accelerator("/proc/nowhere/trial", "boot", [] { return true; }),
              Accelerator::kvm);
}

TEST_F(AcceleratorTest, IsForgottenWhenDistrusted) {
    const Qemu qemu{"/bin/qemu", 7, 2};
    distrust_kvm(qemu, directory_);
    EXPECT_EQ(choose_accelerator(qemu, directory_), Accelerator::tcg);
}

TEST(TrialGuestTest, IsAnElfFileThatQemuReadsWhole) {
    const auto bytes = trial_guest();
    EXPECT_EQ(bytes.size(), 0x4000U);
    EXPECT_EQ(bytes[0], std::byte{0x7f});
}

} // namespace
} // namespace kps::machine
