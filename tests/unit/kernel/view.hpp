#pragma once

#include "compiler/kernel/facts.hpp"

#include <gtest/gtest.h>

namespace kps::kernel {

inline std::shared_ptr<const KernelView> view(KernelFacts facts) {
    auto made = make_view(std::move(facts));
    EXPECT_TRUE(made);
    return *made;
}

} // namespace kps::kernel
