#pragma once

#include "compiler/base/ids.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace kps {

struct SourceFile;
using SourceId = Id<SourceFile>;

/// A half-open range of bytes in one source file.
struct Span {
    SourceId file;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    auto operator<=>(const Span&) const = default;
};

/// Both 1-based; the column counts Unicode code points.
struct LineColumn {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
};

struct SourceFile {
    std::string path; ///< as the user wrote it; shown in diagnostics
    std::string text;
    std::vector<std::uint32_t> line_starts; ///< byte offset of each line
};

/// Owns the text of every file of a compilation. Texts stay where they are for its lifetime, so
/// `string_view`s into them (as the AST holds) remain valid.
class SourceSet {
public:
    SourceId add(std::string path, std::string text);

    [[nodiscard]] const SourceFile& operator[](SourceId id) const { return files_.at(id.value); }
    [[nodiscard]] std::size_t size() const { return files_.size(); }
    [[nodiscard]] std::string_view text(Span span) const;
    [[nodiscard]] LineColumn position(SourceId file, std::uint32_t offset) const;
    /// The whole line (without its end) that is `line`, 1-based.
    [[nodiscard]] std::string_view line_text(SourceId file, std::uint32_t line) const;

private:
    std::deque<SourceFile> files_;
};

} // namespace kps
