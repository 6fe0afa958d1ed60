#include "compiler/base/lines.hpp"
#include "compiler/changes/parts.hpp"
#include "compiler/changes/side_by_side.hpp"

#include <map>

namespace kps::changes {

namespace {

using Settings = std::map<std::string_view, std::string_view>;

Settings settings_in(std::string_view text) {
    Settings found;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        const std::size_t equals = line.find('=');
        if (line.starts_with("CONFIG_") && equals != line.npos)
            found.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return found;
}

} // namespace

std::vector<Change> diff_config(const Sides& sides) {
    std::vector<Change> changes;
    if (sides.used != nullptr && sides.used->options.empty()) return changes;
    if (!sides.old_kernel.has_config() || !sides.new_kernel.has_config()) return changes;
    using Option = Settings::value_type;
    const auto compare = [&](const Option* was, const Option* now) {
        if (was != nullptr && now != nullptr && was->second == now->second) return;
        const std::string_view name = was != nullptr ? was->first : now->first;
        if (sides.used != nullptr && !sides.used->options.contains(name)) return;
        Change& change = changes.emplace_back();
        change.severity = now == nullptr ? Severity::error : Severity::harmless;
        change.name = name;
        if (was != nullptr) change.old_side = was->second;
        if (now != nullptr) change.new_side = now->second;
    };
    side_by_side(settings_in(sides.old_kernel.config_text()),
                 settings_in(sides.new_kernel.config_text()), &Option::first, compare);
    return changes;
}

} // namespace kps::changes
