#include "compiler/diagnostics/messages.hpp"

#include <algorithm>

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

std::string with_dots(std::string_view format) {
    std::string text;
    for (std::size_t i = 0; i < format.size(); ++i) {
        const bool argument = format[i] == '{' && !format.substr(i).starts_with("{{");
        if (argument) {
            text += "...";
            i = std::min(format.find('}', i), format.size() - 1);
        } else {
            text += format[i];
            if (format[i] == '{' || format[i] == '}') ++i; // written twice
        }
    }
    return text;
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
