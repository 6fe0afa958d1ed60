#include "runtime/collect/crc32.hpp"

#include <array>

namespace kps::collect {
namespace {

using Table = std::array<std::uint32_t, 256>;

/// `tables[k][b]`: what byte `b` followed by `k` zero bytes adds, so that eight bytes are taken at
/// once; a guest under emulation would spend most of its time here otherwise.
constexpr std::array<Table, 8> make_tables() {
    std::array<Table, 8> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320u : 0u);
        tables[0][byte] = value;
    }
    for (std::size_t k = 1; k < 8; ++k)
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t previous = tables[k - 1][byte];
            tables[k][byte] = (previous >> 8) ^ tables[0][previous & 0xFF];
        }
    return tables;
}

constexpr std::array<Table, 8> tables = make_tables();

} // namespace

std::uint32_t crc32(std::span<const std::byte> bytes) {
    std::uint32_t crc = ~0u;
    const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(bytes[i]); };
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
        const std::uint32_t low = crc ^ (at(0) | at(1) << 8 | at(2) << 16 | at(3) << 24);
        crc = tables[7][low & 0xFF] ^ tables[6][(low >> 8) & 0xFF] ^ tables[5][(low >> 16) & 0xFF] ^
              tables[4][low >> 24] ^ tables[3][at(4)] ^ tables[2][at(5)] ^ tables[1][at(6)] ^
              tables[0][at(7)];
    }
    for (const std::byte byte : bytes)
        crc = (crc >> 8) ^ tables[0][(crc ^ static_cast<std::uint32_t>(byte)) & 0xFF];
    return ~crc;
}

} // namespace kps::collect
