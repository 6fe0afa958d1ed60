#include "compiler/diagnostics/messages.hpp"
#include "tests/golden/stages.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>

namespace kps::golden {

namespace {

namespace fs = std::filesystem;

const fs::path root = KPS_GOLDEN;

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Case {
    const Stage* stage;
    std::string name;
};

std::vector<std::string> names_in(const fs::path& folder, std::string_view extension) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
    std::ranges::sort(names);
    return names;
}

std::vector<Case> all_cases() {
    std::vector<Case> cases;
    for (const Stage& stage : stages())
        for (const std::string& name : names_in(root / stage.folder, ".kps"))
            if (name >= stage.first_case && name < stage.last_case) cases.push_back({&stage, name});
    return cases;
}

bool is_updating() {
    const char* value = std::getenv("KPS_UPDATE_GOLDEN");
    return value != nullptr && std::string_view(value) == "1";
}

std::string test_name(const testing::TestParamInfo<Case>& info) {
    std::string name = std::string(info.param.stage->folder) + "_" + info.param.name;
    std::ranges::replace_if(name, [](char c) { return c != '_' && std::isalnum(c) == 0; }, '_');
    return name;
}

class Golden : public testing::TestWithParam<Case> {};

TEST_P(Golden, IsAsBefore) {
    const Case& param = GetParam();
    const fs::path folder = root / param.stage->folder;
    const fs::path expected = folder / (param.name + ".txt");
    const std::string actual =
        param.stage->run(param.name + ".kps", read(folder / (param.name + ".kps")));
    if (is_updating()) std::ofstream(expected, std::ios::binary) << actual;
    ASSERT_TRUE(fs::exists(expected)) << "KPS_UPDATE_GOLDEN=1 writes it";
    EXPECT_EQ(actual, read(expected));
}

TEST_P(Golden, IsReportedUnderTheCodeOfItsName) {
    const Case& param = GetParam();
    if (param.stage->folder != "diag") return;
    const fs::path expected = root / "diag" / (param.name + ".txt");
    const std::string code = param.name.substr(0, param.name.find('_'));
    EXPECT_NE(read(expected).find("[" + code + "]"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, Golden, testing::ValuesIn(all_cases()), test_name);

TEST(GoldenFiles, EachBelongsToACaseOfAStage) {
    std::set<fs::path> known;
    for (const Case& param : all_cases())
        for (const char* extension : {".kps", ".txt"})
            known.insert(root / param.stage->folder / (param.name + extension));
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (!entry.is_regular_file() || entry.path().parent_path() == root) continue;
        EXPECT_TRUE(known.contains(entry.path())) << entry.path() << " is stray";
    }
}

/// The limit of 16 MiB is tested without a file of that size.
const std::set<std::string> without_case = {"KPS0114"};

TEST(Diagnostics, OfTheSyntaxHaveAPageAndACase) {
    const std::vector<std::string> cases = names_in(root / "diag", ".kps");
    for (const diag::CatalogueRow& row : diag::catalogue()) {
        if (row.code.number >= 200) continue;
        const std::string code = to_string(row.code);
        EXPECT_TRUE(fs::exists(fs::path(KPS_DOCS) / "diagnostics" / (code + ".md"))) << code;
        const bool has_case = std::ranges::any_of(
            cases, [&](const std::string& name) { return name.starts_with(code + "_"); });
        EXPECT_TRUE(has_case || without_case.contains(code)) << code;
    }
}

} // namespace

} // namespace kps::golden
