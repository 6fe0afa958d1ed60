#include "compiler/base/lines.hpp"
#include "compiler/changes/parts.hpp"

#include <map>

namespace kps::changes {

namespace {

using Options = std::map<std::string_view, std::string_view>;

Options options(std::string_view text) {
    Options found;
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
    if (!sides.old_kernel.has_config() || !sides.new_kernel.has_config()) return changes;
    const Options was = options(sides.old_kernel.config_text());
    const Options now = options(sides.new_kernel.config_text());
    const auto add = [&](std::string_view name, const auto* before, const auto* after) {
        if (sides.used != nullptr && !sides.used->options.contains(name)) return;
        Change& change = changes.emplace_back();
        change.severity = after == nullptr ? Severity::error : Severity::harmless;
        change.name = name;
        if (before != nullptr) change.old_side = *before;
        if (after != nullptr) change.new_side = *after;
    };
    for (const auto& [name, value] : was) {
        const auto other = now.find(name);
        if (other == now.end())
            add(name, &value, static_cast<const std::string_view*>(nullptr));
        else if (other->second != value)
            add(name, &value, &other->second);
    }
    for (const auto& [name, value] : now)
        if (!was.contains(name)) add(name, static_cast<const std::string_view*>(nullptr), &value);
    return changes;
}

} // namespace kps::changes
