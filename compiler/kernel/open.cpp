#include "compiler/kernel/open.hpp"

#include "compiler/kernel/boot.hpp"
#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/cache.hpp"
#include "compiler/kernel/directory.hpp"
#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/package.hpp"
#include "compiler/kernel/snapshot.hpp"

#include <array>
#include <fmt/core.h>

namespace kps::kernel {

namespace {

using std::filesystem::path;
using View = std::shared_ptr<const KernelView>;

std::vector<std::byte> head_of(const path& file) {
    return read_head(file, 8).value_or(std::vector<std::byte>{});
}

/// Unpacks the image when it is first asked.
KernelView::CodeReader code_of(const std::string& name) {
    return [name](std::uint64_t address, std::uint64_t size) {
        const auto path = bootable_image(name);
        const auto file = path ? MappedFile::open(*path) : std::unexpected(path.error());
        const auto image = file ? KernelImage::open(file->bytes()) : std::unexpected(file.error());
        const auto code = image ? image->at(address, size) : std::span<const std::byte>{};
        return std::vector<std::byte>(code.begin(), code.end());
    };
}

/// An image as it lies in /boot: its configuration lies beside it.
Result<KernelFacts> read_image_file(const path& file) {
    const auto mapped = MappedFile::open(file);
    if (!mapped) return std::unexpected(mapped.error());
    auto image = read_image(mapped->bytes());
    if (!image) return fail(file.string() + ": " + image.error().message, image.error().hint);
    KernelFacts facts;
    facts.origin = file.string();
    facts.read_code = code_of(file.string());
    facts.image = std::move(*image);
    const std::string name = file.filename().string();
    if (const std::size_t dash = name.find('-'); facts.image.config.empty() && dash != name.npos)
        facts.image.config =
            read_text(file.parent_path() / ("config" + name.substr(dash))).value_or("");
    if (facts.image.config.empty())
        facts.remarks.emplace_back("no configuration: the image has none");
    facts.remarks.emplace_back("no modules: an image alone has none");
    return facts;
}

Error no_such_kernel(const std::string& name) {
    Error error{fmt::format("no kernel `{}`: no file or directory has that name", name), {}};
    const bool is_version = !name.empty() && name[0] >= '0' && name[0] <= '9';
    error.hint = is_version ? fmt::format("did you mean debian:{}?", name)
                            : "write `running`, `debian:6.12`, or the path of a vmlinux, vmlinuz, "
                              ".deb, directory or snapshot";
    return error;
}

/// Facts of whatever is not kept as a snapshot.
Result<KernelFacts> read_facts(const std::string& name) {
    if (name == "running") return read_running();
    std::error_code error;
    if (!std::filesystem::exists(name, error)) return std::unexpected(no_such_kernel(name));
    if (std::filesystem::is_directory(name, error)) return read_directory(name);
    return is_deb(name) ? read_package(std::array{path(name)}) : read_image_file(name);
}

/// A snapshot, and what it can be made of.
struct Kept {
    path snapshot;
    std::vector<path> packages; ///< none: it was given as it is
};

/// The snapshot that stands for the kernel named, if there is to be one. It need not exist yet.
Result<std::optional<Kept>> find_kept(const std::string& name, const Progress& progress) {
    if (is_fetched_name(name)) {
        auto kernel = fetch_kernel(name, progress);
        if (!kernel) return std::unexpected(kernel.error());
        return Kept{kernel->snapshot, std::move(kernel->packages)};
    }
    std::error_code error;
    if (name == "running" || !std::filesystem::is_regular_file(name, error)) return std::nullopt;
    if (is_snapshot(head_of(name))) return Kept{name, {}};
    if (!is_deb(name)) return std::nullopt;
    const auto directory = directory_for(name);
    if (!directory) return std::unexpected(directory.error());
    return Kept{*directory / "kernel.kps", {name}};
}

/// Makes a snapshot anew that could not be opened, whether there is none or it is of another
/// version or damaged; gives back why, if there is nothing to make it of.
Result<void> make_anew(const Kept& kept, Error why, const Progress& progress) {
    if (kept.packages.empty()) return std::unexpected(std::move(why));
    if (progress) progress("reading " + kept.packages.front().filename().string());
    const auto facts = read_package(kept.packages);
    if (!facts) return std::unexpected(facts.error());
    return write_snapshot(*facts, kept.snapshot, Packing::modules_only);
}

Result<View> open_kept(const Kept& kept, const std::string& name, const Progress& progress) {
    const std::string origin = name + " (snapshot)";
    const KernelView::CodeReader read_code =
        kept.packages.empty() ? KernelView::CodeReader{} : code_of(name);
    auto opened = open_snapshot(kept.snapshot, origin, read_code);
    if (opened) return opened;
    if (auto made = make_anew(kept, std::move(opened.error()), progress); !made)
        return std::unexpected(made.error());
    return open_snapshot(kept.snapshot, origin, read_code);
}

Result<void> copy_kept(const Kept& kept, const path& file, const Progress& progress) {
    if (auto opened = open_snapshot(kept.snapshot, {}); !opened)
        if (auto made = make_anew(kept, std::move(opened.error()), progress); !made) return made;
    const auto mapped = MappedFile::open(kept.snapshot);
    if (!mapped) return std::unexpected(mapped.error());
    const std::span<const std::byte> parts[] = {mapped->bytes()};
    return write_file(file, parts);
}

} // namespace

bool is_deb(const path& file) {
    return as_text(head_of(file)) == "!<arch>\n";
}

Result<View> open_kernel(const std::string& name, const Progress& progress) {
    const auto kept = find_kept(name, progress);
    if (!kept) return std::unexpected(kept.error());
    if (*kept) return open_kept(**kept, name, progress);
    auto facts = read_facts(name);
    return facts ? make_view(std::move(*facts)) : std::unexpected(facts.error());
}

Result<View> open_kernel(const std::string& name) {
    return open_kernel(name, {});
}

Result<void> snapshot_kernel(const std::string& name, const path& file, const Progress& progress) {
    const auto kept = find_kept(name, progress);
    if (!kept) return std::unexpected(kept.error());
    if (*kept) return copy_kept(**kept, file, progress);
    const auto facts = read_facts(name);
    return facts ? write_snapshot(*facts, file) : std::unexpected(facts.error());
}

} // namespace kps::kernel
