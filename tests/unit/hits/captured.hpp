#pragma once

#include "compiler/plan/lower.hpp"
#include "runtime/hits/trace_builder.hpp"
#include "tests/unit/hits/sample.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace kps::hits {

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A file with one sub-buffer a line, as hexadecimal bytes without the zeros at the end.
inline std::vector<std::vector<std::byte>> read_pages(const std::filesystem::path& path,
                                                      std::size_t page_size = 4096) {
    std::vector<std::vector<std::byte>> pages;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        std::vector<std::byte> page(page_size);
        for (std::size_t i = 0; i + 1 < line.size(); i += 2)
            page[i / 2] = static_cast<std::byte>(std::stoul(line.substr(i, 2), nullptr, 16));
        pages.push_back(std::move(page));
    }
    return pages;
}

/// What a collector would have told of a trace captured on a real kernel: files of
/// tests/data/trace/VERSION, made with the lines that `sample_spec` becomes and the commands
/// `/w; cat ""; cat /last` as workload, /w being a program that opens, writes, sleeps, and makes a
/// thread and a child.
class Captured {
public:
    explicit Captured(const std::string& version)
        : folder(std::filesystem::path(KPS_TEST_DATA) / "trace" / version) {
        diag::Sink sink;
        plan = plan::lower(sample_spec(), sink);
        job.id = 7;
        job.group = "kps_t";
        job.run = {{"/w", {}, {}}};
        root = static_cast<std::uint32_t>(std::stoul(read_text(folder / "root")));
    }

    [[nodiscard]] std::vector<collect::Message> formats() const {
        std::vector<collect::Message> messages;
        messages.push_back({7, collect::PageFormat{read_text(folder / "header_page"),
                                                   read_text(folder / "header_event")}});
        for (const auto& file : std::filesystem::directory_iterator(folder)) {
            if (file.path().extension() != ".format") continue;
            const std::string stem = file.path().stem().string();
            const auto dot = stem.find('.');
            messages.push_back({7, collect::EventFormat{{stem.substr(0, dot), stem.substr(dot + 1)},
                                                        read_text(file.path())}});
        }
        return messages;
    }
    /// `prefix`: `cpu`, or `ovr_cpu` for those whose buffer was overrun.
    [[nodiscard]] std::vector<collect::Message> pages(const std::string& prefix) const {
        std::vector<collect::Message> messages;
        for (const std::uint32_t cpu : {0U, 1U})
            for (auto& bytes : read_pages(folder / (prefix + std::to_string(cpu) + ".hex")))
                messages.push_back({7, collect::Page{cpu, std::move(bytes)}});
        return messages;
    }

    std::filesystem::path folder;
    plan::Plan plan;
    collect::Job job;
    std::uint32_t root = 0;
};

} // namespace kps::hits
