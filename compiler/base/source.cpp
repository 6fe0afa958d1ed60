#include "compiler/base/source.hpp"

#include <algorithm>

namespace kps {

namespace {

bool is_continuation_byte(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

} // namespace

SourceId SourceSet::add(std::string path, std::string text) {
    SourceFile file{std::move(path), std::move(text), {0}};
    for (std::size_t end = file.text.find('\n'); end != std::string::npos;
         end = file.text.find('\n', end + 1))
        file.line_starts.push_back(static_cast<std::uint32_t>(end + 1));
    files_.push_back(std::move(file));
    return {static_cast<std::uint32_t>(files_.size() - 1)};
}

std::string_view SourceSet::text(Span span) const {
    return std::string_view((*this)[span.file].text).substr(span.begin, span.end - span.begin);
}

LineColumn SourceSet::position(SourceId id, std::uint32_t offset) const {
    const SourceFile& file = (*this)[id];
    auto next = std::upper_bound(file.line_starts.begin(), file.line_starts.end(), offset);
    const auto line = static_cast<std::uint32_t>(next - file.line_starts.begin());
    const std::string_view before = std::string_view(file.text).substr(
        file.line_starts[line - 1], offset - file.line_starts[line - 1]);
    const auto continuation = std::count_if(before.begin(), before.end(), is_continuation_byte);
    return {line,
            static_cast<std::uint32_t>(before.size() - static_cast<std::size_t>(continuation) + 1)};
}

std::string_view SourceSet::line_text(SourceId id, std::uint32_t line) const {
    const SourceFile& file = (*this)[id];
    const std::uint32_t begin = file.line_starts.at(line - 1);
    const std::string_view rest = std::string_view(file.text).substr(begin);
    std::string_view text = rest.substr(0, rest.find('\n'));
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

} // namespace kps
