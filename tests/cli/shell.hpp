#pragma once

#include "tests/shell.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace kps::test {

using Lines = std::vector<std::string>;

inline Lines lines_of(const std::string& text) {
    Lines lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// A new directory, removed at the end, with no kernels in the cache of kps.
class Directory {
public:
    Directory() {
        std::string name = (std::filesystem::temp_directory_path() / "kps-cli-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name) << text;
    }

    /// What `program script` writes in the directory, where `kps` is the program under test.
    [[nodiscard]] std::string run(const std::string& program, const std::string& script) const {
        const std::filesystem::path kps = KPS_PROGRAM;
        write(".script", script);
        const std::string command = "cd " + path_.string() + " && KPS_CACHE=" + path_.string() +
                                    "/none PATH=" + kps.parent_path().string() +
                                    ":$PATH HOME=" + path_.string() + " " + program + " .script";
        return shell(command).output;
    }

private:
    std::filesystem::path path_;
};

/// A test of what commands do in a new directory.
class InDirectory : public testing::Test {
protected:
    /// What the script writes, and the exit status of its last command: `=> 0`.
    [[nodiscard]] std::string run(const std::string& script) const {
        return directory_.run("sh", script + "\necho \"=> $?\"");
    }
    /// A spec with one probe and one test of it.
    void write_spec(const std::string& name, const std::string& symbol) const {
        directory_.write(name, "probe p on entry " + symbol +
                                   "\ntest \"t\" {\n    run \"true\"\n    expect some p\n}\n");
    }

    Directory directory_;
};

/// Two kernels without types, `old` and `new`, of which the new one lacks a function.
class BetweenKernels : public InDirectory {
protected:
    BetweenKernels() {
        const std::string text = "ffffffff81000000 T _text\nffffffff81000010 T vfs_read\n";
        for (const char* name : {"old", "new"})
            std::filesystem::create_directory(directory_.path() / name);
        directory_.write("old/kallsyms", text + "ffffffff81000020 T vfs_old\n");
        directory_.write("new/kallsyms", text + "ffffffff81000020 T vfs_new\n");
    }
};

inline bool has_program(const std::string& name) {
    return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
}

} // namespace kps::test
