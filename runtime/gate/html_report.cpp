#include "runtime/gate/html.hpp"
#include "runtime/gate/reports.hpp"
#include "runtime/gate/words.hpp"
#include "runtime/hits/print.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <map>

namespace kps::gate {

namespace {

std::string badge(std::string_view tone, std::string_view text) {
    return element("span", fmt::format("class=\"badge {}\"", tone), escaped(text));
}

std::string_view tone_of(const Side& side) {
    if (side.waiver) return "quiet";
    switch (side.delta) {
    case Delta::same:
    case Delta::fixed:
    case Delta::gained: return "good";
    case Delta::regressed:
    case Delta::newly_skipped:
    case Delta::error:
    case Delta::not_run: return "bad";
    case Delta::inconclusive:
    case Delta::flaky: return "doubt";
    }
    return "bad";
}

std::string_view tone_of(State state) {
    if (is_finding(state)) return "bad";
    return state == State::same ? "good" : "doubt";
}

std::string row(std::string_view kind, const std::vector<std::string>& cells) {
    std::string inner;
    for (const std::string& cell : cells)
        inner += element(kind, kind == "th" ? "scope=\"col\"" : "", cell);
    return element("tr", "", inner) + "\n";
}

std::string code(std::string_view text) {
    return element("code", "", escaped(text));
}

class Page {
public:
    explicit Page(const Judged& gate) : record_(gate.record), outcome_(gate.outcome) {}

    std::string write() {
        std::string title = "kps gate: " + escaped(record_.kernels.front().name);
        for (std::size_t kernel = 1; kernel < record_.kernels.size(); ++kernel)
            title += (kernel == 1 ? " → " : ", ") + escaped(record_.kernels[kernel].name);
        std::string body;
        if (!record_.static_only) body = R"(<a class="skip" href="#tests">to the tests</a>)";
        body += header(title) + overview() + tests() + table() + changes() + waivers();
        return "<!DOCTYPE html>\n" +
               element("html", "lang=\"en\"",
                       element("head", "",
                               "<meta charset=\"utf-8\"><meta name=\"viewport\" "
                               "content=\"width=device-width, initial-scale=1\">" +
                                   element("title", "", title) + element("style", "", style())) +
                           "\n" + element("body", "", body)) +
               "\n";
    }

private:
    [[nodiscard]] std::string header(const std::string& title) const {
        constexpr std::pair<int, std::pair<std::string_view, std::string_view>> words[] = {
            {0, {"good", "holds"}},
            {1, {"bad", "stopped"}},
            {3, {"doubt", "not decided"}},
            {4, {"bad", "could not be run"}}};
        const auto word = std::ranges::find(words, outcome_.exit_status,
                                            [](const auto& entry) { return entry.first; });
        return element(
            "header", "",
            element("h1", "", title + " " + badge(word->second.first, word->second.second)) +
                element("p", "class=\"quiet\"",
                        fmt::format("kps {}, {} UTC, {}", escaped(record_.version),
                                    escaped(record_.started),
                                    hits::print_duration(record_.duration_ns))));
    }

    /// Kernels by specs: how many tests stand how.
    [[nodiscard]] std::string overview() const {
        std::vector<std::string> head = {"spec"};
        for (const Kernel& kernel : record_.kernels)
            head.push_back(escaped(kernel_text(kernel)));
        std::map<std::string, std::vector<const TestRow*>> by_spec;
        for (const TestRow& test : outcome_.tests)
            by_spec[test.test.spec].push_back(&test);
        std::string rows = row("th", head);
        for (const auto& [spec, tests] : by_spec) {
            std::vector<std::string> cells = {
                element("a", fmt::format("href=\"#{}\"", anchor(spec)), escaped(spec))};
            for (std::size_t kernel = 0; kernel < record_.kernels.size(); ++kernel)
                cells.push_back(summary_of(tests, kernel));
            rows += row("td", cells);
        }
        std::string lines;
        for (std::size_t kernel = 1; kernel < record_.kernels.size(); ++kernel)
            lines += element(
                "p", "",
                fmt::format("{}: {}{}", escaped(record_.kernels[kernel].name),
                            record_.static_only ? "" : escaped(tally_text(outcome_, kernel)) + "; ",
                            escaped(table_text(record_, kernel))));
        if (by_spec.empty()) return element("h2", "", "Overview") + lines;
        return element("h2", "", "Overview") + lines +
               element("div", "class=\"scroll\"", element("table", "", rows));
    }

    static std::string summary_of(const std::vector<const TestRow*>& tests, std::size_t kernel) {
        std::map<std::pair<std::string, std::string>, std::size_t> counts;
        for (const TestRow* test : tests) {
            const Side& side = test->sides[kernel];
            if (kernel == 0)
                ++counts[{side.verdict == Verdict::pass ? "good" : "doubt", verdict_text(side)}];
            else
                ++counts[{std::string(tone_of(side)), delta_text(side)}];
        }
        std::string text;
        for (const auto& [what, count] : counts)
            text += badge(what.first, fmt::format("{} {}", count, what.second)) + " ";
        return text;
    }

    static std::string anchor(std::string_view spec) {
        std::string id = "spec-";
        for (const char c : spec)
            id += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
        return id;
    }

    [[nodiscard]] std::string tests() const {
        if (record_.static_only) return {};
        std::string text = element("h2", "id=\"tests\"", "Tests");
        text += R"(<p class="controls"><input type="checkbox" id="differences"> )"
                R"(<label for="differences">only what differs</label></p>)";
        std::string spec;
        for (const TestRow& test : outcome_.tests) {
            if (test.test.spec != spec) {
                spec = test.test.spec;
                text += element("h3", fmt::format("id=\"{}\"", anchor(spec)), escaped(spec));
            }
            text += test_block(test);
        }
        return text;
    }

    [[nodiscard]] std::string test_block(const TestRow& test) const {
        std::string badges;
        bool is_open = false;
        bool is_same = true;
        for (std::size_t kernel = 1; kernel < test.sides.size(); ++kernel) {
            const Side& side = test.sides[kernel];
            badges += badge(tone_of(side), delta_text(side)) + " ";
            is_open = is_open || (is_finding(side.delta) && !side.waiver);
            is_same = is_same && side.delta == Delta::same;
        }
        std::string sides;
        for (std::size_t kernel = 0; kernel < test.sides.size(); ++kernel)
            sides += element("section", "", side_block(test, kernel));
        return element("details",
                       fmt::format("{}{}", is_open ? "open " : "", is_same ? "class=\"same\"" : ""),
                       element("summary", "", badges + escaped(test.test.name)) +
                           element("div", "class=\"sides\"", sides)) +
               "\n";
    }

    [[nodiscard]] std::string side_block(const TestRow& test, std::size_t kernel) const {
        const Side& side = test.sides[kernel];
        std::string text = element(
            "h3", "",
            fmt::format("{}: {}", escaped(record_.kernels[kernel].name), verdict_text(side)));
        if (side.waiver) {
            const Waiver& waiver = outcome_.waivers[*side.waiver];
            text +=
                element("p", "class=\"quiet\"",
                        fmt::format("waived until {}: {}", waiver.until, escaped(waiver.reason)));
        }
        if (const std::string words = side_text(side); !words.empty())
            text += element("pre", "tabindex=\"0\"", escaped(words));
        return text + histograms(test, kernel);
    }

    /// Those of the side's first run, each on one scale with the same ones of the other kernels.
    static std::string histograms(const TestRow& test, std::size_t kernel) {
        if (test.sides[kernel].runs.empty()) return {};
        std::string text;
        const auto& own = test.sides[kernel].runs.front().histograms;
        for (std::size_t i = 0; i < own.size(); ++i) {
            std::vector<const Histogram*> together;
            for (const Side& side : test.sides)
                if (!side.runs.empty() && i < side.runs.front().histograms.size())
                    together.push_back(&side.runs.front().histograms[i]);
            text += element("h3", "", code(own[i].text)) +
                    element("div", "class=\"scroll\"", drawing(own[i], together));
        }
        return text;
    }

    [[nodiscard]] std::string table() const {
        std::string rows;
        for (std::size_t i = 0; i < record_.table.size(); ++i) {
            const StaticRow& one = record_.table[i];
            if (one.state == State::same) continue;
            const bool is_waived = outcome_.table_waivers[i].has_value();
            rows +=
                row("td",
                    {badge(is_waived ? "quiet" : tone_of(one.state),
                           fmt::format("{}{}", is_waived ? "waived: " : "", to_string(one.state))),
                     code(one.subject), code(one.old_text), code(one.new_text),
                     escaped(record_.kernels[one.kernel].name),
                     escaped(fmt::format("{}:{}", one.place.file, one.place.line))});
        }
        std::string text = element("h2", "", "Probes and fields");
        if (rows.empty()) return text + element("p", "", "All are the same on every kernel.");
        return text +
               element("div", "class=\"scroll\"",
                       element("table", "",
                               row("th", {"", "what", "old", "new", "kernel", "place"}) + rows));
    }

    [[nodiscard]] std::string changes() const {
        if (record_.changes.empty()) return {};
        std::string rows;
        for (const StaticChange& change : record_.changes)
            rows += row("td", {escaped(change.severity), escaped(change.kind), code(change.name),
                               code(change.old_text), code(change.new_text),
                               escaped(record_.kernels[change.kernel].name)});
        return element("h2", "", "Kernel changes that touch what these specs use") +
               element(
                   "div", "class=\"scroll\"",
                   element("table", "",
                           row("th", {"severity", "kind", "what", "old", "new", "kernel"}) + rows));
    }

    [[nodiscard]] std::string waivers() const {
        std::string items;
        const auto add = [&](std::string_view what, const std::vector<std::size_t>& which) {
            for (const std::size_t index : which) {
                const Waiver& waiver = outcome_.waivers[index];
                items +=
                    element("li", "",
                            fmt::format("{}: {}:{}: {} (until {}): {}", what, escaped(waiver.file),
                                        waiver.line, escaped(waiver.subject), waiver.until,
                                        escaped(waiver.reason)));
            }
        };
        add("expired", outcome_.expired);
        add("unused", outcome_.unused);
        if (items.empty()) return {};
        return element("h2", "", "Waivers") + element("ul", "", items);
    }

    const Record& record_;
    const Outcome& outcome_;
};

} // namespace

std::string html_report(const Judged& gate) {
    return Page(gate).write();
}

} // namespace kps::gate
