#pragma once

#include "compiler/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kps::gate {

/// A difference that is accepted for a while.
struct Waiver {
    std::string until;   ///< the last day, `2027-01-31`
    std::string spec;    ///< path, or its last components
    std::string subject; ///< the name of a test, or `probe NAME`, `field NAME` of the static table
    std::string reason;
    std::string file; ///< where it is written
    std::size_t line = 0;
};

/// Reads a waiver file: a line each, `UNTIL SPEC "SUBJECT" REASON`; empty lines and those that
/// begin with `#` are skipped. `path` is what errors and waivers name.
Result<std::vector<Waiver>> read_waivers(std::string_view text, const std::string& path);

/// Whether `waiver` is for `subject` of `spec`: its path ends in what the waiver names.
bool applies(const Waiver& waiver, std::string_view spec, std::string_view subject);

} // namespace kps::gate
