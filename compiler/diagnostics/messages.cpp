#include "compiler/diagnostics/messages.hpp"

namespace kps::diag {

namespace {

constexpr CatalogueRow rows[] = {
#define DIAG(number, severity, name, format, ...) {Code{number}, Severity::severity, #name, format},
#include "compiler/diagnostics/catalogue/all.def"
#undef DIAG
};

} // namespace

std::span<const CatalogueRow> catalogue() {
    return rows;
}

std::string_view to_string(Severity severity) {
    switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::note: return "note";
    }
    return "error";
}

std::string to_string(Code code) {
    return fmt::format("KPS{:04}", code.number);
}

} // namespace kps::diag
