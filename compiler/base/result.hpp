#pragma once

#include <expected>
#include <string>

namespace kps {

/// Why the environment failed us (a file, a tool, a kernel). `message`: lower case, what was found
/// and what was expected. `hint`: what the user can do, or empty.
struct Error {
    std::string message;
    std::string hint;
};

/// Failures of the environment; mistakes in a spec go to `diag::Sink` instead.
template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message, std::string hint = {}) {
    return std::unexpected(Error{std::move(message), std::move(hint)});
}

} // namespace kps
