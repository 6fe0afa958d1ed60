#include "compiler/kernel/apt.hpp"

#include "compiler/base/lines.hpp"
#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/process.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <unistd.h>

namespace kps::kernel {

namespace {

using std::filesystem::path;

constexpr const char* debian_keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The system's settings for downloads. Its other settings may hold commands to run on an update.
Result<std::string> download_settings() {
    const auto dumped = run({"apt-config", "dump"});
    if (!dumped)
        return fail(dumped.error().message, "without apt, give the path of a kernel package: "
                                            "kps kernel show ./linux-image-....deb");
    std::string kept;
    for (std::string_view rest = dumped->output; !rest.empty();) {
        const std::string_view line = take_line(rest);
        const bool wanted = line.starts_with("Acquire::") &&
                            !line.starts_with("Acquire::IndexTargets") &&
                            !line.starts_with("Acquire::Languages");
        if (wanted) kept.append(line).append("\n");
    }
    return kept;
}

Result<void> write_text(const path& file, std::string_view text) {
    const std::span<const std::byte> parts[] = {std::as_bytes(std::span(text))};
    return write_file(file, parts);
}

/// What apt complains of: its lines that begin with E: or, if there are none, W:.
std::string complaints(std::string_view errors) {
    std::string found;
    for (const std::string_view mark : {"E: ", "W: "}) {
        for (std::string_view rest = errors; !rest.empty();) {
            const std::string_view line = take_line(rest);
            if (!line.starts_with(mark) || found.contains(line.substr(3))) continue;
            found.append(found.empty() ? "" : "; ").append(line.substr(3));
        }
        if (!found.empty()) return found;
    }
    return std::string(errors.substr(0, errors.find('\n')));
}

bool is_kernel_part(std::string_view package) {
    for (const std::string_view prefix :
         {"linux-image-", "linux-base-", "linux-binary-", "linux-modules-"})
        if (package.starts_with(prefix) && package.ends_with("-amd64")) return true;
    return false;
}

bool has_security_updates(std::string_view suite) {
    return suite != "sid" && suite != "unstable" && !suite.ends_with("-backports");
}

} // namespace

std::string sources_list(const DebianMirror& mirror, std::string_view suite) {
    std::string options = "arch=amd64";
    if (!mirror.keyring.empty()) options += " signed-by=" + mirror.keyring;
    std::string text = fmt::format("deb [{}] {} {} main\n", options, mirror.uri, suite);
    if (has_security_updates(suite))
        text += fmt::format("deb [{}] {} {}-security main\n", options, mirror.security_uri, suite);
    return text;
}

PrivateApt::PrivateApt(path directory, DebianMirror mirror, std::string suite)
    : directory_(std::move(directory)), mirror_(std::move(mirror)), suite_(std::move(suite)) {
    std::error_code error;
    if (mirror_.keyring.empty() && std::filesystem::exists(debian_keyring, error))
        mirror_.keyring = debian_keyring;
}

Result<void> PrivateApt::write_configuration() const {
    const auto settings = download_settings();
    if (!settings) return std::unexpected(settings.error());
    std::error_code error;
    for (const char* name : {"state/lists/partial", "cache/archives/partial"})
        create_directories(directory_ / name, error);
    if (auto written = write_text(directory_ / "sources.list", sources_list(mirror_, suite_));
        !written)
        return written;
    // No package counts as installed, so that nothing is left out or preferred.
    if (auto written = write_text(directory_ / "status", ""); !written) return written;
    return write_text(directory_ / "apt.conf", "Dir::Etc::Parts \"/dev/null\";\n"
                                               "Dir::Etc::Main \"/dev/null\";\n"
                                               "Acquire::Languages { \"none\"; };\n" +
                                                   *settings);
}

Result<std::string> PrivateApt::call(std::vector<std::string> command, const path& where) const {
    const auto set = [&](std::string_view option, const std::string& value) {
        command.insert(command.begin() + 1, {"-o", fmt::format("{}={}", option, value)});
    };
    set("Dir::Etc::SourceList", directory_ / "sources.list");
    set("Dir::Etc::SourceParts", "/dev/null");
    set("Dir::Etc::Preferences", "/dev/null");
    set("Dir::Etc::PreferencesParts", "/dev/null");
    set("Dir::State", directory_ / "state");
    set("Dir::State::lists", directory_ / "state/lists");
    set("Dir::State::status", directory_ / "status");
    set("Dir::Cache", directory_ / "cache");
    set("APT::Architecture", "amd64");
    set("APT::Architectures", "amd64");
    // As root, apt would download as a user who need not be able to reach our directories.
    if (::geteuid() == 0) set("APT::Sandbox::User", "root");
    const auto finished =
        run(command, {"APT_CONFIG=" + (directory_ / "apt.conf").string(), "LC_ALL=C"}, where);
    if (!finished) return std::unexpected(finished.error());
    if (finished->status != 0)
        return fail(fmt::format("{} failed: {}", command.front(), complaints(finished->errors)),
                    "is the mirror reachable? " + mirror_.uri);
    return finished->output;
}

Result<void> PrivateApt::update() const {
    if (auto written = write_configuration(); !written) return written;
    const auto done = call({"apt-get", "-q", "-o", "APT::Update::Error-Mode=any", "update"}, "/");
    return done ? Result<void>() : std::unexpected(done.error());
}

Result<std::vector<KernelPackage>> PrivateApt::kernels() const {
    const auto names = call({"apt-cache", "pkgnames", "linux-"}, "/");
    if (!names) return std::unexpected(names.error());
    std::vector<std::string> command{"apt-cache", "show"};
    for (std::string_view rest = *names; !rest.empty();)
        if (const std::string_view name = take_line(rest); is_kernel_part(name))
            command.emplace_back(name);
    if (command.size() == 2) return std::vector<KernelPackage>{};
    const auto stanzas = call(std::move(command), "/");
    if (!stanzas) return std::unexpected(stanzas.error());
    return kernel_packages(*stanzas, suite_);
}

Result<void> PrivateApt::download(const KernelPackage& package, const path& where) const {
    std::vector<std::string> command{"apt-get", "-q", "download"};
    command.push_back(fmt::format("{}={}", package.package, package.version));
    for (const std::string& part : package.parts)
        command.push_back(fmt::format("{}={}", part, package.version));
    const auto done = call(std::move(command), where);
    return done ? Result<void>() : std::unexpected(done.error());
}

} // namespace kps::kernel
