#include "compiler/kernel/package.hpp"

#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/deb.hpp"
#include "compiler/kernel/module.hpp"
#include "compiler/kernel/task_pool.hpp"
#include "compiler/kernel/unpack.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::kernel {

namespace {

constexpr std::size_t most_queued = std::size_t{64} << 20;
constexpr std::size_t largest_module = std::size_t{256} << 20;

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

bool is_config_path(std::string_view path) {
    return path.starts_with("boot/config-") ||
           (path.contains("lib/modules/") && base_name(path) == "config");
}

Result<ModuleFacts> read_packed_module(std::span<const std::byte> file, std::string_view path) {
    if (!is_compressed(file)) return read_module(file, path);
    const auto unpacked = unpack_payload(file, largest_module);
    if (!unpacked) return std::unexpected(unpacked.error());
    return read_module(*unpacked, path);
}

/// Takes the files of a package as they come and lets a pool of threads read them.
class PackageReader {
public:
    Result<KernelFacts> read(std::span<const std::filesystem::path> debs);

private:
    void take(const std::string& path, std::span<const std::byte> bytes);
    void take_module(const std::string& path, std::span<const std::byte> bytes);

    std::mutex lock_; // of what follows
    std::optional<Result<ImageFacts>> image_;
    std::string config_;
    std::vector<ModuleFacts> modules_;
    std::vector<std::string> remarks_;
};

void PackageReader::take(const std::string& path, std::span<const std::byte> bytes) {
    if (is_module_path(path)) return take_module(path, bytes);
    if (is_image_path(path)) {
        auto image = read_image(bytes);
        const std::scoped_lock guard(lock_);
        image_ = std::move(image);
    } else {
        const std::scoped_lock guard(lock_);
        config_ = as_text(bytes);
    }
}

void PackageReader::take_module(const std::string& path, std::span<const std::byte> bytes) {
    auto module = read_packed_module(bytes, path);
    const std::scoped_lock guard(lock_);
    if (module)
        modules_.push_back(std::move(*module));
    else
        remarks_.push_back(
            fmt::format("module {} is left out: {}", base_name(path), module.error().message));
}

Result<KernelFacts> PackageReader::read(std::span<const std::filesystem::path> debs) {
    const std::string name = debs.front().string();
    const auto wants = [](std::string_view path) {
        return is_config_path(path) || is_image_path(path) || is_module_path(path);
    };
    Result<void> visited;
    {
        TaskPool pool(std::max(1U, std::thread::hardware_concurrency()), most_queued);
        visited = visit_debs(debs, wants, [&](std::string path, std::vector<std::byte> bytes) {
            const std::size_t cost = bytes.size();
            pool.add(cost, [this, path = std::move(path), bytes = std::move(bytes)] {
                take(path, bytes);
            });
            return true;
        });
    }
    if (!visited) return std::unexpected(visited.error());
    if (!image_)
        return fail(fmt::format("{} holds no kernel image", name),
                    "name the package linux-image-RELEASE, not one that depends on it");
    if (!*image_) return fail(name + ": " + image_->error().message, image_->error().hint);
    KernelFacts facts;
    facts.origin = debs.front().filename().string();
    facts.image = std::move(**image_);
    if (!config_.empty()) facts.image.config = std::move(config_);
    std::ranges::sort(modules_, {}, &ModuleFacts::name);
    facts.modules = std::move(modules_);
    std::ranges::sort(remarks_);
    facts.remarks = std::move(remarks_);
    return facts;
}

} // namespace

bool is_image_path(std::string_view path) {
    const std::string_view name = base_name(path);
    if (path.contains("lib/modules/")) return name == "vmlinuz";
    return path.contains("boot/") && (name.starts_with("vmlinuz-") || name.starts_with("vmlinux-"));
}

Result<KernelFacts> read_package(std::span<const std::filesystem::path> debs) {
    return PackageReader().read(debs);
}

} // namespace kps::kernel
