#pragma once

#include "runtime/recordings/coding.hpp"
#include "runtime/recordings/recording.hpp"

namespace kps::recordings {

/// How much memory the hits of a recording may take: a small damaged file can claim many.
struct Limits {
    std::uint64_t bytes = std::uint64_t{64} << 30;
};

/// Decides what becomes of the hits of a recording's tests, and takes those that are not kept.
class HitSink {
public:
    enum class Fate : std::uint8_t {
        keep, ///< in the recording
        pass, ///< given to `take`
        drop, ///< not even looked at
        stop, ///< the recording is not read any further
    };
    HitSink() = default;
    HitSink(const HitSink&) = delete;
    HitSink& operator=(const HitSink&) = delete;
    virtual ~HitSink() = default;

    /// A test begins; of `test`, the next of `so_far.tests`, is known what comes before its hits.
    virtual Fate begin(const Recording& so_far, const Observed& test) = 0;
    /// The next hits of that test, which go when this returns. False: the others are dropped.
    virtual bool take(const hits::Trace& hits) = 0;
    /// It ends: everything but hits that were not kept. Not called if the end is missing.
    virtual void end(const Observed& test) = 0;
};

/// Whether a file that begins with these bytes is meant to be one of our recordings.
bool is_recording(Bytes head);

/// Reads one of our own recordings. Of one that is cut short or damaged what its first whole blocks
/// hold is used: `Recording::cut_short` says so then, and `Trace::cut_short` of a test whose end is
/// missing. Fails if it is no recording, is of a newer major version or needs too much memory.
/// Hits that `sink` does not keep are not charged. Without it, all are kept.
Result<Recording> read_recording(Bytes file, const Limits& limits = {}, HitSink* sink = nullptr);

} // namespace kps::recordings
