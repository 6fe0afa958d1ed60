#include "runtime/recordings/trace_dat_unpack.hpp"

#include <zlib.h>
#include <zstd.h>

namespace kps::recordings {

void Unpacker::Free::operator()(ZSTD_DCtx_s* context) const {
    ZSTD_freeDCtx(context);
}

Unpacker::Unpacker(std::string_view compression)
    : is_zstd_(compression == "zstd"), context_(is_zstd_ ? ZSTD_createDCtx() : nullptr) {}

bool Unpacker::is_known(std::string_view compression) {
    return compression == "zstd" || compression == "zlib";
}

bool Unpacker::operator()(const Packed& packed, std::vector<std::byte>& out) {
    out.resize(packed.size);
    if (is_zstd_)
        return ZSTD_decompressDCtx(context_.get(), out.data(), out.size(), packed.bytes.data(),
                                   packed.bytes.size()) == out.size();
    uLongf got = out.size();
    return uncompress(reinterpret_cast<Bytef*>(out.data()), &got,
                      reinterpret_cast<const Bytef*>(packed.bytes.data()),
                      packed.bytes.size()) == Z_OK &&
           got == out.size();
}

} // namespace kps::recordings
