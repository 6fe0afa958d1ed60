#pragma once

#include <cstdint>
#include <fmt/core.h>
#include <string>
#include <string_view>

namespace kps::diag {

enum class Severity : std::uint8_t { error, warning, note };

std::string_view to_string(Severity severity);

/// A stable number, printed as `KPS0412`. Never reused.
struct Code {
    std::uint16_t number = 0;

    auto operator<=>(const Code&) const = default;
};

std::string to_string(Code code);

/// One row of the catalogue: the only place where the text of a message stands. `Args` are the
/// types of what is put into `format`, checked where the message is reported.
template <class... Args>
struct Message {
    Code code;
    Severity severity;
    fmt::format_string<const Args&...> format;

    [[nodiscard]] std::string text(const Args&... args) const {
        return fmt::format(format, args...);
    }
};

/// A row without its argument types, for listings and tests.
struct CatalogueRow {
    Code code;
    Severity severity;
    std::string_view name;
    std::string_view format;
};

} // namespace kps::diag
