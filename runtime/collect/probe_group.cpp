#include "runtime/collect/probe_group.hpp"

#include "runtime/collect/files.hpp"
#include "runtime/collect/numbers.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace kps::collect {
namespace {

constexpr const char* events_file = "kprobe_events";

struct FullName {
    std::string_view group;
    std::string_view event;
};

/// Of a line such as `r4:group/event vfs_read arg1=$retval`.
std::optional<FullName> name_in(std::string_view line) {
    const std::string_view head = line.substr(0, line.find(' '));
    const std::size_t colon = head.find(':');
    const std::size_t slash = head.find('/', colon == std::string_view::npos ? 0 : colon);
    if (colon == std::string_view::npos || slash == std::string_view::npos) return std::nullopt;
    return FullName{head.substr(colon + 1, slash - colon - 1), head.substr(slash + 1)};
}

/// Of a line such as `  event      12      0`.
std::optional<ProbeProfile> profile_in(std::string_view line) {
    const auto fields = words(line);
    if (fields.size() != 3) return std::nullopt;
    const auto hits = to_number<std::uint64_t>(fields[1]);
    const auto missed = to_number<std::uint64_t>(fields[2]);
    if (!hits || !missed) return std::nullopt;
    return ProbeProfile{std::string(fields[0]), *hits, *missed};
}

} // namespace

std::vector<std::string> events_of_group(std::string_view events, std::string_view group) {
    std::vector<std::string> names;
    for (const std::string_view line : split(events, '\n')) {
        const auto name = name_in(line);
        if (name && name->group == group) names.emplace_back(name->event);
    }
    return names;
}

Result<std::vector<ProbeProfile>> parse_profile(std::string_view kprobe_events,
                                                std::string_view kprobe_profile,
                                                std::string_view group) {
    const auto events = split(kprobe_events, '\n');
    const auto counters = split(kprobe_profile, '\n');
    const auto mismatch = [] { return fail("kprobe_events and kprobe_profile do not agree"); };
    if (events.size() != counters.size()) return mismatch();
    std::vector<ProbeProfile> profiles;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto name = name_in(events[i]);
        auto profile = profile_in(counters[i]);
        if (!name || !profile || profile->event != name->event) return mismatch();
        if (name->group != group) continue;
        const auto same = std::ranges::find(profiles, profile->event, &ProbeProfile::event);
        if (same == profiles.end()) {
            profiles.push_back(std::move(*profile));
        } else {
            same->hits += profile->hits;
            same->missed += profile->missed;
        }
    }
    return profiles;
}

std::string last_error(std::string_view error_log) {
    const std::size_t line = error_log.rfind("\n[");
    if (line != std::string_view::npos) error_log.remove_prefix(line + 1);
    return std::string(error_log);
}

ProbeGroup::~ProbeGroup() {
    [[maybe_unused]] const auto removed = remove();
}

std::optional<Refused> ProbeGroup::define(const std::vector<Definition>& lines) {
    if (lines.empty()) return std::nullopt;
    const std::string log_before = tracefs_.read("error_log").value_or("");
    defined_ = true;
    for (std::uint32_t index = 0; index < lines.size(); ++index) {
        if (lines[index].file != events_file) list_ = "dynamic_events";
        const int error = tracefs_.write(lines[index].file, lines[index].line + "\n");
        if (error == 0) continue;
        // some refusals are not logged, and the log may hold others' mistakes
        const std::string log = tracefs_.read("error_log").value_or("");
        return Refused{index, error, log == log_before ? std::string() : last_error(log)};
    }
    return std::nullopt;
}

Result<std::vector<ProbeProfile>> ProbeGroup::profile() {
    constexpr int attempts = 5;
    for (int attempt = 1;; ++attempt) {
        const auto events = tracefs_.read(events_file);
        const auto counters = tracefs_.read("kprobe_profile");
        if (!events) return std::unexpected(events.error());
        if (!counters) return std::unexpected(counters.error());
        auto profiles = parse_profile(*events, *counters, group_);
        if (profiles || attempt == attempts) return profiles;
    }
}

Result<void> ProbeGroup::remove() {
    if (!defined_) return {};
    const auto text = tracefs_.read(list_);
    if (!text) return std::unexpected(text.error());
    auto names = events_of_group(*text, group_);
    std::ranges::reverse(names);
    std::vector<std::string> removed;
    for (const std::string& name : names) {
        if (std::ranges::count(removed, name) > 0) continue;
        const int error = tracefs_.write(list_, "-:" + group_ + "/" + name + "\n");
        if (error != 0)
            return fail("cannot remove the probe " + group_ + "/" + name + ": " +
                            describe_errno(error),
                        error == EBUSY ? "something else uses it: perf, or another instance" : "");
        removed.push_back(name);
    }
    defined_ = false;
    return {};
}

} // namespace kps::collect
