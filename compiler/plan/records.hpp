#pragma once

#include "compiler/semantics/resolved.hpp"

#include <cstdint>
#include <vector>

/// What a BPF program writes to the ring buffer for a hit. All integers little-endian, everything
/// aligned to 8 bytes.
///
/// A sample is one record, or the two of a call one after the other (entry first), or a long
/// string.
namespace kps::plan {

/// From the start of a record. Then `unreadable`, 64 bits a word, one bit a field (bit N of word
/// N / 64), set where the read faulted; then the fields.
namespace record {
inline constexpr std::uint32_t probe = 0;   ///< u32, `sema::ProbeId`
inline constexpr std::uint32_t flags = 4;   ///< u32, see `sent_flag`
inline constexpr std::uint32_t tallies = 8; ///< u64, bit N: evidence for tally N, at most 63
inline constexpr std::uint32_t time = 16;   ///< u64, ns, CLOCK_MONOTONIC
inline constexpr std::uint32_t cpu = 24;    ///< u32
inline constexpr std::uint32_t tid = 28;    ///< u32
inline constexpr std::uint32_t pid = 32;    ///< u32, thread group
inline constexpr std::uint32_t reserved = 36;
inline constexpr std::uint32_t comm = 40; ///< 16 bytes, NUL-terminated
inline constexpr std::uint32_t unreadable = 56;
} // namespace record
/// In `flags`: sent because something is judged in user space, not only as evidence.
inline constexpr std::uint32_t sent_flag = 1;
/// In `probe`: a long string. It comes before the record that it belongs to, of the same `cpu`,
/// `tid` and `time`; then u32 probe, u32 field, s64 length with the NUL, the bytes.
inline constexpr std::uint32_t long_string = 0xffffffff;
inline constexpr std::uint32_t long_string_probe = 56;
inline constexpr std::uint32_t long_string_field = 60;
inline constexpr std::uint32_t long_string_length = 64;
inline constexpr std::uint32_t long_string_bytes = 72;
inline constexpr std::uint32_t longest_string = 4096; ///< bytes, the NUL included

/// How a field stands in the record: an integer as 8 bytes extended by its sign; an array or bytes
/// as they lay in memory, padded to 8; a stack as `most_frames` addresses, zeros behind its last; a
/// string as its length with the NUL (s64) and `capacity` bytes. A string without a limit of its
/// own that fills its capacity may be longer and then has a long string; in the records of a call
/// it has none and is cut.
struct FieldSlot {
    std::uint32_t offset = 0;
    std::uint32_t capacity = 0; ///< bytes of data, without the length of a string
};
struct RecordLayout {
    std::vector<FieldSlot> fields;
    std::uint32_t bytes = 0;
};
inline constexpr std::uint32_t short_string = 256; ///< capacity of a string without a limit
inline constexpr std::uint32_t most_frames = 64;

RecordLayout record_layout(const sema::Probe& probe);

} // namespace kps::plan
