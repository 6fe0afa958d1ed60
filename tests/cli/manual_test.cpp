#include "tests/cli/shell.hpp"

#include <gmock/gmock.h>
#include <iterator>

namespace kps::test {

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

class Manual : public testing::Test {
protected:
    Manual() {
        EXPECT_EQ(directory_.run("sh", "kps man --output pages"), "");
        add_commands("");
    }

    /// What `kps complete` offers for the last of `words`, without what it means.
    [[nodiscard]] Lines offered(const std::string& words) const {
        Lines found;
        for (const std::string& line : lines_of(directory_.run("sh", "kps complete " + words)))
            found.push_back(line.substr(0, line.find('\t')));
        return found;
    }

    [[nodiscard]] fs::path page(std::string command) const {
        std::ranges::replace(command, ' ', '-');
        return directory_.path() / "pages" / ("kps" + command + ".1");
    }

    Directory directory_;
    Lines commands_; ///< each command with a blank before each word; first kps itself

private:
    void add_commands(const std::string& parent) {
        commands_.push_back(parent);
        for (const std::string& name : offered("man" + parent + " ''"))
            add_commands(parent + " " + name);
    }
};

TEST_F(Manual, HasAPageForEachCommand) {
    EXPECT_GT(commands_.size(), 10U);
    for (const std::string& command : commands_) {
        EXPECT_NE(read(page(command)), "") << command;
        EXPECT_EQ(directory_.run("sh", "kps man" + command), read(page(command)));
    }
    const auto pages = std::distance(fs::directory_iterator(directory_.path() / "pages"), {});
    EXPECT_EQ(static_cast<std::size_t>(pages), commands_.size());
}

TEST_F(Manual, NamesEachOption) {
    for (const std::string& command : commands_) {
        std::string text = read(page(command));
        std::erase(text, '\\');
        for (const std::string& option : offered(command + " -"))
            EXPECT_THAT(text, testing::HasSubstr("fB" + option + "fR")) << command;
    }
}

TEST_F(Manual, IsReadByGroffWithoutAWarning) {
    if (!has_program("groff")) GTEST_SKIP() << "there is no groff";
    for (const std::string& command : commands_)
        EXPECT_EQ(directory_.run("sh", "groff -man -ww -z -Tutf8 " + page(command).string()), "");
}

TEST_F(Manual, IsShownWithItsSections) {
    if (!has_program("groff")) GTEST_SKIP() << "there is no groff";
    const std::string shown =
        directory_.run("sh", "groff -man -Tascii -P-cbou " + page(" run").string());
    EXPECT_THAT(lines_of(shown),
                testing::IsSupersetOf({"NAME", "SYNOPSIS", "DESCRIPTION", "OPERANDS", "OPTIONS",
                                       "KERNELS", "EXIT STATUS", "SEE ALSO"}));
    EXPECT_THAT(shown, testing::HasSubstr("kps run [OPTION]... SPEC...\n"));
    EXPECT_THAT(shown, testing::HasSubstr("-k, --kernel KERNEL\n"));
    EXPECT_THAT(shown, testing::HasSubstr("FORMAT is one of: text, json, junit, tap.\n"));
}

TEST_F(Manual, OfAnUnknownCommandIsRefused) {
    EXPECT_THAT(directory_.run("sh", "kps man kernel no; echo $?"), testing::EndsWith("\n2\n"));
}

TEST_F(Manual, TheDocumentationHasEachCommand) {
    const std::string page = read(fs::path(KPS_DOCS) / "cli.md");
    for (const std::string& command : commands_)
        EXPECT_NE(page.find("`kps" + command.substr(0, command.find(' ', 1))), std::string::npos)
            << command;
}

} // namespace

} // namespace kps::test
