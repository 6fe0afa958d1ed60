#include "compiler/diagnostics/messages.hpp"
#include "tests/unit/semantics/resolve_fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>

namespace kps::sema {
namespace {

namespace fs = std::filesystem;

const fs::path repository = fs::path(KPS_TEST_DATA).parent_path().parent_path();

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Block {
    std::string fails_with; ///< empty: it must compile
    std::string text;
};

/// The fenced `kps` blocks of a page.
std::vector<Block> blocks(const std::string& page) {
    std::vector<Block> found;
    const std::string fence = "```kps";
    for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
        const std::size_t text = page.find('\n', at) + 1;
        const std::size_t end = page.find("\n```", text) + 1;
        const std::string header = page.substr(at + fence.size(), text - 1 - at - fence.size());
        const std::string mark = " fail=";
        found.push_back({header.starts_with(mark) ? header.substr(mark.size()) : "",
                         page.substr(text, end - text)});
        at = end + 4;
    }
    return found;
}

std::vector<diag::CatalogueRow> own_rows() {
    std::vector<diag::CatalogueRow> rows;
    for (const diag::CatalogueRow& row : diag::catalogue())
        if (row.code.number >= 200 && row.code.number < 600) rows.push_back(row);
    return rows;
}

std::set<std::string> codes_of(const Resolution& resolution) {
    std::set<std::string> codes;
    for (const diag::Diagnostic& found : resolution.sink.sorted())
        codes.insert(diag::to_string(found.code));
    return codes;
}

class PageTest : public testing::TestWithParam<diag::CatalogueRow> {};

TEST_P(PageTest, ShowsItAndHowToMendIt) {
    const std::string code = diag::to_string(GetParam().code);
    const std::string page = read(repository / "docs" / "diagnostics" / (code + ".md"));
    EXPECT_TRUE(page.starts_with("# " + code + ": ")) << code;
    const std::vector<Block> shown = blocks(page);
    ASSERT_EQ(shown.size(), 2U) << code;
    EXPECT_EQ(shown[0].fails_with, code);
    const Resolution wrong(shown[0].text);
    EXPECT_EQ(codes_of(wrong), std::set<std::string>{code}) << wrong.diagnostics();
    EXPECT_EQ(Resolution(shown[1].text).diagnostics(), "") << code;
}

TEST_P(PageTest, HasACaseAndAPlaceThatReportsIt) {
    const std::string code = diag::to_string(GetParam().code);
    const auto in = [](const char* folder) { return fs::directory_iterator(repository / folder); };
    EXPECT_TRUE(std::ranges::any_of(in("tests/golden/diag"), [&](const fs::directory_entry& entry) {
        return entry.path().filename().string().starts_with(code + "_");
    })) << code;
    const std::string use = "diag::" + std::string(GetParam().name) + ",";
    EXPECT_TRUE(std::ranges::any_of(in("compiler/semantics"),
                                    [&](const fs::directory_entry& entry) {
                                        return entry.path().extension() != ".def" &&
                                               read(entry.path()).contains(use);
                                    }))
        << use;
}

INSTANTIATE_TEST_SUITE_P(Diagnostics, PageTest, testing::ValuesIn(own_rows()),
                         [](const auto& page) { return std::string(page.param.name); });

} // namespace
} // namespace kps::sema
