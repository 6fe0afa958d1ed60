#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kps::machine {

/// A guest's serial console as it comes, in chunks of any size: the last of its text, and the lines
/// in which the kernel says that it is in trouble.
class Console {
public:
    static constexpr std::size_t kept = std::size_t{1} << 20;
    static constexpr std::size_t most_splats = 64;

    void append(std::string_view chunk);

    /// The last MiB, without carriage returns, from the beginning of a line on.
    [[nodiscard]] std::string text() const;
    /// `Kernel panic - not syncing: ...`, once a line says so; else empty.
    [[nodiscard]] const std::string& panic() const { return panic_; }
    /// First lines of oopses, warnings, lockups and sanitizer reports, without time stamps.
    [[nodiscard]] const std::vector<std::string>& splats() const { return splats_; }

private:
    void line_ended();

    std::string text_;
    std::string line_; ///< the one that is not complete
    std::string panic_;
    std::vector<std::string> splats_;
};

} // namespace kps::machine
