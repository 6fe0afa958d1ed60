#pragma once

#include <cstdint>

namespace kps::hits {

// When the probes are live of a job that is told by hand.
inline constexpr std::uint64_t live = 1000, end = 9000;

// A function of its kernel, as /proc/kallsyms has it in two parts, and an address in it.
inline constexpr const char *kallsyms_begin = "ffffffff81000000 T vfs_o",
                            *kallsyms_end = "pen\nffffffff82000000 T _end\n";
inline constexpr std::uint64_t in_vfs_open = 0xffff'ffff'8100'0010;

} // namespace kps::hits
