#pragma once

#include "runtime/cli/terminal.hpp"
#include "runtime/gate/compare.hpp"

namespace kps::cli {

/// The waivers of a file; none for an empty path.
Result<std::vector<gate::Waiver>> waivers_of(const std::string& path);

/// Judges a gate, writes the reports that are wanted and returns the exit status.
int report_gate(const gate::Record& record, std::vector<gate::Waiver> waivers,
                const std::vector<std::string>& wishes, Terminal& terminal);

} // namespace kps::cli
