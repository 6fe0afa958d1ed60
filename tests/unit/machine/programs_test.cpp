#include "runtime/machine/programs.hpp"

#include "runtime/machine/process.hpp"
#include "runtime/machine/program_file.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <filesystem>
#include <fstream>

namespace kps::machine {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// An ELF file of headers only, that names an interpreter.
std::string small_elf(const std::string& interpreter) {
    Elf64_Ehdr header{};
    std::memcpy(&header.e_ident[0], ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 2;
    Elf64_Phdr segments[2]{};
    segments[0].p_type = PT_PHDR;
    segments[1].p_type = PT_INTERP;
    segments[1].p_offset = sizeof header + sizeof segments;
    segments[1].p_filesz = interpreter.size() + 1;
    std::string file(sizeof header + sizeof segments, '\0');
    std::memcpy(file.data(), &header, sizeof header);
    std::memcpy(file.data() + sizeof header, &segments[0], sizeof segments);
    return file + interpreter + '\0';
}

TEST(ElfInterpreterTest, IsFoundOnlyInWholeFiles) {
    const std::string file = small_elf("/lib/ld.so");
    EXPECT_EQ(elf_interpreter(bytes_of(file)), "/lib/ld.so");
    for (std::size_t size = 0; size < file.size(); ++size)
        EXPECT_EQ(elf_interpreter(bytes_of(file.substr(0, size))), "") << size;
    EXPECT_EQ(elf_interpreter(bytes_of("#!/bin/sh\n")), "");
}

TEST(ElfInterpreterTest, SurvivesAnyHeader) {
    const std::string file = small_elf("/lib/ld.so");
    for (std::size_t at = 0; at < file.size(); ++at) {
        for (const char value : {'\xff', '\x7f', '\x00'}) {
            std::string damaged = file;
            damaged[at] = value;
            elf_interpreter(bytes_of(damaged));
        }
    }
}

TEST(ScriptInterpreterTest, IsReadAsExecveReadsIt) {
    using Words = std::vector<std::string>;
    const std::pair<const char*, Words> table[] = {
        {"#!/bin/sh\necho", {"/bin/sh"}},
        {"#! /usr/bin/env python3\n", {"/usr/bin/env", "python3"}},
        {"#!/usr/bin/awk -f -x  \n", {"/usr/bin/awk", "-f -x"}},
        {"#!/bin/sh\r\n", {"/bin/sh"}},
        {"#!/bin/sh", {"/bin/sh"}},
        {"#!\n/bin/sh", {}},
        {"#!", {}},
        {"# /bin/sh", {}},
        {"", {}},
    };
    for (const auto& [text, words] : table)
        EXPECT_EQ(script_interpreter(bytes_of(text)), words);
}

TEST(ListedLibrariesTest, AreThePathsOrAnError) {
    const auto found = listed_libraries("\tlinux-vdso.so.1 (0x00007ffc)\n"
                                        "\tlibc.so.6 => /lib/x/libc.so.6 (0x00007f)\n"
                                        "\tlibm.so.6 => /lib/x/libm.so.6 (0x00007f)\n"
                                        "\tlibc.so.6 => /lib/x/libc.so.6 (0x00007f)\n"
                                        "\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n");
    ASSERT_TRUE(found);
    EXPECT_THAT(*found, testing::ElementsAre("/lib/x/libc.so.6", "/lib/x/libm.so.6",
                                             "/lib64/ld-linux-x86-64.so.2"));
    const auto lost = listed_libraries("\tlibfoo.so.1 => not found\n");
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().message, "its library libfoo.so.1 is not found");
}

/// A host that is a directory of scripts.
class ProgramsTest : public testing::Test {
protected:
    ProgramsTest() {
        script("busybox", "#!/bin/sh\nprintf 'bin/sh\\nusr/bin/env\\nbin/cat\\nbin/busybox\\n'\n");
        EXPECT_TRUE(programs_.add_busybox());
    }
    ~ProgramsTest() override { fs::remove_all(host_); }

    void script(const std::string& name, const std::string& text) {
        std::ofstream(host_ / name) << text;
        fs::permissions(host_ / name, fs::perms::owner_all);
    }
    static std::string error_of(const Result<void>& result) {
        return result ? "" : result.error().message;
    }
    static fs::path new_directory() {
        std::string pattern = testing::TempDir() + "kpsXXXXXX";
        return ::mkdtemp(pattern.data());
    }
    /// Whether a file with this text in it is in the archive.
    [[nodiscard]] bool archived(std::string_view text) const {
        const auto archive = initramfs_.archive();
        return std::string_view(reinterpret_cast<const char*>(archive.data()), archive.size())
            .contains(text);
    }

    fs::path host_ = new_directory();
    Initramfs initramfs_;
    Programs programs_{initramfs_, "/nowhere:" + host_.string()};
};

TEST_F(ProgramsTest, BusyboxHasItsApplets) {
    for (const char* const path : {"/bin/busybox", "/bin/sh", "/usr/bin/env", "/bin/cat"})
        EXPECT_TRUE(initramfs_.contains(path)) << path;
}

TEST_F(ProgramsTest, OnlyWhatBusyboxLacksIsTaken) {
    script("tool", "#!/bin/sh\n");
    script("cat", "#!/bin/tool\n");
    EXPECT_EQ(error_of(programs_.add_commands("cat x | tool y")), "");
    EXPECT_TRUE(initramfs_.contains("/usr/bin/tool"));
    EXPECT_FALSE(archived("#!/bin/tool"));
}

TEST_F(ProgramsTest, MissingOnesAreErrorsWithAHint) {
    const auto missing = programs_.add_commands("cat x; fiio --name=a");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().message,
              "the workload runs `fiio`, which neither busybox nor this machine has");
    EXPECT_THAT(missing.error().hint, HasSubstr("--add FILE:/usr/bin/fiio"));
    EXPECT_EQ(error_of(programs_.add_commands("timeout 5 fiio; ./made-by-setup; /no/such")),
              "the workload runs `timeout`, which neither busybox nor this machine has");
    EXPECT_EQ(error_of(programs_.add_commands("env fiio; ./made-by-setup; /no/such")), "");
}

TEST_F(ProgramsTest, AddedOnesAreNotMissing) {
    script("mine", "#!/bin/sh\n");
    EXPECT_EQ(error_of(programs_.add((host_ / "mine").string() + ":/usr/bin/other")), "");
    EXPECT_EQ(error_of(programs_.add_commands("other")), "");
}

TEST_F(ProgramsTest, ScriptsBringTheirInterpreters) {
    script("outer", "#!/usr/bin/env inner\n");
    script("inner", "#!" + (host_ / "innermost").string() + "\n");
    script("innermost", "#!/bin/sh\n");
    EXPECT_EQ(error_of(programs_.add_commands("outer")), "");
    EXPECT_TRUE(initramfs_.contains("/usr/bin/inner"));
    EXPECT_TRUE(initramfs_.contains((host_ / "innermost").string()));
}

TEST_F(ProgramsTest, PathsAreTakenToTheSamePath) {
    script("tool", "#!/bin/sh\n");
    const std::string path = (host_ / "tool").string();
    EXPECT_EQ(error_of(programs_.add_commands("cat " + path)), "");
    EXPECT_TRUE(initramfs_.contains(path));
}

TEST_F(ProgramsTest, OtherNamesOfAProbedFileAreLinksToIt) {
    script("real", "#!/bin/sh\n# once\n");
    fs::create_symlink(host_ / "real", host_ / "tool");
    const std::string path = (host_ / "real").string();
    EXPECT_EQ(error_of(programs_.add_probed(path)), "");
    EXPECT_EQ(error_of(programs_.add_commands("tool; real; " + (host_ / "tool").string())), "");
    for (const std::string& name : {path, (host_ / "tool").string(), std::string("/usr/bin/tool"),
                                    std::string("/usr/bin/real")})
        EXPECT_TRUE(initramfs_.contains(name)) << name;
    const auto archive = initramfs_.archive();
    const std::string_view all(reinterpret_cast<const char*>(archive.data()), archive.size());
    EXPECT_EQ(all.find("# once"), all.rfind("# once"));
}

TEST_F(ProgramsTest, AProbedProgramTakesThePlaceOfAnApplet) {
    script("cat", "#!/bin/sh\n# the real one\n");
    EXPECT_EQ(error_of(programs_.add_probed((host_ / "cat").string())), "");
    EXPECT_EQ(error_of(programs_.add_commands("cat x")), "");
    // As the target of the link /usr/bin/cat, behind the path of the file itself.
    const auto archive = initramfs_.archive();
    const std::string_view all(reinterpret_cast<const char*>(archive.data()), archive.size());
    EXPECT_NE(all.find("/" + guest_path((host_ / "cat").string())), std::string_view::npos);
}

TEST_F(ProgramsTest, AProbedProgramThatOnlyTheGuestHasIsNoError) {
    EXPECT_EQ(error_of(programs_.add_probed("/no/such/program")), "");
    EXPECT_FALSE(initramfs_.contains("/no/such/program"));
}

TEST_F(ProgramsTest, DirectoriesAreAddedWhole) {
    fs::create_directories(host_ / "d/sub");
    std::ofstream(host_ / "d/sub/file") << "text";
    fs::create_symlink("sub/file", host_ / "d/link");
    EXPECT_EQ(error_of(programs_.add((host_ / "d").string() + ":/data")), "");
    EXPECT_TRUE(initramfs_.contains("/data/sub/file"));
    EXPECT_TRUE(initramfs_.contains("/data/link"));
}

TEST_F(ProgramsTest, WhatIsNotThereCannotBeAdded) {
    EXPECT_THAT(error_of(programs_.add("/no/such/file")), HasSubstr("/no/such/file"));
    EXPECT_THAT(error_of(programs_.add("")), HasSubstr("does not say which file"));
    EXPECT_THAT(error_of(programs_.add("/etc/passwd:")), HasSubstr("does not say which file"));
}

TEST_F(ProgramsTest, DynamicProgramsBringTheirLibraries) {
    const fs::path self = fs::read_symlink("/proc/self/exe");
    EXPECT_EQ(error_of(programs_.add_file(self, "/self")), "");
    std::ifstream file(self, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)), {});
    const std::string interpreter = elf_interpreter(bytes_of(content));
    ASSERT_NE(interpreter, "");
    EXPECT_TRUE(initramfs_.contains(interpreter));
    EXPECT_TRUE(archived("/libc.so.6"));
    EXPECT_TRUE(archived("/libstdc++.so.6"));
}

} // namespace
} // namespace kps::machine
