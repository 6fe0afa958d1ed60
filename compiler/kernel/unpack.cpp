#include "compiler/kernel/unpack.hpp"

#include "compiler/kernel/bytes.hpp"

#include <algorithm>
#include <archive.h>
#include <array>
#include <cstdint>
#include <fmt/core.h>
#include <memory>
#include <string_view>

namespace kps::kernel {
namespace {

using namespace std::string_view_literals;
using Bytes = std::span<const std::byte>;

/// Bytes of the zstd frame that `data` starts with (RFC 8878, 3.1.1), or what there is of it.
std::size_t zstd_frame_size(Bytes data) {
    const unsigned descriptor = read_le<std::uint8_t>(data, 4).value_or(0);
    const bool single_segment = (descriptor & 0x20) != 0;
    constexpr std::array<unsigned, 4> dictionary_sizes{0, 1, 2, 4};
    constexpr std::array<unsigned, 4> content_sizes{0, 2, 4, 8};
    std::uint64_t at = 5 + (single_segment ? 0 : 1) + dictionary_sizes[descriptor & 3];
    at += descriptor >> 6 == 0 && single_segment ? 1 : content_sizes[descriptor >> 6];
    for (bool last = false; !last;) {
        const auto low = read_le<std::uint16_t>(data, at);
        const auto high = read_le<std::uint8_t>(data, at + 2);
        if (!low || !high) return data.size();
        const std::uint32_t header = *low | std::uint32_t{*high} << 16;
        const bool run_length = (header >> 1 & 3) == 1;
        at += 3 + (run_length ? 1 : header >> 3);
        last = (header & 1) != 0;
    }
    at += (descriptor & 4) != 0 ? 4 : 0;
    return std::min<std::uint64_t>(at, data.size());
}

/// Bytes of the xz stream: up to the last footer whose flags are those of the header.
std::size_t xz_stream_size(Bytes data) {
    constexpr std::size_t header_size = 12;
    const std::string_view text = as_text(data);
    for (std::size_t end = data.size() & ~std::size_t{3}; end >= 2 * header_size; end -= 4)
        if (text.substr(end - 2, 2) == "YZ" && text.substr(end - 4, 2) == text.substr(6, 2))
            return end;
    return data.size();
}

/// Bytes of the LZ4 legacy stream: a magic and blocks with their sizes, but no mark for the end.
/// What follows is told by a size no block has, or (as in a bzImage) by being four bytes long.
std::size_t lz4_legacy_stream_size(Bytes data) {
    constexpr std::uint32_t largest_block = (8U << 20) + (8U << 20) / 255 + 16;
    std::uint64_t at = 4;
    for (;;) {
        const std::uint32_t size = read_le<std::uint32_t>(data, at).value_or(0);
        if (size == 0 || size > largest_block || at + 4 == data.size()) return at;
        if (size > data.size() - at - 4) return data.size();
        at += 4 + size;
    }
}

std::size_t all(Bytes data) {
    return data.size();
}

/// `stream_size` cuts off what follows the stream, for the filters that fail on it.
struct Format {
    std::string_view magic;
    int (*support)(archive*);
    std::size_t (*stream_size)(Bytes);
};

constexpr std::array formats{
    Format{"\x1f\x8b"sv, archive_read_support_filter_gzip, all},
    Format{"\xfd\x37zXZ"sv, archive_read_support_filter_xz, xz_stream_size},
    Format{"\x28\xb5\x2f\xfd"sv, archive_read_support_filter_zstd, zstd_frame_size},
    Format{"\x04\x22\x4d\x18"sv, archive_read_support_filter_lz4, all},
    Format{"\x02\x21\x4c\x18"sv, archive_read_support_filter_lz4, lz4_legacy_stream_size},
    Format{"\x5d\0\0"sv, archive_read_support_filter_lzma, all},
    Format{"BZh"sv, archive_read_support_filter_bzip2, all},
};

const Format* format_of(Bytes data) {
    const auto* found = std::ranges::find_if(
        formats, [&](const Format& format) { return as_text(data).starts_with(format.magic); });
    return found == formats.end() ? nullptr : found;
}

std::unexpected<Error> failure(archive* reader) {
    const char* why = archive_error_string(reader);
    return fail(fmt::format("cannot unpack: {}", why == nullptr ? "damaged stream" : why));
}

} // namespace

bool is_compressed(Bytes data) {
    return format_of(data) != nullptr;
}

Result<std::vector<std::byte>> unpack_payload(Bytes data, std::size_t limit) {
    const Format* format = format_of(data);
    if (format == nullptr)
        return fail("cannot unpack: not a gzip, xz, zstd, lz4, lzma or bzip2 stream");
    data = data.first(format->stream_size(data));
    const std::unique_ptr<archive, decltype(&archive_read_free)> owner(archive_read_new(),
                                                                       archive_read_free);
    archive* reader = owner.get();
    archive_entry* entry = nullptr;
    archive_read_support_format_raw(reader);
    format->support(reader);
    if (archive_read_open_memory(reader, data.data(), data.size()) != ARCHIVE_OK ||
        archive_read_next_header(reader, &entry) != ARCHIVE_OK)
        return failure(reader);
    if (archive_filter_code(reader, 0) == ARCHIVE_FILTER_NONE)
        return fail("cannot unpack: damaged or cut short where it begins");
    std::vector<std::byte> out;
    out.reserve(std::min(limit, data.size() * 8)); // rarely exceeded; unused pages cost nothing
    for (;;) {
        const void* block = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        const int status = archive_read_data_block(reader, &block, &size, &offset);
        if (status == ARCHIVE_EOF) return out;
        if (status != ARCHIVE_OK) return failure(reader);
        if (size > limit - out.size())
            return fail(fmt::format("cannot unpack: more than {} bytes come out", limit));
        const auto* bytes = static_cast<const std::byte*>(block);
        out.insert(out.end(), bytes, bytes + size);
    }
}

} // namespace kps::kernel
