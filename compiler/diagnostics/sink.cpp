#include "compiler/diagnostics/sink.hpp"

#include <algorithm>
#include <tuple>

namespace kps::diag {

Report& Report::label(std::string text) {
    diagnostic_.label = std::move(text);
    return *this;
}

Report& Report::note(Span span, std::string text) {
    diagnostic_.notes.push_back({span, std::move(text)});
    return *this;
}

Report& Report::remark(std::string text) {
    diagnostic_.remarks.push_back(std::move(text));
    return *this;
}

Report& Report::help(std::string text) {
    diagnostic_.help.push_back(std::move(text));
    return *this;
}

Report& Report::fix(Span span, std::string replacement) {
    diagnostic_.fix = Fix{span, std::move(replacement)};
    return *this;
}

Report& Report::did_you_mean(const std::vector<std::string>& names) {
    if (names.empty()) return *this;
    std::string text = names.size() == 1 ? "a similar name exists: " : "similar names exist: ";
    for (std::size_t i = 0; i < names.size(); ++i)
        text += fmt::format("{}`{}`", i == 0 ? "" : ", ", names[i]);
    return help(std::move(text));
}

Report Sink::add(Diagnostic diagnostic) {
    if (diagnostic.severity == Severity::error) ++errors_;
    diagnostics_.push_back(std::move(diagnostic));
    return Report(diagnostics_.back());
}

std::vector<Diagnostic> Sink::sorted() const {
    const auto place = [](const Diagnostic& d) { return std::tie(d.span, d.code); };
    std::vector<Diagnostic> sorted = diagnostics_;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
    const auto same = [&](const Diagnostic& a, const Diagnostic& b) {
        return place(a) == place(b);
    };
    sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
    return sorted;
}

} // namespace kps::diag
