#include "compiler/tracefs_backend/refusal.hpp"

#include "compiler/base/lines.hpp"

#include <cerrno>
#include <cstring>

namespace kps::tracefs {

namespace {

constexpr std::string_view problem_mark = ": error: ";
constexpr std::string_view command_mark = "  Command: ";

std::string meaning(int error) {
    switch (error) {
    case ENOENT: return "there is no such symbol or file";
    case EADDRNOTAVAIL: return "several symbols have this name";
    case EILSEQ: return "no instruction begins at this offset";
    case EINVAL: return "this place must not be probed, or the command is not understood";
    case EEXIST: return "an event of this name exists";
    case EBUSY: return "an event of this name is in use";
    case ENOMEM: return "the kernel is out of memory";
    default: return std::strerror(error);
    }
}

} // namespace

Refusal read_refusal(std::string_view entry, std::string_view command, int error) {
    const std::string_view head = take_line(entry);
    const std::string_view logged = take_line(entry);
    const std::string_view carets = take_line(entry);
    const std::size_t problem = head.find(problem_mark);
    const bool is_ours =
        logged.starts_with(command_mark) && logged.substr(command_mark.size()).starts_with(command);
    if (problem == std::string_view::npos || !is_ours) return {meaning(error), std::nullopt};
    Refusal refusal{std::string(head.substr(problem + problem_mark.size())), std::nullopt};
    const std::size_t caret = carets.find('^');
    if (caret != std::string_view::npos && caret >= command_mark.size())
        refusal.column = caret - command_mark.size();
    return refusal;
}

Span place_of(const Commands& commands, std::size_t index, std::optional<std::size_t> column) {
    const std::vector<Commands::Piece>& pieces = commands.pieces.at(index);
    if (!column) return pieces[1].span;
    Span place;
    for (const Commands::Piece& piece : pieces)
        if (piece.begin <= *column) place = piece.span;
    return place;
}

} // namespace kps::tracefs
