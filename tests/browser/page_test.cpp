// The HTML report as a reader meets it: loaded without a network, in light and dark, by keyboard.

#include "runtime/gate/reports.hpp"
#include "tests/browser/web_driver.hpp"
#include "tests/unit/gate/sample.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

namespace kps::gate {
namespace {

namespace fs = std::filesystem;

constexpr const char* tab = "\uE004";
constexpr const char* enter = "\uE007";
constexpr const char* space = " ";

/// The least contrast (WCAG 2.2, 1.4.3) of any text on the page with what is behind it.
constexpr const char* least_contrast = R"js(
    const channel = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    const parts = c => c.match(/[\d.]+/g).map(Number);
    const light = c => { const [r, g, b] = parts(c);
        return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
    const behind = e => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor;
        if (parts(c).length === 3 || parts(c)[3] > 0) return c; } return 'rgb(255, 255, 255)'; };
    let least = 21;
    for (const e of document.querySelectorAll('body *')) {
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
        const style = getComputedStyle(e);
        const a = light(e instanceof SVGElement ? style.fill : style.color), b = light(behind(e));
        least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
    }
    return least;
)js";

struct Page : testing::TestWithParam<bool> {
    fs::path file =
        fs::path(testing::TempDir()) / ("kps-page-" + std::to_string(getpid()) + ".html");

    void SetUp() override {
        if (!test::has_browser()) GTEST_SKIP() << "chromium and chromium-driver are not installed";
        Record record = sample::record();
        sample::add(record, "holds", {{"PASS"}, {"PASS"}});
        sample::add(record, "breaks", {{"PASS"}, {"FAIL"}});
        sample::add(record, "is accepted", {{"PASS"}, {"FAIL"}});
        sample::add(record, "cannot be told", {{"PASS"}, {"INCONCLUSIVE"}});
        record.table.push_back(
            {1, "specs/a.kps", "probe open", {"a.kps", 3, 6}, State::gone, "entry a", "none"});
        record.changes.push_back({1, "member_type", "inode.i_ino", "u32", "u64", "error"});
        const Outcome outcome =
            compare(record, {{"2999-01-31", "a.kps", "is accepted", "ticket 12", "waivers", 3}},
                    "2026-11-21");
        std::ofstream(file) << html_report({record, outcome});
    }
    void TearDown() override { fs::remove(file); }

    [[nodiscard]] static std::vector<std::string> arguments() {
        if (GetParam()) return {"--force-dark-mode"};
        return {};
    }
};

TEST_P(Page, IsReadableAndLoadsNothingElse) {
    test::WebDriver browser(arguments());
    browser.open("file://" + file.string());
    EXPECT_EQ(browser.execute("return matchMedia('(prefers-color-scheme: dark)').matches"),
              GetParam());
    EXPECT_GE(browser.execute(least_contrast).get<double>(), 4.5);
    EXPECT_EQ(browser.execute("return performance.getEntriesByType('resource').length"), 0);
    EXPECT_EQ(browser.errors(), nlohmann::json::array());
    EXPECT_EQ(browser.execute("return document.documentElement.scrollWidth <= innerWidth"), true)
        << "wide tables scroll by themselves";
    EXPECT_EQ(browser.execute("return document.querySelectorAll('details[open]').length"), 2)
        << "what stops the gate is open, what is waived is not";
    EXPECT_EQ(browser.execute("return document.querySelectorAll('svg rect').length"), 4 * 2 * 2);
}

TEST_P(Page, IsUsedByKeyboard) {
    test::WebDriver browser(arguments());
    browser.open("file://" + file.string());
    const auto focus = [&](const char* of) {
        return browser.execute(std::string("return document.activeElement") + of);
    };
    browser.press(tab);
    EXPECT_EQ(focus(".className"), "skip");
    const auto tab_to = [&](const std::string& name) {
        for (int i = 0; i < 20; ++i) {
            if (focus(".localName") == name) return true;
            browser.press(tab);
        }
        return false;
    };
    ASSERT_TRUE(tab_to("summary"));
    EXPECT_EQ(focus(".parentElement.open"), false) << "the test that holds";
    browser.press(enter);
    EXPECT_EQ(focus(".parentElement.open"), true);
    EXPECT_NE(browser.execute("return getComputedStyle(document.activeElement).outlineStyle"),
              "none");

    browser.open("file://" + file.string());
    browser.press(tab);
    ASSERT_TRUE(tab_to("input"));
    const char* const visible = "return [...document.querySelectorAll('details')]"
                                ".filter(d => d.checkVisibility()).length";
    EXPECT_EQ(browser.execute(visible), 4);
    browser.press(space);
    EXPECT_EQ(browser.execute(visible), 3) << "only what differs";
}

INSTANTIATE_TEST_SUITE_P(Schemes, Page, testing::Values(false, true),
                         [](const auto& scheme) { return scheme.param ? "dark" : "light"; });

} // namespace
} // namespace kps::gate
