#pragma once

#include "runtime/recordings/coding.hpp"
#include "runtime/recordings/recording.hpp"

/// The layout of our own recordings: docs/recordings.md. A file is a head and blocks, each of which
/// is read for itself.
namespace kps::recordings {

/// 0 8 bytes `kpshits` and a NUL, 8 u16 major version, 10 u16 minor version, 12 u32 zero; all
/// numbers little-endian. A reader refuses a newer major version and skips blocks of kinds that it
/// does not know.
inline constexpr std::string_view magic{"kpshits\0", 8};
inline constexpr std::uint16_t major_version = 1, minor_version = 1;
inline constexpr std::size_t head_size = 16;

/// A block: u32 packed size, u32 unpacked size, and one zstd frame with a checksum. In it, a byte
/// for the kind and the content.
inline constexpr std::size_t block_head_size = 8;
inline constexpr std::size_t largest_block = std::size_t{16} << 20; // unpacked
inline constexpr std::size_t most_hits_in_block = 1 << 15;
inline constexpr std::size_t wanted_block = std::size_t{4} << 20; // about that many bytes of hits

enum class BlockKind : std::uint8_t {
    about = 1,      ///< release, architecture, ... of the `Recording`
    kernel = 2,     ///< a part of the snapshot; there may be several
    sources = 3,    ///< a `Sources`; its number is how many came before
    test_begin = 4, ///< what is known of an `Observed` before its hits
    hits = 5,       ///< of the test that began last
    test_end = 6,   ///< the rest of that test
    end = 7,        ///< of the recording
    names = 8,      ///< of addresses in the test that began last; since 1.1
};

void encode_about(Encoder& out, const Recording& about);
void encode_sources(Encoder& out, const Sources& sources);
void encode_test_begin(Encoder& out, const Observed& test);
void encode_test_end(Encoder& out, const Observed& test);

/// Each fails by the decoder.
void decode_about(Decoder& in, Recording& about);
Sources decode_sources(Decoder& in);
Observed decode_test_begin(Decoder& in);
void decode_test_end(Decoder& in, Observed& test); ///< what is left is the number of hits

void encode_name(Encoder& out, std::uint64_t address, std::string_view name);
/// All to the end of a block; none of one that is damaged.
hits::SymbolNames decode_names(Decoder& in);

/// Hits of `sources`, column by column.
void encode_hits(Encoder& out, std::span<const hits::Hit> hits, const Sources& sources);
/// Appends the hits of a block; nothing of one that is damaged. What they point to is put in the
/// storage of `trace`. Returns the bytes of memory taken.
std::size_t decode_hits(Decoder& in, const Sources& sources, hits::Trace& trace);

} // namespace kps::recordings
