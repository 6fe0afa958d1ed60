#include "compiler/diagnostics/render.hpp"

#include <nlohmann/json.hpp>

namespace kps::diag {

namespace {

using Json = nlohmann::ordered_json;

Json place(Span span, const SourceSet& sources) {
    const LineColumn begin = sources.position(span.file, span.begin);
    const LineColumn end = sources.position(span.file, span.end);
    return {{"file", sources[span.file].path},
            {"line", begin.line},
            {"column", begin.column},
            {"end_line", end.line},
            {"end_column", end.column}};
}

} // namespace

std::string render_json(const std::vector<Diagnostic>& diagnostics, const SourceSet& sources) {
    Json all = Json::array();
    for (const Diagnostic& d : diagnostics) {
        Json json = {{"code", to_string(d.code)},
                     {"severity", to_string(d.severity)},
                     {"message", d.message}};
        json.update(place(d.span, sources));
        json["label"] = d.label;
        json["notes"] = Json::array();
        for (const Note& note : d.notes) {
            Json other = place(note.span, sources);
            other["text"] = note.text;
            json["notes"].push_back(std::move(other));
        }
        json["remarks"] = d.remarks;
        json["help"] = d.help;
        if (d.fix) {
            json["fix"] = place(d.fix->span, sources);
            json["fix"]["replacement"] = d.fix->replacement;
        }
        all.push_back(std::move(json));
    }
    return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace kps::diag
