#pragma once

#include "runtime/recordings/foreign.hpp"

namespace kps::recordings {

/// Reads a file of `trace-cmd record`, version 6 or 7 (trace_dat_file.hpp), of the top buffer.
/// Pages that tell of lost records, the counters of the CPUs (also of records that are not in the
/// file) and pages that are damaged become losses; events in other buffers count as lost. Tasks
/// have the names that trace-cmd saved. Fails if it cannot be taken apart. Hits that `sink` does
/// not keep are given to it in the order of time, as far as those of each CPU are in it.
Result<Recording> read_trace_dat(Bytes file, Wanted wanted, const Limits& limits,
                                 HitSink* sink = nullptr);

} // namespace kps::recordings
