#include "compiler/kernel/boot.hpp"

#include "compiler/base/lines.hpp"
#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/cache.hpp"
#include "compiler/kernel/deb.hpp"
#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/module.hpp"
#include "compiler/kernel/open.hpp"
#include "compiler/kernel/package.hpp"
#include "compiler/kernel/unpack.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

namespace kps::kernel {

namespace {

using std::filesystem::path;

/// Where the files of a kernel come from, and where those that are made of them are kept.
struct Source {
    path directory;
    std::vector<path> packages; ///< none if there is only an image
    path image;
};

Result<Source> locate(const std::string& kernel) {
    if (is_fetched_name(kernel)) {
        const auto cached = fetch_kernel(kernel);
        if (!cached) return std::unexpected(cached.error());
        return Source{cached->directory, cached->packages, {}};
    }
    std::error_code error;
    if (!std::filesystem::is_regular_file(kernel, error))
        return fail(fmt::format("`{}` cannot be booted: it is neither fetched nor a file", kernel),
                    "write debian:6.12, or the path of a .deb, vmlinuz or vmlinux");
    auto directory = directory_for(kernel);
    if (!directory) return std::unexpected(directory.error());
    if (is_deb(kernel)) return Source{*std::move(directory), {kernel}, {}};
    return Source{*std::move(directory), {}, kernel};
}

Result<std::vector<std::byte>> read_packed_image(const Source& source) {
    if (source.packages.empty()) return read_file(source.image);
    std::optional<std::vector<std::byte>> image;
    const auto visited =
        visit_debs(source.packages, is_image_path, [&](const std::string&, auto bytes) {
            image = std::move(bytes);
            return false;
        });
    if (!visited) return std::unexpected(visited.error());
    if (!image) return fail(source.packages.front().string() + " holds no kernel image");
    return *std::move(image);
}

/// The modules asked for and what they need, each after all that it needs.
class LoadOrder {
public:
    explicit LoadOrder(const std::vector<Module>& known) {
        for (const Module& module : known)
            if (!module.path.empty()) known_[module.name] = &module;
    }
    void add(const std::string& name) {
        if (!visited_.insert(name).second) return;
        const auto found = known_.find(name);
        if (found == known_.end()) {
            absent.push_back(name);
            return;
        }
        for (const std::string& needed : found->second->depends)
            add(needed);
        modules.push_back(found->second);
    }
    std::vector<const Module*> modules;
    std::vector<std::string> absent; ///< built in, or unknown

private:
    std::map<std::string, const Module*> known_;
    std::set<std::string> visited_;
};

/// Files of a package that are kept, unpacked, in the directory of its kernel.
class ModuleStore {
public:
    explicit ModuleStore(const Source& source) : source_(source) {}

    /// Reads the package for those of them that are not kept yet.
    Result<void> provide(std::span<const Module* const> modules) const;
    [[nodiscard]] path file(const std::string& name) const {
        return source_.directory / "modules" / (name + ".ko");
    }
    [[nodiscard]] path builtin_list() const {
        return source_.directory / "modules" / "modules.builtin";
    }

private:
    Result<void> keep(const std::string& from, std::span<const std::byte> bytes) const;
    const Source& source_;
};

Result<void> ModuleStore::keep(const std::string& from, std::span<const std::byte> bytes) const {
    const bool is_module = is_module_path(from);
    std::vector<std::byte> unpacked;
    if (is_module && is_compressed(bytes)) {
        auto result = unpack_payload(bytes);
        if (!result) return fail(from + ": " + result.error().message);
        bytes = unpacked = std::move(*result);
    }
    const std::span<const std::byte> parts[] = {bytes};
    return write_file(is_module ? file(module_name_of(from)) : builtin_list(), parts);
}

Result<void> ModuleStore::provide(std::span<const Module* const> modules) const {
    std::error_code error;
    std::set<std::string, std::less<>> wanted;
    for (const Module* module : modules)
        if (!std::filesystem::exists(file(module->name), error)) wanted.insert(module->path);
    const bool needs_list = !std::filesystem::exists(builtin_list(), error);
    if (wanted.empty() && !needs_list) return {};
    Result<void> kept;
    std::size_t left = wanted.size() + (needs_list ? 1 : 0);
    const auto visited = visit_debs(
        source_.packages,
        [&](std::string_view name) {
            return wanted.contains(name) || (needs_list && name.ends_with("/modules.builtin"));
        },
        [&](const std::string& name, const std::vector<std::byte>& bytes) {
            kept = keep(name, bytes);
            return kept && --left > 0;
        });
    return visited ? kept : visited;
}

/// What of `names` is not built in, by modules.builtin: a path of a module in each line.
Result<std::vector<std::string>> not_built_in(const path& list, std::vector<std::string> names) {
    const auto text = read_text(list);
    if (!text) return std::unexpected(text.error());
    for (std::string_view rest = *text; !rest.empty();)
        std::erase(names, module_name_of(take_line(rest)));
    return names;
}

} // namespace

Result<path> bootable_image(const std::string& kernel) {
    const auto source = locate(kernel);
    if (!source) return std::unexpected(source.error());
    const path place = source->directory / "vmlinux";
    std::error_code error;
    if (std::filesystem::exists(place, error)) return place;
    const auto packed = read_packed_image(*source);
    if (!packed) return std::unexpected(packed.error());
    const auto elf = bootable_elf(*packed);
    if (!elf) return fail(kernel + ": " + elf.error().message, elf.error().hint);
    const std::span<const std::byte> parts[] = {*elf};
    const auto written = write_file(place, parts);
    return written ? Result<path>(place) : std::unexpected(written.error());
}

Result<std::vector<ModuleImage>> modules_with_dependencies(const std::string& kernel,
                                                           std::span<const std::string> names) {
    std::vector<ModuleImage> images;
    if (names.empty()) return images;
    const auto source = locate(kernel);
    if (!source) return std::unexpected(source.error());
    if (source->packages.empty())
        return fail(kernel + " has no modules: it is an image, not a package");
    const auto view = open_kernel(kernel);
    if (!view) return std::unexpected(view.error());
    LoadOrder order((*view)->modules());
    for (std::string name : names) {
        std::ranges::replace(name, '-', '_');
        order.add(name);
    }
    const ModuleStore store(*source);
    if (auto provided = store.provide(order.modules); !provided)
        return std::unexpected(provided.error());
    const auto unknown = not_built_in(store.builtin_list(), order.absent);
    if (!unknown) return std::unexpected(unknown.error());
    if (!unknown->empty())
        return fail(fmt::format("{} has no module {}", kernel, fmt::join(*unknown, ", ")));
    for (const Module* module : order.modules) {
        auto bytes = read_file(store.file(module->name));
        if (!bytes) return std::unexpected(bytes.error());
        images.emplace_back(module->name, std::move(*bytes));
    }
    return images;
}

Result<LoadableModules> loadable_modules(const std::string& kernel,
                                         std::span<const std::string> names) {
    LoadableModules loadable;
    if (names.empty()) return loadable;
    const auto source = locate(kernel);
    if (!source) return std::unexpected(source.error());
    if (source->packages.empty()) return loadable;
    const auto view = open_kernel(kernel);
    if (!view) return std::unexpected(view.error());
    const auto with_dependencies = [&](std::string name, LoadOrder& order) {
        std::ranges::replace(name, '-', '_');
        order.add(name);
    };
    loadable.release = (*view)->release();
    LoadOrder all((*view)->modules());
    for (const std::string& name : names)
        with_dependencies(name, all);
    const ModuleStore store(*source);
    if (auto provided = store.provide(all.modules); !provided)
        return std::unexpected(provided.error());
    for (const Module* module : all.modules) {
        auto bytes = read_file(store.file(module->name));
        if (!bytes) return std::unexpected(bytes.error());
        LoadOrder own((*view)->modules());
        with_dependencies(module->name, own);
        LoadableModule& added = loadable.modules.emplace_back(module->name, std::move(*bytes));
        for (const Module* needed : own.modules)
            if (needed != module) added.depends.push_back(needed->name);
    }
    return loadable;
}

} // namespace kps::kernel
