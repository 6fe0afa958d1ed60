#include "runtime/collect/bpf_samples.hpp"

#include "runtime/collect/files.hpp"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace kps::collect {
namespace {

constexpr std::size_t sample_bytes_per_message = std::size_t{256} << 10;
constexpr int enough = -EAGAIN; ///< ends libbpf's consuming after the sample

} // namespace

void append_sample(std::span<const std::byte> sample, std::vector<std::byte>& samples) {
    const std::uint64_t size = sample.size();
    for (std::size_t i = 0; i < sizeof size; ++i)
        samples.push_back(static_cast<std::byte>(size >> (8 * i)));
    samples.insert(samples.end(), sample.begin(), sample.end());
    samples.resize((samples.size() + 7) / 8 * 8);
}

void BpfSamples::Free::operator()(ring_buffer* ring) const {
    ::ring_buffer__free(ring);
}

Result<void> BpfSamples::open(const BpfObject& object) {
    const bpf_map* const hits = object.map("hits");
    if (hits == nullptr) return {};
    ring_.reset(::ring_buffer__new(::bpf_map__fd(hits), &take, this, nullptr));
    if (ring_) return {};
    return fail("cannot read the ring buffer of the BPF programs: " + describe_errno(errno));
}

int BpfSamples::fd() const {
    return ring_ ? ::ring_buffer__epoll_fd(ring_.get()) : -1;
}

bool BpfSamples::fetch(std::size_t bytes) {
    if (!ring_) return false;
    left_ = bytes;
    const bool more = ::ring_buffer__consume(ring_.get()) == enough;
    flush();
    return more;
}

void BpfSamples::close() {
    ring_.reset();
}

int BpfSamples::take(void* self, void* data, std::size_t size) {
    auto& samples = *static_cast<BpfSamples*>(self);
    append_sample({static_cast<const std::byte*>(data), size}, samples.waiting_);
    if (samples.waiting_.size() >= sample_bytes_per_message) samples.flush();
    samples.left_ -= std::min(samples.left_, size);
    return samples.left_ == 0 ? enough : 0;
}

void BpfSamples::flush() {
    if (!waiting_.empty()) tell_(Samples{std::exchange(waiting_, {})});
}

} // namespace kps::collect
