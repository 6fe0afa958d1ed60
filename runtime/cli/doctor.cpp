#include "runtime/cli/checkup.hpp"
#include "runtime/cli/commands.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace kps::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string as_text(const Way& way) {
    std::string text = fmt::format("{}: {}\n", way.title, way.works() ? "works" : "does not work");
    for (const Checked& one : way.checked) {
        text += fmt::format("  {:<8} {:<16} {}{}{}\n", name_of(one.status), one.name, one.found,
                            one.found.empty() ? "" : " - ", one.purpose);
        if (one.status != Checked::Status::ok)
            text += fmt::format("  {:<25} {}{}\n", "", one.needed ? "" : "(it goes without) ",
                                one.mend);
    }
    return text;
}

Json as_json(const Way& way) {
    Json checked = Json::array();
    for (const Checked& one : way.checked) {
        Json json = {{"name", one.name},
                     {"status", name_of(one.status)},
                     {"needed", one.needed},
                     {"found", one.found},
                     {"purpose", one.purpose}};
        if (one.status != Checked::Status::ok) json["mend"] = one.mend;
        checked.push_back(std::move(json));
    }
    return {{"way", way.name}, {"works", way.works()}, {"checked", std::move(checked)}};
}

} // namespace

int doctor(const DoctorOptions& options, Terminal& terminal) {
    const std::array<Way, 2> ways = {check_running_kernel(), check_machines()};
    if (options.json) {
        Json json = Json::array();
        for (const Way& way : ways)
            json.push_back(as_json(way));
        terminal.out(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    } else {
        terminal.out(as_text(ways[0]) + "\n" + as_text(ways[1]));
    }
    return std::ranges::any_of(ways, &Way::works) ? Exit::ok : Exit::environment;
}

} // namespace kps::cli
