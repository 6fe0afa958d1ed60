#include "compiler/kernel/apt.hpp"
#include "compiler/kernel/debian.hpp"

#include "tests/unit/kernel/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kps::kernel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

auto source(const char* uri, const char* suite, const char* key = "") {
    return AllOf(Field(&AptSource::uri, uri), Field(&AptSource::suite, suite),
                 Field(&AptSource::signed_by, key));
}

TEST(Debian, OrdersVersions) {
    const char* ascending[] = {"1.0~rc1-1", "1.0-1~deb12u1", "1.0-1",   "1.0-1+b1",
                               "1.0-2",     "1.0+dfsg-1",    "1.0.1-1", "1.9-1",
                               "1.10-1",    "1.010.1-1",     "2-1",     "1:0.1-1"};
    for (std::size_t i = 0; i < std::size(ascending); ++i)
        for (std::size_t k = 0; k < std::size(ascending); ++k) {
            const int order = compare_versions(ascending[i], ascending[k]);
            EXPECT_EQ(order < 0, i < k) << ascending[i] << " and " << ascending[k];
            EXPECT_EQ(order == 0, i == k) << ascending[i] << " and " << ascending[k];
        }
    EXPECT_EQ(compare_versions("1.0", "1.00"), 0);
    EXPECT_LT(compare_versions("6.12.117-1~deb12u1", "6.12.117-1"), 0);
}

TEST(Debian, ReadsSourcesInOneLineStyle) {
    const auto sources = parse_apt_sources(
        "# comment\n"
        "deb http://deb.debian.org/debian bookworm main contrib # and more\n"
        "deb-src http://deb.debian.org/debian bookworm main\n"
        "deb [ arch=amd64 signed-by=/usr/share/keyrings/a.gpg ] http://a/debian bookworm-updates "
        "main\n"
        "deb [signed-by=/k.gpg]\thttp://b/debian-security  bookworm-security main\n"
        "deb http://c/apt stable contrib\n"
        "deb http://d/apt\n"
        "deb [never closed\n"
        "deb",
        false);
    EXPECT_THAT(
        sources,
        ElementsAre(source("http://deb.debian.org/debian", "bookworm"),
                    source("http://a/debian", "bookworm-updates", "/usr/share/keyrings/a.gpg"),
                    source("http://b/debian-security", "bookworm-security", "/k.gpg")));
}

TEST(Debian, ReadsSourcesInDeb822Style) {
    const auto sources = parse_apt_sources("Types: deb deb-src\n"
                                           "# a comment inside\n"
                                           "URIs: http://deb.debian.org/debian\n"
                                           "Suites: bookworm\n"
                                           " bookworm-updates\n"
                                           "components: main\n"
                                           "Signed-By: /usr/share/keyrings/a.gpg\n"
                                           "\n\n"
                                           "Types: deb\nEnabled: no\nURIs: http://off/debian\n"
                                           "Suites: sid\nComponents: main\n"
                                           "\n"
                                           "Types: deb\nURIs: http://s/debian-security\n"
                                           "Suites: bookworm-security\nComponents: main\n"
                                           "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n"
                                           " .\n abc\n"
                                           "\n"
                                           "Types: deb\nURIs: http://other\nSuites: x\n",
                                           true);
    EXPECT_THAT(sources, ElementsAre(source("http://deb.debian.org/debian", "bookworm",
                                            "/usr/share/keyrings/a.gpg"),
                                     source("http://deb.debian.org/debian", "bookworm-updates",
                                            "/usr/share/keyrings/a.gpg"),
                                     source("http://s/debian-security", "bookworm-security")));
}

TEST(Debian, FindsTheMirrorOfThisMachine) {
    const AptSource foreign{"https://deb.nodesource.com/node_20.x", "nodistro", ""};
    const AptSource named_alike{"https://packages.example.com/apt", "bookworm", "/x.gpg"};
    const AptSource security{"http://mirror/debian-security", "bookworm-security", "/k.gpg"};
    const AptSource updates{"http://mirror/debian", "bookworm-updates", "/k.gpg"};
    const AptSource main{"http://mirror/debian", "bookworm", "/k.gpg"};
    const DebianMirror found =
        find_mirror(std::array{foreign, named_alike, security, updates, main});
    EXPECT_EQ(found.uri, "http://mirror/debian");
    EXPECT_EQ(found.security_uri, "http://mirror/debian-security");
    EXPECT_EQ(found.keyring, "/k.gpg");
    EXPECT_EQ(found.own_suite, "bookworm");
    const DebianMirror fallback = find_mirror(std::array{foreign, named_alike});
    EXPECT_EQ(fallback.uri, "http://deb.debian.org/debian");
    EXPECT_EQ(fallback.own_suite, "");
}

TEST(Debian, ReadsAllSourceFiles) {
    const test::TemporaryDirectory etc;
    etc.add("sources.list", "deb http://a/debian bookworm main\n");
    etc.add("sources.list.d/c.sources",
            "Types: deb\nURIs: http://c/debian\nSuites: sid\nComponents: main\n");
    etc.add("sources.list.d/b.list", "deb http://b/debian trixie main");
    etc.add("sources.list.d/d.list.save", "deb http://d/debian trixie main");
    EXPECT_THAT(read_apt_sources(etc.path()),
                ElementsAre(source("http://a/debian", "bookworm"),
                            source("http://b/debian", "trixie"), source("http://c/debian", "sid")));
    EXPECT_THAT(read_apt_sources(etc.path() / "absent"), IsEmpty());
}

TEST(Debian, WritesSourcesOfASuite) {
    const DebianMirror mirror{"http://m/debian", "http://m/debian-security", "/k.gpg", "bookworm"};
    EXPECT_EQ(
        sources_list(mirror, "bullseye"),
        "deb [arch=amd64 signed-by=/k.gpg] http://m/debian bullseye main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://m/debian-security bullseye-security main\n");
    EXPECT_EQ(sources_list({"http://m/debian", "http://s", "", ""}, "sid"),
              "deb [arch=amd64] http://m/debian sid main\n");
}

constexpr std::string_view stanzas =
    "Package: linux-image-6.1.0-9-cloud-amd64\nVersion: 6.1.99-1\nSize: 100\n"
    "Description: Linux\n 6.1 for\n .\n clouds\n\n"
    "Package: linux-image-6.1.0-10-cloud-amd64\nVersion: 6.1.120-1\nSize: 200\n\n"
    "Package: linux-image-6.1.0-11-amd64\nVersion: 6.1.130-1\nSize: 300\n\n"
    "Package: linux-image-6.1.0-10-cloud-amd64-unsigned\nVersion: 6.1.120-1\n\n"
    "Package: linux-image-6.1.0-10-rt-amd64\nVersion: 6.1.120-1\n\n"
    "Package: linux-image-cloud-amd64\nVersion: 6.1.120-1\n\n"
    "Package: linux-image-6.12-cloud-amd64\nVersion: 6.12.117-1\n\n"
    "Package: linux-image-6.12.117+deb12-cloud-amd64\nVersion: 6.12.117-1\nSize: 400\n\n"
    "Package: linux-image-7.2.13+deb14-cloud-amd64\nVersion: 7.2.13-1\nSize: 2\n"
    "Depends: kmod, linux-binary-7.2.13+deb14-cloud-amd64 (= 7.2.13-1),"
    " linux-modules-7.2.13+deb14-cloud-amd64 (= 7.2.13-1), linux-base (>= 4)\n\n"
    "Package: linux-binary-7.2.13+deb14-cloud-amd64\nVersion: 7.2.13-1\nSize: 30\n\n"
    "Package: linux-modules-7.2.13+deb14-cloud-amd64\nVersion: 7.2.13-1\nSize: 50\n";

TEST(Debian, FindsKernelsAmongPackages) {
    const auto packages = kernel_packages(stanzas, "sid");
    std::vector<std::string> releases;
    for (const KernelPackage& package : packages)
        releases.push_back(package.release());
    EXPECT_THAT(releases,
                ElementsAre("6.1.0-9-cloud-amd64", "6.1.0-10-cloud-amd64", "6.1.0-11-amd64",
                            "6.12.117+deb12-cloud-amd64", "7.2.13+deb14-cloud-amd64"));
    EXPECT_THAT(packages.back().parts, ElementsAre("linux-binary-7.2.13+deb14-cloud-amd64",
                                                   "linux-modules-7.2.13+deb14-cloud-amd64"));
    EXPECT_EQ(packages.back().size, 82U);
    EXPECT_EQ(packages.front().size, 100U);
    EXPECT_EQ(packages.front().suite, "sid");
}

TEST(Debian, ChoosesTheNewestOfWhatIsNamed) {
    const auto packages = kernel_packages(stanzas, "sid");
    const struct {
        const char* wanted;
        const char* release; // or nothing
    } rows[] = {
        {"6.1", "6.1.0-10-cloud-amd64"}, // the cloud flavour, and 10 after 9
        {"6.1.0-9-cloud-amd64", "6.1.0-9-cloud-amd64"},
        {"6.1.0-11", "6.1.0-11-amd64"}, // there is no cloud flavour of it
        {"6.1.0-1", ""},
        {"6.12", "6.12.117+deb12-cloud-amd64"},
        {"6.12.117", "6.12.117+deb12-cloud-amd64"},
        {"7", "7.2.13+deb14-cloud-amd64"},
        {"9.9", ""},
    };
    for (const auto& row : rows) {
        const auto chosen = choose(packages, row.wanted);
        EXPECT_EQ(chosen ? chosen->release() : "", row.release) << row.wanted;
    }
}

TEST(Debian, OffersReleasesNearTheOneAskedFor) {
    const auto packages = kernel_packages(stanzas, "sid");
    EXPECT_THAT(near_releases(packages, "6.1.0-77-cloud-amd64"),
                ElementsAre("6.1.0-10-cloud-amd64", "6.1.0-9-cloud-amd64"));
    EXPECT_THAT(near_releases(packages, "9.9"),
                ElementsAre("7.2.13+deb14-cloud-amd64", "6.12.117+deb12-cloud-amd64",
                            "6.1.0-10-cloud-amd64"));
}

TEST(Debian, LooksWhereASeriesIsAtHome) {
    EXPECT_THAT(suites_for("6.1", "bookworm"), ElementsAre("bookworm"));
    EXPECT_THAT(suites_for("6.1.0-47-cloud-amd64", ""), ElementsAre("bookworm"));
    EXPECT_THAT(suites_for("6.12", "trixie"), ElementsAre("trixie", "bookworm"));
    EXPECT_THAT(suites_for("6.12", "sid"), ElementsAre("bookworm", "trixie"));
    EXPECT_EQ(suites_for("7.2", "bookworm").front(), "sid");
    EXPECT_THAT(suites_for("6.18", ""), SizeIs(6));
}

} // namespace
} // namespace kps::kernel
