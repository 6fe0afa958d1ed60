#pragma once

#include "compiler/changes/function_list.hpp"

namespace kps::changes {

/// Where functions lie between those that both kernels have, by their numbers in the lists.
/// Compilers keep the order of functions in a file, and linkers that of files.
class Neighbourhood {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    Neighbourhood(const FunctionList& old_list, const FunctionList& new_list);

    /// The functions around one of the old kernel that both have, as numbers in the new list: the
    /// nearest on either side (`none` at the end of a module), and more.
    struct Anchors {
        std::uint32_t before = none, after = none;
        std::vector<std::uint32_t> around;
    };
    [[nodiscard]] Anchors anchors(std::uint32_t old_number) const;
    /// The functions that only the new kernel has, next to an anchor.
    [[nodiscard]] std::vector<std::uint32_t> next_to(const Anchors& anchors) const;
    /// How much the place of a function of the new kernel is that of the anchors, 0 to 1.
    [[nodiscard]] double likeness(const Anchors& anchors, std::uint32_t new_number) const;

private:
    struct Order {
        std::vector<std::uint32_t> numbers;       ///< of a list, by address
        std::vector<std::uint32_t> rank;          ///< place in `numbers`, by number
        std::vector<kernel::ModuleIndex> modules; ///< by number
    };
    static Order order_of(const FunctionList& list);
    /// Of each function of the new kernel the nearest before or after it that both have.
    [[nodiscard]] std::vector<std::uint32_t> nearest_common(bool before) const;

    Order old_, new_;
    std::vector<std::uint32_t> in_new_; ///< by number in the old list: number in the new one
    std::vector<bool> is_common_;       ///< by number in the new list
    std::vector<std::uint32_t> before_, after_; ///< `nearest_common`, by number in the new list
};

} // namespace kps::changes
