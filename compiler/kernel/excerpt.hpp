#pragma once

#include "compiler/kernel/btf_excerpt.hpp"
#include "compiler/kernel/facts.hpp"

namespace kps::kernel {

/// The part of a kernel that texts with these words can ask for: what is resolved against a view of
/// it comes out as with the whole kernel. Without code, and without what is only there to suggest
/// other names.
KernelFacts excerpt(const KernelView& kernel, const Words& words);

/// Adds the words of a text: letters, digits and `_`.
void add_words(std::string_view text, Words& words);

} // namespace kps::kernel
