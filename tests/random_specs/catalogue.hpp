#pragma once

#include "compiler/kernel/kernel_view.hpp"

#include <string>
#include <utility>
#include <vector>

namespace kps::random_specs {

/// A function of the kernel that probes can be set on.
struct Function {
    kernel::Symbol symbol;
    kernel::TypeId result;
    std::vector<kernel::Parameter> parameters;
};

/// What there is to probe and to read in a kernel; the view must outlive it.
struct Catalogue {
    explicit Catalogue(const kernel::KernelView& view);

    const kernel::KernelView& view;
    std::vector<Function> functions; ///< of one name and one prototype each
    /// Structs with a name and members, by their ids.
    std::vector<std::pair<std::string, kernel::TypeId>> structs;
    std::vector<std::string> patterns; ///< that fit a few functions
    std::vector<std::string> variables;
    std::vector<std::string> per_cpu_variables;
};

} // namespace kps::random_specs
