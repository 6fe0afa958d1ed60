#pragma once

#include "compiler/semantics/points.hpp"

namespace kps::sema {

/// The event of a tracepoint; none if the kernel has none of that name, which is reported.
std::optional<FoundPoint> find_event(const kernel::KernelView& kernel, const PointRequest& request,
                                     diag::Sink& sink);

} // namespace kps::sema
