// The files of examples/ci and examples/cluster run elsewhere; what they ask of kps is known here.

#include "tests/cli/shell.hpp"

#include <gmock/gmock.h>
#include <iterator>
#include <regex>

namespace kps::test {

namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::vector<fs::path> files() {
    std::vector<fs::path> found;
    for (const char* directory : {"ci", "cluster"})
        for (const auto& entry : fs::directory_iterator(fs::path(KPS_EXAMPLES) / directory))
            found.push_back(entry.path());
    return found;
}

/// Every match of the expression's first group.
Lines all(const std::string& text, const std::string& expression) {
    const std::regex pattern(expression);
    Lines found;
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
        found.push_back((*at)[1]);
    return found;
}

TEST(Examples, GiveKpsOptionsThatItHas) {
    const Directory directory;
    std::size_t commands = 0;
    for (const fs::path& path : files()) {
        std::ifstream file(path);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        for (const char* name : {"gate", "merge"}) {
            const std::string help = directory.run("sh", std::string("kps ") + name + " --help");
            // With the lines that a `\` continues.
            const std::string expression = std::string("\\bkps ") + name + "( (?:[^\\n]|\\\\\\n)*)";
            for (const std::string& command : all(text, expression)) {
                ++commands;
                for (const std::string& option : all(command, "(--[a-z]+)"))
                    EXPECT_THAT(help, HasSubstr(option)) << path;
                for (const std::string& format : all(command, "--report ([a-z]+)"))
                    EXPECT_THAT(help, HasSubstr(format)) << path;
            }
        }
    }
    EXPECT_GE(commands, 8U);
}

} // namespace

} // namespace kps::test
