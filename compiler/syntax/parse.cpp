#include "compiler/syntax/parse.hpp"

#include "compiler/base/utf8.hpp"
#include "compiler/diagnostics/messages.hpp"
#include "compiler/syntax/builder.hpp"
#include "compiler/syntax/flat_tree.hpp"

#include <algorithm>
#include <cstring>

namespace kps::syntax {

namespace {

bool is_control(unsigned char c) {
    return (c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
}

/// Whether eight bytes at once are ASCII without control characters. A subtraction per byte sets
/// the highest bit of those below 0x20; line ends and tabs are left to the slow path.
bool are_plain(std::string_view text, std::size_t at) {
    constexpr std::uint64_t each = 0x0101'0101'0101'0101;
    std::uint64_t bytes = 0;
    if (text.size() - at < sizeof bytes) return false;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    const std::uint64_t deletes = bytes ^ (each * 0x7f);
    const std::uint64_t suspicious = bytes | (bytes - each * 0x20) | (deletes - each);
    return (suspicious & (each * 0x80)) == 0;
}

/// Whether the text can be shown as it is. Reports the first byte that cannot.
bool check_text(std::string_view text, SourceId source, diag::Sink& sink) {
    for (std::size_t at = 0; at < text.size();) {
        if (are_plain(text, at)) {
            at += sizeof(std::uint64_t);
            continue;
        }
        const auto c = static_cast<unsigned char>(text[at]);
        const auto begin = static_cast<std::uint32_t>(at);
        if (is_control(c)) {
            sink.report(diag::control_character, {source, begin, begin + 1},
                        fmt::format("0x{:02x}", c));
            return false;
        }
        const std::size_t length = utf8_length(text.substr(at));
        if (length == 0) {
            sink.report(diag::invalid_utf8, {source, begin, begin + 1});
            return false;
        }
        at += length;
    }
    return true;
}

} // namespace

File parse(const SourceSet& sources, SourceId source, diag::Sink& sink) {
    File file;
    file.source = source;
    // Generous, as what is not used costs no memory and growing would copy.
    const std::size_t size = std::min(sources[source].text.size(), max_source_bytes);
    file.exprs.reserve(size / 16);
    file.statements.reserve(size / 32);
    file.all_declarations.reserve(size / 64);
    parse_stepwise(file, sources, sink, [] {});
    return file;
}

void parse_stepwise(File& file, const SourceSet& sources, diag::Sink& sink,
                    const std::function<void()>& step) {
    const std::string_view text = sources[file.source].text;
    if (text.size() > max_source_bytes) {
        sink.report(diag::file_too_large, {file.source, 0, 0}, max_source_bytes, text.size());
        return;
    }
    if (!check_text(text, file.source, sink)) return;
    Builder builder(text, file, sink);
    const auto take_nodes = [&](std::span<const grammar::Node> nodes,
                                std::span<const grammar::CommentRange> comments) {
        for (const grammar::CommentRange& comment : comments.subspan(file.comments.size()))
            file.comments.push_back({file.source, comment.begin, comment.end});
        builder.build(nodes);
        step();
    };
    read_flat(text, file.source, sink, take_nodes);
}

} // namespace kps::syntax
