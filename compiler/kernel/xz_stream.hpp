#pragma once

#include "compiler/base/result.hpp"

#include <cstddef>
#include <functional>
#include <lzma.h>
#include <span>
#include <vector>

namespace kps::kernel {

/// Unpacks the xz streams that a source gives in pieces, as many of their blocks at a time as there
/// are processors. What it unpacks beforehand is limited to a few hundred MB.
class XzStream {
public:
    using Bytes = std::span<const std::byte>;
    /// Gives the next bytes, which stay until it is called again; none at the end.
    using Source = std::function<Result<Bytes>()>;

    explicit XzStream(Source source);
    ~XzStream();
    XzStream(const XzStream&) = delete;
    XzStream& operator=(const XzStream&) = delete;

    /// The next bytes, which stay until the next call; none at the end. Fails if the source does,
    /// or if the streams are damaged or cut short.
    Result<Bytes> next();

private:
    Source source_;
    lzma_stream stream_;
    lzma_ret status_;
    std::vector<std::byte> out_;
};

} // namespace kps::kernel
