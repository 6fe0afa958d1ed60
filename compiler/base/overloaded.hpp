#pragma once

namespace kps {

/// Visitor made of lambdas, for exhaustive `std::visit`.
template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};

} // namespace kps
