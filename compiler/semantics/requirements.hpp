#pragma once

#include "compiler/semantics/context.hpp"

namespace kps::sema {

/// Why the kernel does not meet a requirement; nothing if it does, if that is wrong in itself and
/// reported, or if there is no kernel.
std::optional<std::string> unmet(const Context& context, const syntax::Requires& condition);

/// The same for the condition of an `on` block.
std::optional<std::string> unmet(const Context& context, const syntax::OnStatement& on);

/// `6.1.0-56` against `6.1`: by as many numbers as `wanted` has, so that 6.1.0 == 6.1 and not
/// > 6.1.
std::strong_ordering compare_versions(std::string_view release, std::string_view wanted);

} // namespace kps::sema
