#include "runtime/cli/run_setup.hpp"

#include "runtime/machine/cpio.hpp"

#include <algorithm>
#include <ctime>

namespace kps::cli {

namespace {

/// Every command that the tests will run, for the programs that a machine needs.
std::vector<std::string> commands_of(const std::vector<Compiled>& specs) {
    std::vector<std::string> commands;
    for (const Compiled& compiled : specs)
        for (const sema::Test& test : compiled.spec.tests) {
            if (test.skip) continue;
            for (const sema::Run& run : test.runs)
                commands.push_back(run.command);
            for (const auto* more : {&test.background, &test.setup, &test.cleanup})
                commands.insert(commands.end(), more->begin(), more->end());
        }
    return commands;
}

std::vector<std::string> probed_programs(const std::vector<Compiled>& specs) {
    std::vector<std::string> paths;
    for (const Compiled& compiled : specs)
        for (const sema::Probe& probe : compiled.spec.probes)
            if (!probe.program.empty()) paths.push_back(probe.program);
    return paths;
}

std::vector<std::string> probed_modules(const std::vector<Compiled>& specs) {
    std::vector<std::string> names;
    for (const Compiled& compiled : specs)
        for (const sema::Probe& probe : compiled.spec.probes)
            if (!probe.module.empty() && probe.kind != sema::PointKind::tracepoint)
                names.push_back(probe.module);
    return names;
}

/// The file that `--add` puts at a path of the guest; the same path where it puts none.
std::filesystem::path host_path(const std::vector<std::string>& add, const std::string& path) {
    const std::filesystem::path guest = machine::guest_path(path);
    for (const std::string& file_and_destination : add) {
        const std::size_t colon = file_and_destination.find(':');
        const std::string file = file_and_destination.substr(0, colon);
        const auto destination = machine::guest_path(
            colon == std::string::npos ? file : file_and_destination.substr(colon + 1));
        if (guest == destination) return file;
        const auto inside = guest.lexically_relative(destination);
        if (!inside.empty() && *inside.begin() != "..") return file / inside;
    }
    return path;
}

} // namespace

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[32];
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    return {text, size};
}

bool has_work(const std::vector<Compiled>& specs) {
    return std::ranges::any_of(specs, [](const Compiled& compiled) {
        return std::ranges::any_of(compiled.spec.tests, [](const auto& t) { return !t.skip; });
    });
}

Result<std::unique_ptr<Target>> target_for(const RunOptions& options,
                                           const std::vector<Compiled>& specs,
                                           const Interruption& interruption, Terminal& terminal) {
    if (options.kernel == "running") return running_target(interruption, terminal);
    return machine_target(options,
                          {commands_of(specs), probed_programs(specs), probed_modules(specs)},
                          interruption, terminal);
}

sema::LocateProgram locate_added(const std::vector<std::string>& add) {
    return [&add](const std::string& path) { return host_path(add, path); };
}

} // namespace kps::cli
