#include "runtime/machine/cpio.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>

#include <memory>

namespace kps::machine {
namespace {

/// What libarchive reads back: one line per entry.
std::vector<std::string> listing(std::span<const std::byte> bytes) {
    const std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(),
                                                                        &archive_read_free);
    archive_read_support_format_cpio(reader.get());
    EXPECT_EQ(archive_read_open_memory(reader.get(), bytes.data(), bytes.size()), ARCHIVE_OK);
    std::vector<std::string> lines;
    archive_entry* entry = nullptr;
    while (archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK) {
        std::string line = archive_entry_strmode(entry);
        line += archive_entry_pathname(entry);
        if (archive_entry_symlink(entry) != nullptr)
            line += std::string(" -> ") + archive_entry_symlink(entry);
        if (archive_entry_filetype(entry) == AE_IFCHR)
            line += " " + std::to_string(archive_entry_rdevmajor(entry)) + ":" +
                    std::to_string(archive_entry_rdevminor(entry));
        std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
        if (archive_entry_filetype(entry) == AE_IFREG) {
            EXPECT_EQ(archive_read_data(reader.get(), content.data(), content.size()),
                      static_cast<la_ssize_t>(content.size()));
            line += " [" + content + "]";
        }
        lines.push_back(line);
    }
    return lines;
}

TEST(InitramfsTest, IsReadBackByLibarchive) {
    Initramfs initramfs;
    initramfs.file("/etc/passwd", "root:x:0:0::/:/bin/sh\n", 0600);
    initramfs.file("init", "abc", 0755);
    initramfs.link("/bin/sh", "/bin/busybox");
    initramfs.character_device("dev/console", 5, 1);
    initramfs.directory("/tmp", 01777);
    EXPECT_THAT(listing(initramfs.archive()),
                testing::ElementsAre("lrwxrwxrwx bin -> usr/bin", "drwxr-xr-x dev",
                                     "crw------- dev/console 5:1", "drwxr-xr-x etc",
                                     "-rw------- etc/passwd [root:x:0:0::/:/bin/sh\n]",
                                     "-rwxr-xr-x init [abc]", "lrwxrwxrwx lib -> usr/lib",
                                     "lrwxrwxrwx lib64 -> usr/lib64", "lrwxrwxrwx sbin -> usr/sbin",
                                     "drwxrwxrwt tmp", "drwxr-xr-x usr", "drwxr-xr-x usr/bin",
                                     "lrwxrwxrwx usr/bin/sh -> /bin/busybox", "drwxr-xr-x usr/lib",
                                     "drwxr-xr-x usr/lib64", "drwxr-xr-x usr/sbin"));
}

TEST(InitramfsTest, SecondEntryOfAPathReplacesTheFirst) {
    Initramfs initramfs;
    initramfs.file("a", "one");
    initramfs.file("/./a", "two");
    EXPECT_THAT(listing(initramfs.archive()), testing::Contains("-rw-r--r-- a [two]"));
    EXPECT_THAT(listing(initramfs.archive()),
                testing::Not(testing::Contains("-rw-r--r-- a [one]")));
}

TEST(InitramfsTest, EqualContentsGiveEqualBytes) {
    Initramfs one;
    one.file("b", "2");
    one.file("a", "1");
    Initramfs two;
    two.file("a", "1");
    two.file("b", "2");
    EXPECT_EQ(one.archive(), two.archive());
    EXPECT_EQ(one.archive().size() % 4, 0U);
}

TEST(InitramfsTest, KnowsWhatItContains) {
    Initramfs initramfs;
    initramfs.file("/bin/cat", "");
    EXPECT_TRUE(initramfs.contains("/usr/bin/cat"));
    EXPECT_TRUE(initramfs.contains("/bin/cat"));
    EXPECT_TRUE(initramfs.contains("usr"));
    EXPECT_FALSE(initramfs.contains("/bin/dog"));
}

TEST(GuestPathTest, IsNormal) {
    const std::pair<const char*, const char*> table[] = {
        {"/init", "init"},
        {"init", "init"},
        {"/bin/sh", "usr/bin/sh"},
        {"/lib64/ld.so", "usr/lib64/ld.so"},
        {"/lib/x/../y", "usr/lib/y"},
        {"/bin", "bin"},
        {"/binary/x", "binary/x"},
        {"//a///b/./c/", "a/b/c"},
        {"../../etc/passwd", "etc/passwd"},
        {"/a/../../b", "b"},
        {"/usr/lib/../../bin/sh", "usr/bin/sh"},
        {"/", ""},
    };
    for (const auto& [path, expected] : table)
        EXPECT_EQ(guest_path(path), expected) << path;
}

} // namespace
} // namespace kps::machine
