#include "compiler/diagnostics/render.hpp"
#include "compiler/syntax/format.hpp"
#include "compiler/syntax/parse.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace kps {

namespace {

namespace fs = std::filesystem;

/// A fenced block. `info` is what stands behind "```kps": nothing for a whole file, `in=test` and
/// `in=fields` for a part, `fail=KPSnnnn` for a mistake.
struct Block {
    std::string path;
    std::size_t line = 0;
    std::string info;
    std::string text;
};

std::vector<Block> blocks_of(const fs::path& path) {
    constexpr std::string_view fence = "```kps";
    std::vector<Block> blocks;
    std::ifstream file(path);
    std::string line;
    bool inside = false;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        if (inside && line == "```")
            inside = false;
        else if (inside)
            blocks.back().text += line + "\n";
        else if (line.starts_with(fence)) {
            const std::string info = line.substr(std::min(line.size(), fence.size() + 1));
            blocks.push_back({path.string(), number, info, ""});
            inside = true;
        }
    }
    return blocks;
}

std::vector<Block> all_blocks() {
    std::vector<fs::path> pages = {fs::path(KPS_ROOT) / "README.md"};
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(KPS_ROOT) / "docs"))
        if (entry.path().extension() == ".md") pages.push_back(entry.path());
    std::ranges::sort(pages);
    std::vector<Block> blocks;
    for (const fs::path& page : pages)
        std::ranges::move(blocks_of(page), std::back_inserter(blocks));
    return blocks;
}

std::string whole_file(const Block& block) {
    if (block.info == "in=test") return "test \"\" {\n" + block.text + "}\n";
    if (block.info == "in=fields") return "probe p on entry f {\n" + block.text + "}\n";
    return block.text;
}

struct Parsed {
    SourceSet sources;
    diag::Sink sink;
    syntax::File file;

    explicit Parsed(const Block& block)
        : file(syntax::parse(sources, sources.add(block.path, whole_file(block)), sink)) {}

    [[nodiscard]] std::string diagnostics() const {
        return diag::render_text(sink.sorted(), sources, diag::Colour::never);
    }
};

/// The code that a block is to fail with, or nothing. Codes from KPS0200 on are not of the syntax:
/// such a block must be read without a mistake.
std::string syntax_failure(const Block& block) {
    if (!block.info.starts_with("fail=")) return "";
    const std::string code = block.info.substr(5);
    return code < "KPS0200" ? code : "";
}

class Docs : public testing::TestWithParam<Block> {};

TEST_P(Docs, IsReadAsItSays) {
    const Block& block = GetParam();
    SCOPED_TRACE(fmt::format("{}:{}", block.path, block.line));
    const Parsed parsed(block);
    const std::string failure = syntax_failure(block);
    if (failure.empty())
        EXPECT_EQ(parsed.diagnostics(), "");
    else
        EXPECT_NE(parsed.diagnostics().find(failure), std::string::npos) << parsed.diagnostics();
}

INSTANTIATE_TEST_SUITE_P(All, Docs, testing::ValuesIn(all_blocks()));

TEST(LanguageReference, IsSetAsTheFormatterSetsIt) {
    for (const Block& block : blocks_of(fs::path(KPS_ROOT) / "docs" / "language.md")) {
        if (!block.info.empty()) continue;
        const Parsed parsed(block);
        diag::Sink again;
        EXPECT_EQ(syntax::format(parsed.sources, parsed.file.source, again), block.text)
            << block.path << ":" << block.line;
    }
}

} // namespace

} // namespace kps
