#include "compiler/kernel/debian.hpp"

#include "compiler/base/lines.hpp"
#include "compiler/kernel/file_io.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>

namespace kps::kernel {

namespace {

constexpr std::string_view package_prefix = "linux-image-";
constexpr std::array<std::string_view, 2> flavours{"-cloud-amd64", "-amd64"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// deb-version(7): `~` before the end of a part, the end before letters, letters before others.
int rank(std::string_view text, std::size_t at) {
    if (at >= text.size() || is_digit(text[at])) return 0;
    const char c = text[at];
    if (c == '~') return -1;
    return std::isalpha(static_cast<unsigned char>(c)) ? c : c + 256;
}

std::string_view take_number(std::string_view& text) {
    const std::size_t zeros = std::min(text.find_first_not_of('0'), text.size());
    text.remove_prefix(zeros);
    const auto* end = std::ranges::find_if_not(text, is_digit);
    const std::string_view number = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(number.size());
    return number;
}

int compare_parts(std::string_view left, std::string_view right) {
    while (!left.empty() || !right.empty()) {
        std::size_t at = 0;
        for (;; ++at) {
            const int order = rank(left, at) - rank(right, at);
            if (order != 0) return order;
            if (rank(left, at) == 0) break;
        }
        left.remove_prefix(std::min(at, left.size()));
        right.remove_prefix(std::min(at, right.size()));
        const std::string_view a = take_number(left), b = take_number(right);
        if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
        if (const int order = a.compare(b); order != 0) return order;
    }
    return 0;
}

struct SplitVersion {
    std::string_view epoch{"0"}, upstream, revision;
};

SplitVersion split(std::string_view version) {
    SplitVersion parts;
    if (const std::size_t colon = version.find(':'); colon != version.npos) {
        parts.epoch = version.substr(0, colon);
        version.remove_prefix(colon + 1);
    }
    const std::size_t dash = version.rfind('-');
    parts.upstream = version.substr(0, dash);
    if (dash != version.npos) parts.revision = version.substr(dash + 1);
    return parts;
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    for (;;) {
        text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
        if (text.empty()) return found;
        found.push_back(text.substr(0, text.find_first_of(" \t\n")));
        text.remove_prefix(found.back().size());
    }
}

bool holds(const std::vector<std::string_view>& list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

/// `deb [signed-by=... arch=...] URI SUITE COMPONENT...`
void parse_one_line(std::string_view line, std::vector<AptSource>& sources) {
    std::vector<std::string_view> fields = words(line.substr(0, line.find('#')));
    if (fields.empty() || fields.front() != "deb") return;
    AptSource source;
    auto field = fields.begin() + 1;
    if (field != fields.end() && field->starts_with('[')) {
        for (bool closed = false; !closed && field != fields.end(); ++field) {
            std::string_view option = *field;
            closed = option.ends_with(']');
            if (option.starts_with('[')) option.remove_prefix(1);
            if (closed) option.remove_suffix(1);
            if (option.starts_with("signed-by=")) source.signed_by = option.substr(10);
        }
    }
    if (fields.end() - field < 3 || std::find(field + 2, fields.end(), "main") == fields.end())
        return;
    source.uri = *field;
    source.suite = *(field + 1);
    sources.push_back(std::move(source));
}

/// A paragraph of `Name: value` lines, continued by lines that begin with a blank.
struct Stanza {
    std::vector<std::pair<std::string, std::string>> fields;

    [[nodiscard]] std::string_view get(std::string_view name) const {
        const auto same = [&](const auto& field) {
            return std::ranges::equal(field.first, name, [](char a, char b) {
                return std::tolower(static_cast<unsigned char>(a)) ==
                       std::tolower(static_cast<unsigned char>(b));
            });
        };
        const auto found = std::ranges::find_if(fields, same);
        return found == fields.end() ? std::string_view{} : std::string_view(found->second);
    }
};

/// Takes the next paragraph, without comments, off the front; nothing at the end.
std::optional<Stanza> take_stanza(std::string_view& text) {
    Stanza stanza;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (line.starts_with('#')) continue;
        if (words(line).empty()) {
            if (stanza.fields.empty()) continue;
            break;
        }
        if (line.starts_with(' ') || line.starts_with('\t')) {
            if (!stanza.fields.empty()) stanza.fields.back().second.append("\n").append(line);
            continue;
        }
        const std::size_t colon = std::min(line.find(':'), line.size());
        std::string_view value = line.substr(std::min(colon + 1, line.size()));
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        stanza.fields.emplace_back(line.substr(0, colon), value);
    }
    if (stanza.fields.empty()) return std::nullopt;
    return stanza;
}

void parse_deb822(const Stanza& stanza, std::vector<AptSource>& sources) {
    if (stanza.get("Enabled") == "no" || !holds(words(stanza.get("Types")), "deb") ||
        !holds(words(stanza.get("Components")), "main"))
        return;
    const std::string_view key = stanza.get("Signed-By");
    for (const std::string_view uri : words(stanza.get("URIs")))
        for (const std::string_view suite : words(stanza.get("Suites")))
            sources.push_back({std::string(uri), std::string(suite),
                               key.starts_with('/') ? std::string(key) : std::string()});
}

/// Those of the packages depended on that are of the same release: `linux-binary-RELEASE (= ...)`.
std::vector<std::string> parts_of(std::string_view depends, std::string_view release) {
    std::vector<std::string> parts;
    for (const std::string_view word : words(depends)) {
        const bool is_part = word.starts_with("linux-") && word.ends_with(release) &&
                             word.size() > release.size() &&
                             word[word.size() - release.size() - 1] == '-';
        if (is_part) parts.emplace_back(word);
    }
    return parts;
}

bool is_debian_suite(std::string_view suite) {
    constexpr std::array names{"buster", "bullseye", "bookworm",  "trixie",  "forky",   "duke",
                               "sid",    "stable",   "oldstable", "testing", "unstable"};
    return std::ranges::find(names, suite) != names.end();
}

} // namespace

int compare_versions(std::string_view left, std::string_view right) {
    const SplitVersion a = split(left), b = split(right);
    if (const int order = compare_parts(a.epoch, b.epoch); order != 0) return order;
    if (const int order = compare_parts(a.upstream, b.upstream); order != 0) return order;
    return compare_parts(a.revision, b.revision);
}

std::vector<AptSource> parse_apt_sources(std::string_view text, bool deb822) {
    std::vector<AptSource> sources;
    if (deb822) {
        while (const auto stanza = take_stanza(text))
            parse_deb822(*stanza, sources);
    } else {
        while (!text.empty())
            parse_one_line(take_line(text), sources);
    }
    return sources;
}

std::vector<AptSource> read_apt_sources(const std::filesystem::path& etc_apt) {
    std::vector<std::filesystem::path> files{etc_apt / "sources.list"};
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(etc_apt / "sources.list.d", error))
        files.push_back(entry.path());
    std::sort(files.begin() + 1, files.end());
    std::vector<AptSource> all;
    for (const auto& file : files) {
        const bool deb822 = file.extension() == ".sources";
        if (!deb822 && file.extension() != ".list") continue;
        const auto text = read_text(file);
        if (text) std::ranges::move(parse_apt_sources(*text, deb822), std::back_inserter(all));
    }
    return all;
}

DebianMirror find_mirror(std::span<const AptSource> sources) {
    DebianMirror mirror;
    for (const AptSource& source : sources) {
        // Others name their suites like Debian's too, but not Debian's tree.
        const std::string_view uri = source.uri;
        const bool security =
            uri.contains("debian-security") || uri.contains("security.debian.org");
        if (security && mirror.security_uri.empty()) mirror.security_uri = uri;
        const bool debian = uri.contains("debian.org") || uri.ends_with("/debian") ||
                            uri.ends_with("/debian/") || uri.contains("mirrors/debian");
        if (security || !debian || !mirror.uri.empty() || !is_debian_suite(source.suite)) continue;
        mirror.uri = uri;
        mirror.own_suite = source.suite;
        mirror.keyring = source.signed_by;
    }
    if (mirror.uri.empty()) mirror.uri = "http://deb.debian.org/debian";
    if (mirror.security_uri.empty()) mirror.security_uri = "http://deb.debian.org/debian-security";
    return mirror;
}

std::string KernelPackage::release() const {
    return package.substr(package_prefix.size());
}

bool release_matches(std::string_view release, std::string_view wanted) {
    if (wanted.empty() || !release.starts_with(wanted)) return false;
    return release.size() == wanted.size() ||
           std::string_view(".-+").contains(release[wanted.size()]);
}

std::vector<KernelPackage> kernel_packages(std::string_view stanzas, std::string_view suite) {
    std::vector<KernelPackage> packages;
    std::map<std::string, std::uint64_t> sizes;
    while (const auto stanza = take_stanza(stanzas)) {
        KernelPackage package{std::string(stanza->get("Package")),
                              std::string(stanza->get("Version")), std::string(suite)};
        const std::string_view size = stanza->get("Size");
        std::from_chars(size.data(), size.data() + size.size(), sizes[package.package]);
        // `linux-image-6.12-amd64` and the like only depend on one; `...-unsigned` is another
        // build.
        if (!package.package.starts_with(package_prefix) || !package.package.ends_with("-amd64") ||
            package.package.contains("-rt-") || std::ranges::count(package.release(), '.') < 2 ||
            !is_digit(package.release().front()))
            continue;
        package.parts = parts_of(stanza->get("Depends"), package.release());
        packages.push_back(std::move(package));
    }
    for (KernelPackage& package : packages) {
        package.size = sizes[package.package];
        for (const std::string& part : package.parts)
            package.size += sizes[part];
    }
    return packages;
}

std::optional<KernelPackage> choose(std::span<const KernelPackage> offered,
                                    std::string_view wanted) {
    std::optional<KernelPackage> best;
    for (const std::string_view flavour : flavours) {
        for (const KernelPackage& package : offered) {
            if (!package.package.ends_with(flavour) || !release_matches(package.release(), wanted))
                continue;
            if (!best || compare_versions(best->version, package.version) < 0) best = package;
        }
        if (best) return best;
    }
    return best;
}

std::vector<std::string> near_releases(std::span<const KernelPackage> offered,
                                       std::string_view wanted) {
    constexpr std::size_t most = 8;
    const auto series = [](std::string_view release) {
        return std::string(release.substr(0, release.find_first_of(".-+", release.find('.') + 1)));
    };
    std::vector<KernelPackage> sorted(offered.begin(), offered.end());
    std::ranges::sort(sorted, [](const KernelPackage& a, const KernelPackage& b) {
        return compare_versions(a.version, b.version) > 0;
    });
    std::vector<std::string> same, newest, seen;
    for (const KernelPackage& package : sorted) {
        const std::string release = package.release();
        if (!release.ends_with(flavours.front())) continue;
        if (series(release) == series(wanted) && same.size() < most) same.push_back(release);
        if (std::ranges::find(seen, series(release)) != seen.end()) continue;
        seen.push_back(series(release));
        if (newest.size() < most) newest.push_back(release);
    }
    return same.empty() ? newest : same;
}

std::vector<std::string> suites_for(std::string_view wanted, std::string_view own_suite) {
    const struct {
        std::string_view series, suite;
    } homes[] = {
        {"5.10", "bullseye"}, {"6.1", "bookworm"}, {"6.12", "bookworm"}, {"6.12", "trixie"}};
    std::vector<std::string> suites;
    const auto add = [&suites](std::string_view suite) {
        if (std::ranges::find(suites, suite) == suites.end()) suites.emplace_back(suite);
    };
    for (const auto& home : homes)
        if (release_matches(wanted, home.series) && home.suite == own_suite) add(home.suite);
    for (const auto& home : homes)
        if (release_matches(wanted, home.series)) add(home.suite);
    if (!suites.empty()) return suites;
    return {"sid", "trixie-backports", "trixie", "bookworm-backports", "bookworm", "bullseye"};
}

} // namespace kps::kernel
