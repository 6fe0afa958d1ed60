#pragma once

#include "compiler/diagnostics/sink.hpp"
#include "compiler/plan/plan.hpp"

namespace kps::plan {

/// Splits every field into what the kernel reads and what is computed afterwards. Identical reads
/// are shared, additions of constants to addresses become offsets, each read of a number or an
/// array from memory gets its guard. A read whose address depends on run-time arithmetic (`p[i]`)
/// cannot be done in the kernel and is reported (06xx); its field then has the value 0, and the
/// plan must not be used.
Plan lower(const sema::ResolvedSpec& spec, diag::Sink& sink);

/// The plan as text, one fact a line: `kps compile --emit=plan`.
std::string dump(const Plan& plan);

} // namespace kps::plan
