#include "tests/docs/semantics_rows.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <set>
#include <sstream>
#include <utility>

namespace kps::docs {

namespace {

constexpr std::string_view title = "## What each form says, row by row";

std::string trimmed(std::string text) {
    text.erase(0, text.find_first_not_of(' '));
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

/// The cells of a line of a table; `\|` is a bar within one.
std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::string cell;
    for (std::size_t i = 1; i < line.size(); ++i) {
        if (line[i] == '|') {
            cells.push_back(trimmed(std::exchange(cell, {})));
            continue;
        }
        if (line[i] == '\\' && line.substr(i + 1, 1) == "|") ++i;
        cell += line[i];
    }
    return cells;
}

/// What stands between backquotes.
std::vector<std::string> code_in(const std::string& cell) {
    std::vector<std::string> code;
    for (std::size_t at = cell.find('`'); at != std::string::npos; at = cell.find('`', at)) {
        const std::size_t end = std::min(cell.find('`', at + 1), cell.size());
        code.push_back(cell.substr(at + 1, end - at - 1));
        at = end + 1;
    }
    return code;
}

/// The whole cell as code; empty if it is anything else.
std::string only_code(const std::string& cell) {
    const std::vector<std::string> code = code_in(cell);
    return code.size() == 1 && cell == "`" + code[0] + "`" ? code[0] : "";
}

class SectionReader {
public:
    Section operator()(const std::string& page) {
        std::istringstream lines(page);
        bool inside = false;
        for (std::string line; std::getline(lines, line);) {
            ++number_;
            if (line.starts_with("## ")) inside = line == title;
            if (inside) take(line);
        }
        end_table();
        return std::move(section_);
    }

private:
    enum class Table { none, other, rows };

    void take(const std::string& line) {
        if (in_block_ || line.starts_with("```")) return take_block(line);
        if (line.starts_with("### ")) section_.headings.push_back(line.substr(4));
        if (!line.starts_with('|'))
            end_table();
        else if (table_ == Table::none)
            begin_table(line);
        else if (table_ == Table::rows && !line.starts_with("| ---"))
            add_row(line);
    }

    void take_block(const std::string& line) {
        if (line.starts_with("```"))
            in_block_ = !in_block_;
        else if (section_.headings.empty())
            section_.declarations += line + "\n";
    }

    void mistake(std::string_view what) {
        section_.mistakes.push_back(fmt::format("{}: {}", number_, what));
    }

    void begin_table(const std::string& line) {
        columns_ = cells_of(line);
        // Before the first part stands the notation.
        table_ = section_.headings.empty() ? Table::other : Table::rows;
        rows_before_ = section_.rows.size();
        if (table_ == Table::other) return;
        const std::vector<std::vector<std::string>> heads = {
            {"expectation", "trace", "verdict", "because"},
            {"expectation", "trace", "verdict", "seen", "because"},
            {columns_[0], "verdict", "because"}};
        const auto found = std::ranges::find(heads, columns_);
        const bool known = found < heads.begin() + 2 ||
                           (found == heads.begin() + 2 && !only_code(columns_[0]).empty());
        if (!known) mistake("a table with other columns");
        if (!known) table_ = Table::other;
    }

    void end_table() {
        if (table_ == Table::rows && section_.rows.size() == rows_before_)
            mistake("a table without rows ends here");
        table_ = Table::none;
    }

    void add_row(const std::string& line) {
        const std::vector<std::string> cells = cells_of(line);
        if (cells.size() != columns_.size()) return mistake("a row with other columns");
        const auto cell = [&](std::string_view name) {
            const auto at = std::ranges::find(columns_, name);
            return at == columns_.end() ? std::string()
                                        : cells[static_cast<std::size_t>(at - columns_.begin())];
        };
        const bool mixed = columns_[0] == "expectation";
        Row row;
        row.line = number_;
        row.text = line;
        row.operators = section_.headings.back();
        row.statement = only_code(mixed ? cells[0] : columns_[0]);
        row.trace = only_code(mixed ? cell("trace") : cells[0]);
        row.verdict = cell("verdict");
        if (std::ranges::find(columns_, "seen") != columns_.end()) {
            row.seen = only_code(cell("seen"));
            if (row.seen->empty() != cell("seen").empty()) mistake("what is seen is no code");
        }
        row.said = code_in(cells.back());
        if (row.statement.empty()) mistake("the expectation is no code");
        if (row.trace.empty()) mistake("the trace is no code");
        static const std::set<std::string> verdicts = {"PASS", "FAIL",  "INCONCLUSIVE",
                                                       "SKIP", "XFAIL", "XPASS"};
        if (!verdicts.contains(row.verdict)) mistake("no such verdict");
        section_.rows.push_back(std::move(row));
    }

    Section section_;
    std::size_t number_ = 0;
    bool in_block_ = false;
    Table table_ = Table::none;
    std::vector<std::string> columns_;
    std::size_t rows_before_ = 0;
};

} // namespace

Section read_section(const std::string& page) {
    return SectionReader()(page);
}

} // namespace kps::docs
