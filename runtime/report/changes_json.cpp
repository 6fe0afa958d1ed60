#include "runtime/report/changes.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace kps::report {

using Json = nlohmann::ordered_json;

namespace {

Json kernel_json(const KernelName& kernel) {
    return {{"name", kernel.name}, {"release", kernel.release}};
}

Json side_json(const std::optional<std::string>& side) {
    return side ? Json(*side) : Json(nullptr);
}

Json change_json(const changes::Change& change) {
    Json json = {{"kind", to_string(change.kind)},
                 {"severity", to_string(change.severity)},
                 {"name", change.name},
                 {"old", side_json(change.old_side)},
                 {"new", side_json(change.new_side)}};
    if (!change.module.empty()) json["module"] = change.module;
    if (!change.details.empty()) json["details"] = change.details;
    if (change.candidates.empty()) return json;
    json["candidates"] = Json::array();
    for (const changes::Candidate& candidate : change.candidates)
        json["candidates"].push_back({{"name", candidate.name},
                                      {"declaration", candidate.declaration},
                                      {"score", std::round(candidate.score * 100) / 100},
                                      {"reason", candidate.reason}});
    return json;
}

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

// A line for each change: there can be tens of thousands, and never all of them as a tree.
std::string changes_json(const KernelChanges& changes) {
    const Json head = {{"format", "kps-kernel-diff"},
                       {"format_version", 1},
                       {"old", kernel_json(changes.old_kernel)},
                       {"new", kernel_json(changes.new_kernel)},
                       {"used_by", changes.specs}};
    std::string text = dump(head);
    text.pop_back();
    text += ",\"changes\":[";
    for (const changes::Change& change : changes.changes) {
        text += text.ends_with('[') ? "\n" : ",\n";
        text += dump(change_json(change));
    }
    return text + "\n]}\n";
}

} // namespace kps::report
