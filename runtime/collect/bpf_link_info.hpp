#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace kps::collect {

/// Hits that the probes of a BPF link missed, in as many bytes of its `struct bpf_link_info` as the
/// kernel wrote; 0 of links that are no kprobes. Nothing if this kernel does not count them (before
/// 6.7). Format: include/uapi/linux/bpf.h (v6.12).
std::optional<std::uint64_t> missed_in(std::span<const std::byte> info);

} // namespace kps::collect
