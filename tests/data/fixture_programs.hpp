#pragma once

#include "tests/data/program_builder.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <unistd.h>

namespace kps::test {

/// Programs of the system under test, as files of this machine that go when the process ends.
class FixturePrograms {
public:
    FixturePrograms() {
        std::filesystem::create_directories(directory_);
        ProgramBuilder server;
        server.symbol("main", 0x10).symbol("handle_request", 0x20).symbol("handle_reply", 0x30);
        server.symbol("helper", 0x40).symbol("helper", 0x50);
        server.symbol("_ZN5store3putEi", 0x60).symbol("_ZN5store3putEl", 0x70);
        server.symbol("_ZN5store3getEi", 0x80).symbol("table", 0x90, STT_OBJECT);
        server.symbol("malloc@GLIBC_2.2.5", 0, STT_FUNC, SHN_UNDEF);
        server.symbol("copy", 0xa0, STT_GNU_IFUNC).symbol("outside", 0x1000);
        add("/usr/bin/server", server.file());
        ProgramBuilder library;
        library.stripped = true;
        library.symbol("demo_open", 0x10).symbol("demo_close", 0x20);
        add("/usr/lib/libdemo.so.1", library.file());
        ProgramBuilder bare;
        bare.stripped = true;
        add("/usr/bin/bare", bare.file());
        ProgramBuilder other;
        other.machine = EM_AARCH64;
        add("/usr/bin/other", other.symbol("main", 0).file());
        add("/usr/bin/script", "#!/bin/sh\n");
    }
    FixturePrograms(const FixturePrograms&) = delete;
    FixturePrograms& operator=(const FixturePrograms&) = delete;
    ~FixturePrograms() {
        std::error_code error;
        std::filesystem::remove_all(directory_, error);
    }

    [[nodiscard]] std::filesystem::path locate(const std::string& path) const {
        const auto found = files_.find(path);
        return found != files_.end() ? found->second : directory_ / "absent";
    }

private:
    void add(const std::string& path, const std::string& content) {
        const auto file = directory_ / std::to_string(files_.size());
        std::ofstream(file, std::ios::binary) << content;
        files_[path] = file;
    }

    std::filesystem::path directory_ =
        std::filesystem::temp_directory_path() / ("kps-programs-" + std::to_string(getpid()));
    std::map<std::string, std::filesystem::path> files_;
};

inline std::filesystem::path fixture_program(const std::string& path) {
    static const FixturePrograms programs;
    return programs.locate(path);
}

} // namespace kps::test
