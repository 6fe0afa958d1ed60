#pragma once

#include "runtime/recordings/coding.hpp"

#include <memory>
#include <vector>

struct ZSTD_DCtx_s;

namespace kps::recordings {

/// Bytes as trace.dat has them.
struct Packed {
    Bytes bytes;
    std::uint32_t size = 0; ///< of what is packed; 0: nothing is, these are the bytes themselves
};

/// Unpacks what trace.dat of version 7 has packed.
class Unpacker {
public:
    /// As the file names it: `zstd` or `zlib`; see `is_known`.
    explicit Unpacker(std::string_view compression);

    static bool is_known(std::string_view compression);
    /// Into `out`. False if they are damaged, or not of that size.
    bool operator()(const Packed& packed, std::vector<std::byte>& out);

private:
    struct Free {
        void operator()(ZSTD_DCtx_s* context) const;
    };
    bool is_zstd_;
    std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

} // namespace kps::recordings
