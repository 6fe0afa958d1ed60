#pragma once

#include "compiler/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kps::kernel {

/// The order of two Debian versions: below, at or above 0 (deb-version(7)).
int compare_versions(std::string_view left, std::string_view right);

/// One line of an apt source: `deb [OPTIONS] URI SUITE COMPONENT...`.
struct AptSource {
    std::string uri, suite;
    std::string signed_by; ///< a keyring's path, or empty
};

/// Reads a file in one-line style (`.list`, sources.list(5)) or in deb822 style (`.sources`), as
/// its name tells. Gives a row for each suite that has binary packages of `main`; disabled ones are
/// left out, as are keys that stand in the file itself.
std::vector<AptSource> parse_apt_sources(std::string_view text, bool deb822);

/// Where this machine gets Debian from: its own mirrors, or Debian's if it names none.
struct DebianMirror {
    std::string uri, security_uri;
    std::string keyring;   ///< empty: apt's own
    std::string own_suite; ///< `bookworm`; empty if this is no Debian
};
DebianMirror find_mirror(std::span<const AptSource> sources);

/// All sources of a machine: /etc/apt/sources.list and sources.list.d.
std::vector<AptSource> read_apt_sources(const std::filesystem::path& etc_apt = "/etc/apt");

/// A kernel that a suite offers.
struct KernelPackage {
    std::string package; ///< `linux-image-6.1.0-47-cloud-amd64`
    std::string version; ///< of the package
    std::string suite;
    /// What else it consists of: since 7.1 `linux-binary-RELEASE`, `linux-modules-RELEASE`, ...
    std::vector<std::string> parts{};
    std::uint64_t size = 0; ///< bytes to download in all

    [[nodiscard]] std::string release() const; ///< `6.1.0-47-cloud-amd64`
};

/// Whether a release is what `wanted` names: itself, or the start of it up to a `.`, `-` or `+`
/// (`6.1`, `6.12.117`).
bool release_matches(std::string_view release, std::string_view wanted);

/// The newest of the packages that `wanted` names; the cloud flavour if it leaves the choice.
std::optional<KernelPackage> choose(std::span<const KernelPackage> offered,
                                    std::string_view wanted);

/// The signed kernel images for amd64 among the stanzas that `apt-cache show` prints.
std::vector<KernelPackage> kernel_packages(std::string_view stanzas, std::string_view suite);

/// Releases to offer to one who asked in vain: those of the same series, or the newest of each
/// series.
std::vector<std::string> near_releases(std::span<const KernelPackage> offered,
                                       std::string_view wanted);

/// The suites that have the series, this machine's own first; the usual ones if none is known for
/// it.
std::vector<std::string> suites_for(std::string_view wanted, std::string_view own_suite);

} // namespace kps::kernel
