#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace kps::docs {

/// One row of the tables in "What each form says, row by row" of docs/language.md.
struct Row {
    std::size_t line = 0;
    std::string text;                ///< as it stands
    std::string operators;           ///< the heading that it stands under
    std::string statement;           ///< `expect ...`, or several statements of a test
    std::string trace;               ///< see trace_notation.hpp
    std::string verdict;             ///< `PASS`, ...
    std::optional<std::string> seen; ///< of a table with such a column
    std::vector<std::string> said;   ///< what its report must say
};

/// The section, read. Its tables have a column `verdict` and a last column `because`; before those
/// stand `expectation` and `trace`, or one column that is headed by the expectation.
struct Section {
    std::string declarations;          ///< its first `kps` block
    std::vector<std::string> headings; ///< of its parts
    std::vector<Row> rows;
    std::vector<std::string> mistakes; ///< `LINE: what cannot be read`
};
Section read_section(const std::string& page);

} // namespace kps::docs
