#pragma once

#include "runtime/recordings/recording.hpp"

#include <functional>

/// Recordings for other tools.
namespace kps::recordings {

using Put = std::function<void(std::string_view)>;

/// As JSON lines (docs/recordings.md), which `read_json_lines` reads.
void write_json_lines(const Recording& recording, const Put& put);

/// As a trace for Perfetto and chrome://tracing, in the JSON of "Trace Event Format": each hit of
/// `NAME.enter` with the next of `NAME.exit` of its task, innermost first, is a slice with the
/// fields of both, any other hit an instant. Times in microseconds; each test is a process, with
/// its tasks as threads. What is shown by name is its name.
void write_perfetto(const Recording& recording, const Put& put);

/// `text` as a JSON string; what is no UTF-8 as U+FFFD.
std::string json_string(std::string_view text);
/// A value: a number, a string, a list of numbers; null if it is unreadable. An enumerator by name.
/// A string that is no UTF-8 as `{"bytes": "HEX"}`.
std::string json_value(const hits::Value& value, const Source::Field& field,
                       const Sources& sources);

} // namespace kps::recordings
