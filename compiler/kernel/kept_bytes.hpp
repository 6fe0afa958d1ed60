#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace kps::kernel {

/// Bytes together with what keeps them where they are: memory of their own, or a mapped file of
/// which they are a part.
struct KeptBytes {
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> keeper;
};

/// Takes over a vector or string of plain values.
template <class Container>
KeptBytes keep(Container content) {
    auto kept = std::make_shared<const Container>(std::move(content));
    return {std::as_bytes(std::span(*kept)), kept};
}

} // namespace kps::kernel
