#pragma once

#include "runtime/hits/hit.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace kps::docs {

/// The notation of traces that docs/language.md explains in "What each form says, row by row".
/// Of a trace with `system` the test has to have that scope; of another one what comes is that of
/// a workload of one command. The error says what cannot be read.
std::expected<hits::Trace, std::string> read_trace(std::string_view text,
                                                   const sema::ResolvedSpec& spec);
bool is_of_system(std::string_view text);

} // namespace kps::docs
