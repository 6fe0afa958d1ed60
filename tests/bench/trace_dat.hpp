#pragma once

#include "runtime/collect/messages.hpp"

#include <string>

namespace kps::bench {

/// What was recorded, as a file for `trace-cmd report`: version 6 of the format, described in
/// trace-cmd.dat.v6(5). Pages of every CPU up to the highest; no symbols and no names of tasks.
std::string trace_dat(const std::vector<collect::Message>& recording);

} // namespace kps::bench
