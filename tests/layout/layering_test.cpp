// Holds the folders to the order of docs/architecture.md: a folder includes only those before it,
// and a heavy header stands in one translation unit.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = KPS_SOURCE_DIR;

// The agent is linked statically and stands beside the machine; neither uses the other's code.
const std::vector<std::string> order = {"grammar",
                                        "compiler/base",
                                        "compiler/diagnostics",
                                        "compiler/syntax",
                                        "compiler/kernel",
                                        "compiler/semantics",
                                        "compiler/changes",
                                        "compiler/plan",
                                        "compiler/tracefs_backend",
                                        "compiler/bpf_backend",
                                        "runtime/collect/messages.hpp",
                                        "runtime/hits",
                                        "runtime/recordings",
                                        "runtime/judge",
                                        "runtime/report",
                                        "runtime/collect",
                                        "runtime/agent",
                                        "runtime/machine",
                                        "runtime/gate",
                                        "runtime/cli"};

/// The place in `order` of a file or of an included path; -1 if it is none of ours.
int rank_of(const std::string& path) {
    for (std::size_t i = 0; i < order.size(); ++i)
        if (path == order[i] || path.starts_with(order[i] + "/")) return static_cast<int>(i);
    return -1;
}

struct Include {
    std::string file;   ///< relative to the root
    std::string target; ///< what stands between the quotes or brackets
};

std::vector<Include> all_includes() {
    const std::regex pattern(R"re(^\s*#\s*include\s*[<"]([^>"]+)[>"])re");
    std::vector<Include> includes;
    for (const char* top : {"grammar", "compiler", "runtime"})
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / top)) {
            const std::string extension = entry.path().extension();
            if (extension != ".hpp" && extension != ".cpp") continue;
            std::ifstream file(entry.path());
            for (std::string line; std::getline(file, line);) {
                std::smatch match;
                if (std::regex_search(line, match, pattern))
                    includes.push_back({fs::relative(entry.path(), root).string(), match[1]});
            }
        }
    return includes;
}

TEST(Layering, AFolderIncludesOnlyThoseBeforeIt) {
    for (const Include& include : all_includes()) {
        const int target = rank_of(include.target);
        if (target < 0) continue;
        EXPECT_LE(target, rank_of(include.file)) << include.file << " includes " << include.target;
    }
}

TEST(Layering, OnlyTheSyntaxKnowsTheGrammar) {
    for (const Include& include : all_includes()) {
        if (!include.target.starts_with("grammar/")) continue;
        EXPECT_TRUE(include.file.starts_with("grammar/") ||
                    include.file.starts_with("compiler/syntax/"))
            << include.file << " includes " << include.target;
    }
}

TEST(Layering, AHeavyHeaderStandsInOneTranslationUnit) {
    std::map<std::string, std::set<std::string>> users;
    for (const Include& include : all_includes()) {
        if (include.file.ends_with(".hpp") && include.target == "nlohmann/json.hpp")
            ADD_FAILURE() << include.file << " includes " << include.target;
        if (include.target.starts_with("boost/graph/")) users["Boost.Graph"].insert(include.file);
        if (include.target.starts_with("CLI/")) users["CLI11"].insert(include.file);
        if (include.target.starts_with("tao/pegtl") && include.file.ends_with(".cpp"))
            users["PEGTL"].insert(include.file);
    }
    for (const auto& [library, files] : users)
        EXPECT_THAT(files, ::testing::SizeIs(1)) << library;
}

TEST(Layering, NoFilePastSixHundredLines) {
    for (const char* top : {"grammar", "compiler", "runtime"})
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / top)) {
            if (!entry.is_regular_file()) continue;
            std::ifstream file(entry.path());
            const auto lines = std::count(std::istreambuf_iterator<char>(file), {}, '\n');
            EXPECT_LE(lines, 600) << fs::relative(entry.path(), root);
        }
}

} // namespace
