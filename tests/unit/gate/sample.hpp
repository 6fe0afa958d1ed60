#pragma once

#include "runtime/gate/record.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>

/// Gates for tests, made from verdicts alone.
namespace kps::gate::sample {

using Json = nlohmann::ordered_json;

/// A test as `kps run --report json` tells it.
inline Json test(const std::string& name, const std::string& verdict) {
    const bool passes = verdict == "PASS";
    Json hit = {{"probe", "open.exit"},
                {"time_ns", 2'500'000},
                {"cpu", 1},
                {"tid", 71},
                {"pid", 71},
                {"comm", "cat"},
                {"fields", {{"ret", "-ENOENT"}, {"stack", {"vfs_open+0x10", "0x10"}}}}};
    Json finding = {{"verdict", verdict},
                    {"text", "expect every open: ret == -EACCES"},
                    {"place", {{"file", "a.kps"}, {"line", 7}, {"column", 3}}},
                    {"seen", passes ? "" : "-ENOENT"},
                    {"expected", passes ? "" : "== -EACCES"},
                    {"reason", passes ? "" : "violated by 1 of 1 hit"},
                    {"key", ""},
                    {"evidence", Json::array()},
                    {"more_evidence", 0},
                    {"remarks", Json::array()}};
    if (!passes)
        finding["evidence"].push_back(
            {{"hits", {hit}}, {"note", "ret is -ENOENT"}, {"decisive", {"ret"}}});
    Json buckets = {{{"text", "1..1"}, {"from", 1}, {"to", 1}, {"count", 3}},
                    {{"text", "2..3"}, {"from", 2}, {"to", 3}, {"count", passes ? 9 : 1}}};
    return {{"name", name},
            {"verdict", verdict},
            {"reason", ""},
            {"place", {{"file", "a.kps"}, {"line", 5}, {"column", 1}}},
            {"duration_ns", 1'000'000},
            {"hits", 12},
            {"live_ns", 1'000'000},
            {"first_hits", {hit}},
            {"findings", {finding}},
            {"shows",
             {{{"text", "show hist(open.duration)"},
               {"histogram", {{"field", "duration"}, {"values", 4}, {"buckets", buckets}}}}}},
            {"runs", Json::array()},
            {"losses", Json::array()},
            {"remarks", Json::array()}};
}

inline std::string report(const std::vector<Json>& tests) {
    const Json json = {{"format", "kps-report"},
                       {"format_version", 1},
                       {"kernel", "6.1.0"},
                       {"kernel_name", "debian:6.1"},
                       {"place", "QEMU"},
                       {"boot_ns", 5},
                       {"specs", {{{"path", "specs/a.kps"}, {"tests", tests}}}}};
    return json.dump();
}

/// A gate of two kernels, without any test.
inline Record record() {
    Record record;
    record.version = "0.1.0";
    record.set = "0123456789abcdef";
    record.started = "2026-11-21T03:00:00";
    record.kernels = {{"debian:6.1", "6.1.0-56"}, {"debian:6.12", "6.12.1"}};
    return record;
}

/// Adds a test and, for each kernel, its verdicts in the runs; none at all for a kernel that did
/// not run it.
inline void add(Record& record, const std::string& name,
                const std::vector<std::vector<std::string>>& verdicts) {
    std::size_t repeats = 1;
    for (const auto& of_kernel : verdicts)
        repeats = std::max(repeats, of_kernel.size());
    record.tests.push_back(
        {"specs/a.kps", name, {"a.kps", 5, 1}, 1, static_cast<std::uint32_t>(repeats)});
    for (std::size_t kernel = 0; kernel < verdicts.size(); ++kernel)
        for (const std::string& verdict : verdicts[kernel])
            record.runs.push_back({kernel, "", report({test(name, verdict)})});
}

} // namespace kps::gate::sample
