#include "runtime/machine/guest_files.hpp"

#include "runtime/machine/process.hpp"
#include "runtime/machine/programs.hpp"

#include <fmt/core.h>

#include <cstdlib>

namespace kps::machine {

namespace fs = std::filesystem;

namespace {

/// The files, and modules.dep: `FILE: FILE...`, what a module needs being loaded from the last to
/// the first (depmod(8), modules.dep(5)).
void add_loadable(const kernel::LoadableModules& loadable, Initramfs& initramfs) {
    const auto file = [](const std::string& name) { return fmt::format("kps/{}.ko", name); };
    const std::string directory = fmt::format("lib/modules/{}/", loadable.release);
    std::string dependencies;
    for (const kernel::LoadableModule& module : loadable.modules) {
        initramfs.file(directory + file(module.name), module.image);
        dependencies += file(module.name) + ":";
        for (auto needed = module.depends.rbegin(); needed != module.depends.rend(); ++needed)
            dependencies += " " + file(*needed);
        dependencies += "\n";
    }
    initramfs.file(directory + "modules.dep", dependencies);
}

} // namespace

Result<std::vector<std::byte>> guest_initramfs(const GuestFiles& files) {
    Initramfs initramfs;
    Programs programs(initramfs, search_path());
    initramfs.character_device("dev/console", 5, 1);
    initramfs.file("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n");
    if (const auto added = programs.add_busybox(); !added) return std::unexpected(added.error());
    if (const auto added = programs.add_file(files.agent, "init"); !added)
        return std::unexpected(added.error());

    std::string list;
    for (const auto& [name, image] : files.modules) {
        const std::string path = fmt::format("/kps/{}.ko", name);
        initramfs.file(path, image);
        list += path + "\n";
    }
    initramfs.file("kps/modules", list);
    if (!files.loadable.modules.empty()) add_loadable(files.loadable, initramfs);

    for (const std::string& path : files.probed)
        if (const auto added = programs.add_probed(path); !added)
            return std::unexpected(added.error());
    for (const std::string& file : files.add)
        if (const auto added = programs.add(file); !added) return std::unexpected(added.error());
    for (const std::string& command : files.commands)
        if (const auto added = programs.add_commands(command); !added)
            return std::unexpected(added.error());
    return initramfs.archive();
}

Result<fs::path> find_agent() {
    std::error_code error;
    if (const char* const named = std::getenv("KPS_AGENT"); named != nullptr && *named != '\0') {
        if (fs::is_regular_file(named, error)) return named;
        return fail(fmt::format("the agent {} (of KPS_AGENT) does not exist", named));
    }
    const fs::path directory = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (const char* const place : {"kps-agent", "../libexec/kps-agent"})
        if (fs::is_regular_file(directory / place, error)) return directory / place;
    return fail(fmt::format("there is no kps-agent in {} or ../libexec of it", directory.string()),
                "install kps with its agent, or name the agent in KPS_AGENT");
}

} // namespace kps::machine
