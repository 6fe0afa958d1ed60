#pragma once

#include "judge_reference.hpp"
#include "tests/unit/judge/world.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

/// Random expectations and traces of `judge::World`.
namespace kps::cases {

/// What a case is made of: bytes that decide one choice after the other, 0 once they are used up.
/// Fewer and smaller bytes make smaller cases, so that failures shrink.
class Choices {
public:
    explicit Choices(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

    std::size_t below(std::size_t limit) {
        return next_ < bytes_.size() ? bytes_[next_++] % limit : 0;
    }
    bool one_in(std::size_t times) { return below(times) == times - 1; }
    template <class T>
    T one_of(const std::vector<T>& all) {
        return all[below(all.size())];
    }

private:
    std::vector<std::uint8_t> bytes_;
    std::size_t next_ = 0;
};

reference::Form random_form(Choices& c);
/// Of less than `limit` hits.
hits::Trace random_trace(Choices& c, std::size_t limit = 16);
void add_random_losses(Choices& c, hits::Trace& trace);

/// Returns without an entry cannot be there in a workload, which starts after the probes.
void drop_orphans(hits::Trace& trace);
/// Removes hits and says so, more or less precisely.
hits::Trace lose_some(Choices& c, const hits::Trace& full);

sema::StreamUse resolve(judge::World& world, const reference::Use& use);
decltype(sema::Expectation::node) resolve(judge::World& world, const reference::Form& form);
/// With its scope.
sema::Expectation expectation(judge::World& world, const reference::Form& form);

std::string describe(const reference::Form& form);
std::string describe(const hits::Trace& trace);

/// Checks a property of cases of `size` bytes.
template <class Property>
void check(const char* what, Property property, int size = 220) {
    const auto byte = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint8_t>());
    const auto bytes =
        rc::gen::container<std::vector<std::uint8_t>>(static_cast<std::size_t>(size), byte);
    EXPECT_TRUE(rc::check(what, [&] {
        Choices choices(*bytes);
        property(choices);
    }));
}

} // namespace kps::cases
