#pragma once

#include "compiler/base/result.hpp"
#include "runtime/recordings/foreign.hpp"
#include "runtime/recordings/reader.hpp"

#include <filesystem>

namespace kps::recordings {

/// Reads a recording of whatever format, which is told by its content. Of other tools' traces only
/// the events that are wanted. Fails if it is of none or nothing of it can be used.
/// `sink` takes hits of our own recordings and of trace.dat, whose trace is of no test.
Result<Recording> open(const std::filesystem::path& path, const Wanted& wanted = {},
                       HitSink* sink = nullptr);

/// The same of a file's bytes, which must outlive the recording.
Result<Recording> read(Bytes file, const Wanted& wanted = {}, const Limits& limits = {},
                       HitSink* sink = nullptr);

} // namespace kps::recordings
