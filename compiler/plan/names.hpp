#pragma once

#include <set>
#include <string>
#include <string_view>

namespace kps::plan {

/// Gives out C identifiers, each once.
class Names {
public:
    explicit Names(std::size_t longest) : longest_(longest) {}

    /// `wanted` with every other character as `_`, shortened to fit, and with a number appended if
    /// it is taken or reserved (`common_...` and `__probe_...` are fields of every event).
    std::string take(std::string_view wanted);

private:
    std::size_t longest_;
    std::set<std::string, std::less<>> taken_;
};

} // namespace kps::plan
