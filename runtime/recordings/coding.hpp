#pragma once

#include "runtime/hits/ring_buffer_page.hpp"

#include <concepts>
#include <string>
#include <type_traits>
#include <vector>

/// Numbers and texts as our recordings hold them: a number as LEB128 (seven bits a byte, the lowest
/// first, the top bit set on all but the last), a signed one with its sign in the lowest bit
/// (0, -1, 1, -2, ...), a text as its length and its bytes.
namespace kps::recordings {

using hits::Bytes;

constexpr std::uint64_t zigzag(std::uint64_t value) {
    return value << 1 ^ (value >> 63 != 0 ? UINT64_MAX : 0);
}
constexpr std::uint64_t unzigzag(std::uint64_t coded) {
    return coded >> 1 ^ ((coded & 1) != 0 ? UINT64_MAX : 0);
}

class Encoder {
public:
    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7)
            bytes_.push_back(static_cast<std::byte>(value | 0x80));
        bytes_.push_back(static_cast<std::byte>(value));
    }
    void text(std::string_view text) {
        number(text.size());
        raw(std::as_bytes(std::span(text)));
    }
    void raw(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    void flag(bool value) { number(value ? 1 : 0); }

    [[nodiscard]] std::vector<std::byte>& bytes() { return bytes_; }

private:
    std::vector<std::byte> bytes_;
};

/// Reads what an `Encoder` wrote. After the first thing that does not fit, everything reads as 0 or
/// empty, so that one look at `good` in the end is enough.
class Decoder {
public:
    explicit Decoder(Bytes bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    std::uint64_t number() {
        if (at_ != end_ && (*at_ & std::byte{0x80}) == std::byte{0})
            return static_cast<std::uint64_t>(*at_++);
        return long_number();
    }
    std::string_view text() {
        const Bytes bytes = raw(number());
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    Bytes raw(std::uint64_t size) {
        if (size > left()) {
            fail();
            return {};
        }
        const Bytes bytes(at_, size);
        at_ += size;
        return bytes;
    }
    /// How many things follow that take at least a byte each.
    std::size_t count() {
        const std::uint64_t count = number();
        if (count > left()) fail();
        return good_ ? count : 0;
    }
    bool flag() { return number() != 0; }
    template <std::unsigned_integral T>
    void narrow(T& value) {
        const std::uint64_t wide = number();
        value = static_cast<T>(wide);
        if (value != wide) fail();
    }

    void fail() {
        good_ = false;
        at_ = end_;
    }
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    [[nodiscard]] bool good() const { return good_; }
    /// Everything was there, and nothing is left.
    [[nodiscard]] bool complete() const { return good_ && at_ == end_; }

private:
    std::uint64_t long_number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
            const auto byte = static_cast<std::uint64_t>(*at_++);
            value |= (byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        fail();
        return 0;
    }

    const std::byte* at_;
    const std::byte* end_;
    bool good_ = true;
};

} // namespace kps::recordings
