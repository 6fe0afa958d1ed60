#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace kps::random_specs {

/// What is left to chance, the same for the same seed.
class Choices {
public:
    explicit Choices(std::uint64_t seed) : engine_(seed) {}

    /// 0 to `count` - 1.
    std::size_t below(std::size_t count) { return engine_() % count; }
    std::size_t within(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
    bool chance(unsigned percent) { return below(100) < percent; }
    template <class Container>
    const auto& one_of(const Container& container) {
        return container[below(std::size(container))];
    }

private:
    std::mt19937_64 engine_;
};

} // namespace kps::random_specs
