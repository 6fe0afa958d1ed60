#pragma once

#include <span>
#include <string_view>

namespace kps::cli {

/// docs/diagnostics/KPSnnnn.md, built in.
struct DiagnosticPage {
    unsigned code = 0;
    std::string_view text;
};
std::span<const DiagnosticPage> diagnostic_pages();

} // namespace kps::cli
