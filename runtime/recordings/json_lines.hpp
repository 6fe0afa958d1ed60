#pragma once

#include "runtime/recordings/recording.hpp"

namespace kps::recordings {

/// Whether a file that begins with this text holds JSON objects, one a line.
bool is_json_lines(std::string_view head);

/// Reads the lines that `write_json_lines` writes (docs/recordings.md); of those of others it takes
/// objects with `event` and `time_ns`. Lines before the first `test` are of a trace of no test.
/// Lines that cannot be read count as lost hits.
Recording read_json_lines(std::string_view text);

} // namespace kps::recordings
