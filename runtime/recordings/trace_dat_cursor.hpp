#pragma once

#include "compiler/kernel/bytes.hpp"
#include "runtime/recordings/coding.hpp"

namespace kps::recordings {

/// Reads numbers and texts of trace.dat from the front. After the first that is not there, every
/// one is 0 or empty.
class Cursor {
public:
    explicit Cursor(Bytes bytes) : rest_(bytes) {}

    template <std::unsigned_integral T>
    T number() {
        const auto value = kernel::read_le<T>(rest_, 0);
        if (!value) fail();
        if (value) rest_ = rest_.subspan(sizeof(T));
        return value.value_or(0);
    }
    /// Up to a NUL.
    std::string_view text() {
        const std::string_view rest = kernel::as_text(rest_);
        const std::size_t end = rest.find('\0');
        if (end == std::string_view::npos) {
            fail();
            return {};
        }
        rest_ = rest_.subspan(end + 1);
        return rest.substr(0, end);
    }
    Bytes bytes(std::uint64_t size) {
        if (size > rest_.size()) {
            fail();
            return {};
        }
        const Bytes taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }
    std::string_view text(std::uint64_t size) { return kernel::as_text(bytes(size)); }

    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

private:
    void fail() {
        good_ = false;
        rest_ = {};
    }

    Bytes rest_;
    bool good_ = true;
};

} // namespace kps::recordings
