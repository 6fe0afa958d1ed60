#include "runtime/collect/bpf_link_info.hpp"

#include <cstring>

namespace kps::collect {
namespace {

// Bytes; libbpf's header may be older than these fields.
constexpr std::size_t size_since_6_7 = 56;
constexpr std::size_t type_at = 0;
constexpr std::size_t event_type_at = 16;   // perf_event.type
constexpr std::size_t multi_missed_at = 32; // kprobe_multi.missed
constexpr std::size_t event_missed_at = 48; // perf_event.kprobe.missed

constexpr std::uint32_t of_perf_event = 7;   // BPF_LINK_TYPE_PERF_EVENT
constexpr std::uint32_t of_kprobe_multi = 8; // BPF_LINK_TYPE_KPROBE_MULTI
constexpr std::uint32_t event_kprobe = 3;    // BPF_PERF_EVENT_KPROBE
constexpr std::uint32_t event_kretprobe = 4; // BPF_PERF_EVENT_KRETPROBE

template <class T>
T load(std::span<const std::byte> info, std::size_t offset) {
    T value = 0;
    std::memcpy(&value, info.subspan(offset, sizeof(T)).data(), sizeof value);
    return value;
}

} // namespace

std::optional<std::uint64_t> missed_in(std::span<const std::byte> info) {
    if (info.size() < size_since_6_7) return std::nullopt;
    const auto type = load<std::uint32_t>(info, type_at);
    if (type == of_kprobe_multi) return load<std::uint64_t>(info, multi_missed_at);
    const auto event = load<std::uint32_t>(info, event_type_at);
    if (type != of_perf_event || (event != event_kprobe && event != event_kretprobe)) return 0;
    return load<std::uint64_t>(info, event_missed_at);
}

} // namespace kps::collect
