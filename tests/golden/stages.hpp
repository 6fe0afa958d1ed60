#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kps::golden {

/// One folder of cases: `<case>.kps` goes in, `<case>.txt` must come out.
struct Stage {
    std::string_view folder;
    std::string_view first_case; ///< the stage takes the cases from this name on,
    std::string_view last_case;  ///< before this one
    std::string (*run)(const std::string& path, const std::string& text);
};

/// Every stage. A folder may be shared: `diag` is, by blocks of codes.
std::span<const Stage> stages();

} // namespace kps::golden
