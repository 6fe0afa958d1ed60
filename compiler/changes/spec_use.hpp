#pragma once

#include "compiler/changes/used.hpp"
#include "compiler/semantics/resolve.hpp"

namespace kps::changes {

/// What a spec depends on of the kernel that it was resolved against: the functions and events of
/// its probes, the members that its fields read, the enumerators that it names, the options and
/// symbols that it requires. `loaded` is what `resolved` was made of.
Used used_by(const sema::LoadedSpec& loaded, const sema::ResolvedSpec& resolved);

} // namespace kps::changes
