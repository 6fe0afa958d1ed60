#include "compiler/kernel/fetch.hpp"

#include "compiler/kernel/apt.hpp"
#include "compiler/kernel/cache.hpp"
#include "compiler/kernel/package.hpp"
#include "compiler/kernel/snapshot.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

namespace kps::kernel {

namespace {

using std::filesystem::path;

constexpr std::string_view scheme = "debian:";
constexpr std::string_view unfinished = ".fetch-";

class Fetcher {
public:
    Fetcher(path root, std::string name, Progress progress)
        : root_(std::move(root)), name_(std::move(name)), wanted_(name_.substr(scheme.size())),
          progress_(std::move(progress)) {}

    Result<CachedKernel> fetch();

private:
    Result<KernelPackage> find();
    Result<void> store(const KernelPackage& package);
    Result<void> fill(const KernelPackage& package, const path& directory);
    void remove_unfinished() const;
    void drop_indexes() const;
    [[nodiscard]] PrivateApt apt(const std::string& suite) const {
        return {root_ / "apt" / suite, mirror_, suite};
    }
    void tell(const std::string& step) const {
        if (progress_) progress_(step);
    }

    path root_;
    std::string name_, wanted_;
    Progress progress_;
    DebianMirror mirror_ = find_mirror(read_apt_sources());
};

std::unexpected<Error> without_mirror(Error error) {
    std::string cached;
    for (const CachedKernel& kernel : cached_kernels())
        cached += (cached.empty() ? "debian:" : ", debian:") + kernel.release;
    if (!cached.empty()) error.hint += "; cached: " + cached;
    return std::unexpected(std::move(error));
}

Result<KernelPackage> Fetcher::find() {
    std::vector<KernelPackage> seen;
    const std::vector<std::string> suites = suites_for(wanted_, mirror_.own_suite);
    for (const std::string& suite : suites) {
        tell(fmt::format("reading the package lists of {}", suite));
        const PrivateApt source = apt(suite);
        if (auto updated = source.update(); !updated) return without_mirror(updated.error());
        const auto offered = source.kernels();
        if (!offered) return std::unexpected(offered.error());
        if (auto found = choose(*offered, wanted_)) return *std::move(found);
        seen.insert(seen.end(), offered->begin(), offered->end());
    }
    return fail(fmt::format("no kernel package {} in {} at {}", wanted_, fmt::join(suites, ", "),
                            mirror_.uri),
                fmt::format("there are: {}", fmt::join(near_releases(seen, wanted_), ", ")));
}

/// Whoever holds the lock is the only one who fetches: what is unfinished now was interrupted.
void Fetcher::remove_unfinished() const {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(root_ / "kernels", error))
        if (entry.path().filename().string().starts_with(unfinished))
            remove_all(entry.path(), error);
}

/// apt's indexes of a suite's lists take 100 MB and two seconds to make anew.
void Fetcher::drop_indexes() const {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(root_ / "apt", error))
        remove_all(entry.path() / "cache", error);
}

Result<void> Fetcher::fill(const KernelPackage& package, const path& directory) {
    std::error_code error;
    create_directories(directory, error);
    if (error) return fail(fmt::format("cannot write {}: {}", directory.string(), error.message()));
    tell(fmt::format("downloading {} ({:.0f} MB)", package.package,
                     static_cast<double>(package.size) / 1e6));
    if (auto done = apt(package.suite).download(package, directory); !done) return done;
    std::vector<path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error))
        if (entry.path().extension() == ".deb") files.push_back(entry.path());
    if (files.size() != 1 + package.parts.size())
        return fail(fmt::format("apt-get did not leave all of {}", package.package));
    tell(fmt::format("reading {}", package.package));
    const auto facts = read_package(files);
    if (!facts) return std::unexpected(facts.error());
    return write_snapshot(*facts, directory / "kernel.kps", Packing::modules_only);
}

Result<void> Fetcher::store(const KernelPackage& package) {
    const path directory = root_ / "kernels" / fmt::format("{}{}", unfinished, ::getpid());
    auto filled = fill(package, directory);
    std::error_code error;
    const path place = root_ / "kernels" / package.release();
    if (filled) {
        remove_all(place, error); // an entry that lacks files, as no reader takes it
        rename(directory, place, error);
        if (error)
            filled = fail(fmt::format("cannot write {}: {}", place.string(), error.message()));
    }
    if (!filled) remove_all(directory, error);
    return filled;
}

Result<CachedKernel> Fetcher::fetch() {
    const auto lock = CacheLock::take(root_);
    if (!lock) return std::unexpected(lock.error());
    remove_unfinished();
    const auto package = find();
    if (!package) return std::unexpected(package.error());
    const std::string release = package->release();
    if (!cached_kernel(root_, std::string(scheme) + release))
        if (auto stored = store(*package); !stored) return std::unexpected(stored.error());
    drop_indexes();
    if (release != wanted_)
        if (auto named = remember_name(root_, name_, release); !named)
            return std::unexpected(named.error());
    auto kernel = cached_kernel(root_, std::string(scheme) + release);
    if (!kernel) return fail(fmt::format("{} vanished from the cache", release));
    return *std::move(kernel);
}

} // namespace

bool is_fetched_name(std::string_view name) {
    return name.starts_with(scheme);
}

Result<CachedKernel> fetch_kernel(const std::string& name, const Progress& progress, bool again) {
    const auto is_odd = [](char c) {
        return !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && c != '.' && c != '-' &&
               c != '+' && c != '~' && c != '_';
    };
    const std::string wanted = is_fetched_name(name) ? name.substr(scheme.size()) : "";
    if (wanted.empty() || wanted[0] < '0' || wanted[0] > '9' || std::ranges::any_of(wanted, is_odd))
        return fail(fmt::format("`{}` names no kernel that can be fetched", name),
                    "write debian:6.12, or a whole release: debian:6.1.0-47-cloud-amd64");
    const auto root = cache_root();
    if (!root) return std::unexpected(root.error());
    if (!again)
        if (auto kernel = cached_kernel(*root, name)) return *std::move(kernel);
    return Fetcher(*root, name, progress).fetch();
}

std::vector<KnownKernel> known_kernels() {
    return {{"debian:5.10", "Debian 11 (bullseye)"},
            {"debian:6.1", "Debian 12 (bookworm)"},
            {"debian:6.12", "Debian 12 and 13 (bookworm, trixie)"},
            {"debian:7.2", "Debian unstable (sid)"}};
}

} // namespace kps::kernel
