#include "compiler/kernel/directory.hpp"

#include "compiler/base/lines.hpp"
#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/symbol_text.hpp"
#include "compiler/kernel/unpack.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <sys/utsname.h>
#include <tuple>

namespace kps::kernel {

namespace {

using std::filesystem::path;

std::string text_or_nothing(const path& file) {
    return read_text(file).value_or("");
}

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

/// The first file of a directory, in alphabetical order, whose name begins so.
std::optional<path> find_file(const path& directory, std::string_view prefix) {
    std::vector<path> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error))
        if (entry.path().filename().string().starts_with(prefix) && !entry.is_directory(error))
            found.push_back(entry.path());
    std::ranges::sort(found);
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::string read_config(const path& file) {
    auto content = read_file(file);
    if (!content) return {};
    if (is_compressed(*content)) content = unpack_payload(*content);
    return content ? std::string(as_text(*content)) : std::string();
}

/// As /sys/kernel/btf is laid out. Modules without symbols are not loaded: theirs is left out.
void read_btf_directory(const path& directory, KernelFacts& facts) {
    facts.image.btf = read_file(directory / "vmlinux").value_or(std::vector<std::byte>{});
    for (ModuleFacts& module : facts.modules)
        module.btf = read_file(directory / module.name).value_or(std::vector<std::byte>{});
}

/// `# Linux/x86 6.12.117 Kernel Configuration` is the third line of every configuration.
std::string release_in(std::string_view config) {
    const std::size_t end = config.find(" Kernel Configuration");
    if (end == config.npos) return {};
    const std::size_t begin = config.rfind(' ', end - 1) + 1;
    return std::string(config.substr(begin, end - begin));
}

Architecture architecture_in(std::string_view config) {
    return config.contains("\nCONFIG_ARM64=y") ? Architecture::arm64 : Architecture::x86_64;
}

std::optional<path> mounted(const path& root, std::string_view type) {
    const std::string mounts = text_or_nothing(root / "proc/mounts");
    for (std::string_view rest = mounts; !rest.empty();) {
        const std::string_view line = take_line(rest);
        // device place type options 0 0
        const std::size_t place = line.find(' '), after = line.find(' ', place + 1);
        if (after == line.npos ||
            line.substr(after + 1, line.find(' ', after + 1) - after - 1) != type)
            continue;
        return root / path(line.substr(place + 1, after - place - 1)).relative_path();
    }
    return std::nullopt;
}

/// As tracefs has them: a directory of events for each group.
std::vector<TraceEvent> read_formats(const path& directory) {
    std::vector<TraceEvent> events;
    std::error_code error;
    for (const auto& group : std::filesystem::directory_iterator(directory, error)) {
        const std::string name = group.path().filename().string();
        if (!group.is_directory(error) || name == "ftrace") continue;
        for (const auto& entry : std::filesystem::directory_iterator(group.path(), error)) {
            TraceEvent event = parse_format(name, text_or_nothing(entry.path() / "format"));
            if (!event.name.empty()) events.push_back(std::move(event));
        }
    }
    std::ranges::sort(events, {},
                      [](const TraceEvent& event) { return std::tie(event.group, event.name); });
    return events;
}

std::string running_config(const path& root, const std::string& release) {
    for (const path& file : {path("proc/config.gz"), path("boot") / ("config-" + release),
                             path("lib/modules") / release / "config",
                             path("lib/modules") / release / "build/.config"})
        if (std::string config = read_config(root / file); !config.empty()) return config;
    return {};
}

} // namespace

Result<KernelFacts> read_directory(const path& directory) {
    KernelFacts facts;
    facts.origin = directory.string();
    path symbols = directory / "kallsyms";
    if (!exists(symbols)) symbols = find_file(directory, "System.map").value_or(path());
    if (symbols.empty())
        return fail(directory.string() + " holds no kernel: no file kallsyms or System.map in it");
    const auto text = read_text(symbols);
    if (!text) return std::unexpected(text.error());
    if (auto read = read_symbol_text(*text, facts); !read)
        return fail(symbols.string() + ": " + read.error().message, read.error().hint);
    if (is_directory(directory / "btf")) read_btf_directory(directory / "btf", facts);
    for (const char* name : {"btf", "vmlinux.btf"})
        if (is_regular_file(directory / name)) facts.image.btf = *read_file(directory / name);
    if (const auto config = find_file(directory, "config"))
        facts.image.config = read_config(*config);
    facts.image.readme = text_or_nothing(directory / "README");
    facts.image.release = first_line(text_or_nothing(directory / "release"));
    if (facts.image.release.empty()) facts.image.release = release_in(facts.image.config);
    facts.image.architecture = architecture_in(facts.image.config);
    judge_probes({text_or_nothing(directory / "available_filter_functions"),
                  text_or_nothing(directory / "blacklist")},
                 facts);
    return facts;
}

Result<KernelFacts> read_running(const path& root) {
    KernelFacts facts;
    facts.origin = "running system";
    utsname names{};
    ::uname(&names);
    facts.image.architecture =
        std::string_view(static_cast<const char*>(names.machine)) == "aarch64"
            ? Architecture::arm64
            : Architecture::x86_64;
    facts.image.release = first_line(text_or_nothing(root / "proc/sys/kernel/osrelease"));
    const auto symbols = read_text(root / "proc/kallsyms");
    const Result<void> read = symbols ? read_symbol_text(*symbols, facts)
                                      : Result<void>(std::unexpected(symbols.error()));
    if (!read) facts.remarks.push_back("no symbols: /proc/kallsyms: " + read.error().message);
    read_btf_directory(root / "sys/kernel/btf", facts);
    if (!read && facts.image.btf.empty())
        return fail("the running kernel shows neither symbols nor types: " + read.error().message,
                    "name a kernel to check against, such as --kernel debian:6.12");
    facts.image.config = running_config(root, facts.image.release);
    if (facts.image.btf.empty())
        facts.remarks.emplace_back("no types: /sys/kernel/btf/vmlinux is absent");
    if (facts.image.config.empty())
        facts.remarks.emplace_back(
            "no configuration: neither /proc/config.gz nor /boot/config-* is "
            "readable");
    const path tracefs = mounted(root, "tracefs").value_or(root / "sys/kernel/tracing");
    const path debugfs = mounted(root, "debugfs").value_or(root / "sys/kernel/debug");
    facts.image.readme = text_or_nothing(tracefs / "README");
    if (facts.image.readme.empty())
        facts.remarks.push_back("what probes this kernel takes is not known: " +
                                (tracefs / "README").string() + " cannot be read");
    facts.read_events = [events = tracefs / "events"] { return read_formats(events); };
    judge_probes({text_or_nothing(tracefs / "available_filter_functions"),
                  text_or_nothing(debugfs / "kprobes/blacklist")},
                 facts);
    return facts;
}

} // namespace kps::kernel
