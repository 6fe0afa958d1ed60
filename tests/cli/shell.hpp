#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
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
                                    ":$PATH HOME=" + path_.string() + " " + program +
                                    " .script 2>&1";
        std::string text;
        FILE* pipe = ::popen(command.c_str(), "r");
        char part[4096];
        while (pipe != nullptr) {
            const std::size_t got = std::fread(part, 1, sizeof part, pipe);
            if (got == 0) break;
            text.append(part, got);
        }
        if (pipe != nullptr) ::pclose(pipe);
        return text;
    }

private:
    std::filesystem::path path_;
};

inline bool has_program(const std::string& name) {
    return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
}

} // namespace kps::test
