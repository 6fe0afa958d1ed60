#pragma once

#include "compiler/diagnostics/sink.hpp"
#include "grammar/context.hpp"

#include <span>

namespace kps::syntax {

/// What a rule of the grammar calls for, beside the text that names it.
enum class Wanted : std::uint8_t {
    token,
    name,
    value,
    declaration,
    statement,
    expectation,
    relation,
    command,
    closing_brace,
    less_nesting,
};

struct Expected {
    Wanted wanted = Wanted::token;
    std::string_view text;                        ///< "a name", "`=`"
    std::span<const std::string_view> words = {}; ///< those it may start with, for suggestions
};

/// Turns "this was expected and is not there" into the diagnostic that helps most.
class Mistakes {
public:
    /// So many are reported; then reading ends.
    static constexpr std::size_t most = 100;

    Mistakes(SourceId source, const grammar::Context& context, diag::Sink& sink)
        : source_(source), context_(context), sink_(sink) {}

    void report(const Expected& expected, std::size_t at);
    [[nodiscard]] std::size_t count() const { return count_; }

private:
    [[nodiscard]] Span span(std::size_t begin, std::size_t end) const;
    [[nodiscard]] std::string_view text_of(const grammar::Lexeme& lexeme) const;
    bool report_broken(const grammar::Lexeme& found);
    bool report_by_found(const Expected& expected, const grammar::Lexeme& found);
    bool report_by_wanted(const Expected& expected, const grammar::Lexeme& found);
    bool report_start(const Expected& expected, const grammar::Lexeme& found);
    bool report_shell_block(const grammar::Lexeme& found);
    bool report_open_brace(const grammar::Lexeme& found);
    bool report_relation(const Expected& expected, const grammar::Lexeme& found);
    void report_plain(const Expected& expected, const grammar::Lexeme& found);
    [[nodiscard]] std::string describe(const grammar::Lexeme& found) const;

    SourceId source_;
    const grammar::Context& context_;
    diag::Sink& sink_;
    std::size_t count_ = 0;
};

} // namespace kps::syntax
