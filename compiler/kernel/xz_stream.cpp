#include "compiler/kernel/xz_stream.hpp"

#include <algorithm>
#include <thread>

namespace kps::kernel {

namespace {

constexpr std::size_t piece = 1 << 18;
constexpr std::uint64_t most_ahead = std::uint64_t{256} << 20;
constexpr std::uint64_t most_memory = std::uint64_t{512} << 20; // for one block's dictionary

const char* describe(lzma_ret status) {
    if (status == LZMA_BUF_ERROR) return "the xz stream is cut short";
    if (status == LZMA_MEM_ERROR || status == LZMA_MEMLIMIT_ERROR)
        return "the xz stream needs too much memory";
    return "the xz stream is damaged";
}

} // namespace

XzStream::XzStream(Source source)
    : source_(std::move(source)), stream_(LZMA_STREAM_INIT), out_(piece) {
    lzma_mt options{};
    options.flags = LZMA_CONCATENATED;
    options.threads = std::max(1U, std::thread::hardware_concurrency());
    options.memlimit_threading = most_ahead;
    options.memlimit_stop = most_memory;
    status_ = lzma_stream_decoder_mt(&stream_, &options);
}

XzStream::~XzStream() {
    lzma_end(&stream_);
}

Result<XzStream::Bytes> XzStream::next() {
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out_.data());
    stream_.avail_out = out_.size();
    lzma_action action = LZMA_RUN;
    while (status_ == LZMA_OK && stream_.avail_out > 0) {
        if (stream_.avail_in == 0) {
            const auto in = source_();
            if (!in) return std::unexpected(in.error());
            if (in->empty()) action = LZMA_FINISH;
            stream_.next_in = reinterpret_cast<const std::uint8_t*>(in->data());
            stream_.avail_in = in->size();
        }
        status_ = lzma_code(&stream_, action);
    }
    if (status_ != LZMA_OK && status_ != LZMA_STREAM_END) return fail(describe(status_));
    return Bytes(out_).first(out_.size() - stream_.avail_out);
}

} // namespace kps::kernel
