#pragma once

#include "compiler/base/result.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace kps::hits {

using Bytes = std::span<const std::byte>;

/// `size` bytes at `offset`, little-endian; nothing if they are not all there or no integer (of 1,
/// 2, 4 or 8).
inline std::optional<std::uint64_t> read_integer(Bytes bytes, std::size_t offset,
                                                 std::size_t size) {
    static_assert(std::endian::native == std::endian::little);
    if (offset > bytes.size() || bytes.size() - offset < size) return std::nullopt;
    // Of a constant length each, so that a load is what becomes of it.
    const std::byte* from = bytes.data() + offset;
    std::uint64_t value = 0;
    switch (size) {
    case 8: std::memcpy(&value, from, 8); break;
    case 4: std::memcpy(&value, from, 4); break;
    case 2: std::memcpy(&value, from, 2); break;
    case 1: std::memcpy(&value, from, 1); break;
    default: return std::nullopt;
    }
    return value;
}

/// Bytes of a record that are text; no other object lives there.
inline std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Where the parts of a sub-buffer lie.
struct PageLayout {
    std::uint32_t time_offset = 0;
    std::uint32_t commit_offset = 8;
    std::uint32_t commit_size = 8;
    std::uint32_t data_offset = 16;
};

/// Reads the texts of `events/header_page` and `events/header_event`. Fails for a kind of buffer
/// other than that of v2.6.31 to v6.12 (5 bits of type and length, 27 bits of time).
Result<PageLayout> parse_page_layout(std::string_view header_page, std::string_view header_event);

struct RawRecord {
    std::uint64_t time_ns = 0;
    Bytes bytes; ///< from `common_type` on, up to three bytes longer than what the event wrote
};

/// Walks the records of one sub-buffer as `trace_pipe_raw` gives it: a time stamp, the number of
/// bytes committed with flags for lost records, then records of a header word and data (`struct
/// ring_buffer_event`, include/linux/ring_buffer.h; `ring_buffer_read_page` and `check_buffer`,
/// kernel/trace/ring_buffer.c, v6.1 and v6.12). Never reads outside of `page`.
class PageReader {
public:
    PageReader(const PageLayout& layout, Bytes page);

    /// Whether records were lost just before this page, and how many: none if the kernel did not
    /// have room to say.
    struct Missed {
        std::optional<std::uint64_t> count;
    };
    [[nodiscard]] const std::optional<Missed>& missed() const { return missed_; }
    /// Time of the page: not later than that of its first record.
    [[nodiscard]] std::uint64_t time_ns() const { return time_; }

    /// The next record, none at the end.
    std::optional<RawRecord> next();
    /// Something did not make sense; the rest of the page is not read.
    [[nodiscard]] bool damaged() const { return damaged_; }

private:
    std::optional<RawRecord> data(std::uint32_t type_len, std::uint32_t delta);
    bool skip_padding(std::uint32_t delta);
    bool take_time(bool absolute, std::uint32_t low);
    bool stop(bool damaged);

    Bytes data_;
    std::size_t at_ = 0;
    std::uint64_t time_ = 0;
    std::optional<Missed> missed_;
    bool damaged_ = false;
};

} // namespace kps::hits
