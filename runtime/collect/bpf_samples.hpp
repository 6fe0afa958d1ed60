#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/bpf_object.hpp"
#include "runtime/collect/teller.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

struct ring_buffer;

namespace kps::collect {

/// Appends a sample in the form of `Samples`.
void append_sample(std::span<const std::byte> sample, std::vector<std::byte>& samples);

/// The consumer's end of the ring buffer `hits`.
class BpfSamples {
public:
    explicit BpfSamples(const Teller& tell) : tell_(tell) {}
    BpfSamples(const BpfSamples&) = delete;
    BpfSamples& operator=(const BpfSamples&) = delete;

    /// An object without such a map has no samples.
    Result<void> open(const BpfObject& object);
    /// Becomes readable when there are samples; -1: never.
    [[nodiscard]] int fd() const;
    /// Tells samples until there are none or so many bytes have been; true if there may be more.
    bool fetch(std::size_t bytes);
    void close();

private:
    struct Free {
        void operator()(ring_buffer* ring) const;
    };
    static int take(void* self, void* data, std::size_t size);
    void flush();

    const Teller& tell_;
    std::unique_ptr<ring_buffer, Free> ring_;
    std::vector<std::byte> waiting_;
    std::size_t left_ = 0; ///< of what a call of `fetch` may tell
};

} // namespace kps::collect
