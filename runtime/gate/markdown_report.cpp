#include "runtime/gate/reports.hpp"
#include "runtime/gate/words.hpp"

#include <fmt/core.h>

namespace kps::gate {

namespace {

/// Text in a cell of a table.
std::string cell(std::string_view text) {
    std::string result;
    for (char c : text) {
        if (std::string_view("\\|`*_<>[]").find(c) != std::string_view::npos) result += '\\';
        result += c == '\n' ? ' ' : c;
    }
    return result;
}

/// A fence that no line of `text` can end.
std::string fenced(const std::string& text) {
    std::string fence = "```";
    while (text.find(fence) != std::string::npos)
        fence += '`';
    return fmt::format("{}\n{}{}\n", fence, text, fence);
}

class Markdown {
public:
    explicit Markdown(const Judged& gate) : gate_(gate), record_(gate.record) {}

    std::string write() {
        text_ = fmt::format("## kps gate: {}\n\n", verdict());
        for (std::size_t kernel = 1; kernel < record_.kernels.size(); ++kernel)
            write_kernel(kernel);
        for (const std::size_t index : gate_.outcome.expired)
            write_waiver("expired", gate_.outcome.waivers[index]);
        for (const std::size_t index : gate_.outcome.unused)
            write_waiver("unused", gate_.outcome.waivers[index]);
        return std::move(text_);
    }

private:
    [[nodiscard]] std::string_view verdict() const {
        switch (gate_.outcome.exit_status) {
        case 0: return "holds";
        case 1: return "stopped, the kernels differ";
        case 3: return "not decided";
        default: return "could not be run";
        }
    }

    void write_kernel(std::size_t kernel) {
        text_ += fmt::format("### {} → {}\n\n", cell(kernel_text(record_.kernels.front())),
                             cell(kernel_text(record_.kernels[kernel])));
        if (!record_.static_only) text_ += fmt::format("- {}\n", tally_text(gate_.outcome, kernel));
        text_ += fmt::format("- {}\n\n", table_text(record_, kernel));
        std::string rows;
        for (const TestRow& row : gate_.outcome.tests)
            if (row.sides[kernel].delta != Delta::same)
                rows += fmt::format(
                    "| {} | {} | {} | {} |\n", cell(row.test.name), verdict_text(row.sides.front()),
                    verdict_text(row.sides[kernel]), cell(delta_text(row.sides[kernel])));
        if (!rows.empty())
            text_ += "| test | old | new | |\n| --- | --- | --- | --- |\n" + rows + "\n";
        write_table(kernel);
        for (const TestRow& row : gate_.outcome.tests)
            if (is_finding(row.sides[kernel].delta) && !row.sides[kernel].waiver)
                write_details(row, kernel);
    }

    void write_table(std::size_t kernel) {
        std::string rows;
        for (const StaticRow& row : record_.table)
            if (row.kernel == kernel && row.state != State::same)
                rows += fmt::format("| {} | {} | {} | {} |\n", cell(row.subject),
                                    cell(row.old_text), cell(row.new_text), to_string(row.state));
        if (!rows.empty())
            text_ += "| probe or field | old | new | |\n| --- | --- | --- | --- |\n" + rows + "\n";
    }

    void write_details(const TestRow& row, std::size_t kernel) {
        text_ += fmt::format("<details><summary>{}</summary>\n\n", cell(row.test.name));
        for (const std::size_t side : {kernel, std::size_t{0}})
            text_ += fmt::format("{}: {}\n\n{}\n", cell(record_.kernels[side].name),
                                 verdict_text(row.sides[side]), fenced(side_text(row.sides[side])));
        text_ += "</details>\n\n";
    }

    void write_waiver(std::string_view what, const Waiver& waiver) {
        text_ += fmt::format("- {} waiver {}:{}: {}\n", what, cell(waiver.file), waiver.line,
                             cell(waiver.subject));
    }

    const Judged& gate_;
    const Record& record_;
    std::string text_;
};

} // namespace

std::string markdown_report(const Judged& gate) {
    return Markdown(gate).write();
}

} // namespace kps::gate
