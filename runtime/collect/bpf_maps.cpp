#include "runtime/collect/bpf_maps.hpp"

#include "runtime/collect/files.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>

namespace kps::collect {
namespace {

constexpr std::size_t map_bytes_per_message = std::size_t{1} << 20;

bool is_told(std::string_view map) {
    return map == "sums" || map == "losses" || map.starts_with("keys_");
}

bool is_per_cpu(const bpf_map* map) {
    const bpf_map_type type = ::bpf_map__type(map);
    return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
           type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

/// Reads a map entry by entry.
class MapReader {
public:
    MapReader(const bpf_map* map, std::uint32_t cpus)
        : fd_(::bpf_map__fd(map)), value_size_(::bpf_map__value_size(map)), cpus_(cpus),
          key_(::bpf_map__key_size(map)),
          raw_(cpus == 0 ? value_size_ : padded(value_size_) * cpus) {}

    /// The next, or nothing at the end.
    Result<std::optional<MapContents::Entry>> next() {
        if (::bpf_map_get_next_key(fd_, started_ ? key_.data() : nullptr, key_.data()) != 0)
            return errno == ENOENT ? Result<std::optional<MapContents::Entry>>() : failed();
        started_ = true;
        if (::bpf_map_lookup_elem(fd_, key_.data(), raw_.data()) != 0) return failed();
        return MapContents::Entry{key_, value()};
    }

private:
    /// How far the kernel sets the values of CPUs apart.
    static std::size_t padded(std::size_t size) { return (size + 7) / 8 * 8; }

    [[nodiscard]] std::vector<std::byte> value() const {
        if (cpus_ == 0) return raw_;
        std::vector<std::byte> values;
        for (std::size_t cpu = 0; cpu < cpus_; ++cpu) {
            const auto one = std::span(raw_).subspan(cpu * padded(value_size_), value_size_);
            values.insert(values.end(), one.begin(), one.end());
        }
        return values;
    }
    static std::unexpected<Error> failed() {
        return fail("cannot read a map of the BPF programs: " + describe_errno(errno));
    }

    int fd_;
    std::size_t value_size_;
    std::size_t cpus_;
    bool started_ = false;
    std::vector<std::byte> key_;
    std::vector<std::byte> raw_;
};

Result<void> tell_map(const std::string& name, const bpf_map* map, const Teller& tell) {
    const auto cpus =
        is_per_cpu(map) ? static_cast<std::uint32_t>(::libbpf_num_possible_cpus()) : 0U;
    MapReader reader(map, cpus);
    MapContents contents{name, cpus, {}};
    std::size_t bytes = 0;
    bool told = false;
    while (true) {
        auto entry = reader.next();
        if (!entry) return std::unexpected(entry.error());
        if (*entry) {
            bytes += (*entry)->key.size() + (*entry)->value.size();
            contents.entries.push_back(std::move(**entry));
        }
        const bool end = !*entry;
        if (end && told && contents.entries.empty()) return {};
        if (!end && bytes < map_bytes_per_message) continue;
        tell(std::exchange(contents, {name, cpus, {}}));
        if (end) return {};
        told = true;
        bytes = 0;
    }
}

} // namespace

Result<void> tell_maps(const BpfObject& object, const Teller& tell) {
    for (const std::string& name : object.maps()) {
        if (!is_told(name)) continue;
        const auto done = tell_map(name, object.map(name), tell);
        if (!done) return done;
    }
    return {};
}

} // namespace kps::collect
