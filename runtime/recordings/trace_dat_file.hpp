#pragma once

#include "compiler/base/result.hpp"
#include "runtime/recordings/trace_dat_unpack.hpp"

#include <deque>

namespace kps::recordings {

/// A file of `trace-cmd record` taken apart: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5),
/// trace-cmd 3.1. Little-endian only. What the parts are slices of is the file or belongs to this.
struct TraceDat {
    std::string_view header_page;
    std::string_view header_event;
    struct Format {
        std::string_view group;
        std::string_view text; ///< of the event's `format` file
    };
    std::vector<Format> formats;
    std::string_view command_lines; ///< `TID COMM` a line
    std::vector<std::string_view> cpu_stats;
    struct Cpu {
        std::uint32_t number = 0;
        std::vector<Packed> pages; ///< whole pages each, in order
    };
    std::vector<Cpu> cpus; ///< of the top buffer
    std::size_t page_size = 0;
    std::string_view compression;                ///< of `pages`
    std::vector<std::string> other_buffers;      ///< names of instances, whose events are not read
    std::optional<std::string> cut_short;        ///< why pages are missing
    std::deque<std::vector<std::byte>> sections; ///< those that were packed
};

/// `TraceDat::cut_short` where pages cannot be unpacked.
inline constexpr const char* damaged_pages = "pages are missing or damaged";

bool is_trace_dat(Bytes head);

/// Fails if what describes the events is missing or damaged, or all that is packed takes more than
/// `limit` bytes.
Result<TraceDat> take_apart(Bytes file, std::uint64_t limit);

} // namespace kps::recordings
