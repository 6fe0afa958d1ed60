#pragma once

#include "runtime/recordings/coding.hpp"
#include "runtime/recordings/recording.hpp"

namespace kps::recordings {

/// How much memory the hits of a recording may take: a small damaged file can claim many.
struct Limits {
    std::uint64_t bytes = std::uint64_t{64} << 30;
};

/// Whether a file that begins with these bytes is meant to be one of our recordings.
bool is_recording(Bytes head);

/// Reads one of our own recordings. Of one that is cut short or damaged what its first whole blocks
/// hold is used: `Recording::cut_short` says so then, and `Trace::cut_short` of a test whose end is
/// missing. Fails if it is no recording, is of a newer major version or needs too much memory.
Result<Recording> read_recording(Bytes file, const Limits& limits = {});

} // namespace kps::recordings
