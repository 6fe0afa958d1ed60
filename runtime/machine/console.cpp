#include "runtime/machine/console.hpp"

#include <algorithm>
#include <array>

namespace kps::machine {

namespace {

constexpr std::size_t longest_line = 4096;
constexpr std::string_view panic_mark = "Kernel panic - not syncing";

/// What a message of trouble begins with, after its time stamp.
constexpr std::array<std::string_view, 11> splat_marks{
    "BUG: ",          "WARNING: ",       "Oops: ",
    "Oops[",          "kernel BUG at ",  "general protection fault",
    "divide error",   "INFO: task ",     "INFO: rcu",
    "rcu: INFO: rcu", "watchdog: BUG: ",
};

// `[    1.041036] text`, or with a caller `[    1.041036][   T18] text`.
std::string_view without_stamp(std::string_view line) {
    while (line.starts_with('[')) {
        const std::size_t close = line.find(']');
        if (close == std::string_view::npos || close > 32) break;
        line.remove_prefix(close + 1);
    }
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    return line;
}

} // namespace

void Console::append(std::string_view chunk) {
    while (!chunk.empty()) {
        const std::size_t end = std::min(chunk.find_first_of("\r\n"), chunk.size());
        text_ += chunk.substr(0, end);
        line_ += chunk.substr(0, std::min(end, longest_line - line_.size()));
        if (end < chunk.size() && chunk[end] == '\n') {
            text_ += '\n';
            line_ended();
        }
        chunk.remove_prefix(std::min(end + 1, chunk.size()));
    }
    if (text_.size() > 2 * kept) text_.erase(0, text_.size() - kept);
}

void Console::line_ended() {
    const std::string_view line = without_stamp(line_);
    if (line.starts_with(panic_mark) && panic_.empty()) panic_ = line;
    const bool splat = std::ranges::any_of(
        splat_marks, [&](std::string_view mark) { return line.starts_with(mark); });
    if (splat && splats_.size() < most_splats) splats_.emplace_back(line);
    line_.clear();
}

std::string Console::text() const {
    if (text_.size() <= kept) return text_;
    const std::size_t begin = text_.find('\n', text_.size() - kept);
    return begin == std::string::npos ? text_.substr(text_.size() - kept) : text_.substr(begin + 1);
}

} // namespace kps::machine
