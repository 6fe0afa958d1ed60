#pragma once

#include "compiler/base/source.hpp"
#include "compiler/diagnostics/message.hpp"

#include <optional>
#include <type_traits>
#include <vector>

namespace kps::diag {

/// A second place that explains the first.
struct Note {
    Span span;
    std::string text;
};

/// Replacing `span` by `replacement` repairs the mistake.
struct Fix {
    Span span;
    std::string replacement;
};

/// What is wrong, where, and how to mend it. Plain data; renderers turn it into text or JSON.
struct Diagnostic {
    Code code;
    Severity severity = Severity::error;
    std::string message; ///< lower case, no full stop: what was found and what was expected
    Span span;
    std::string label; ///< stands beside the carets; may be empty
    std::vector<Note> notes;
    std::vector<std::string> remarks; ///< facts without a place in the spec, such as candidates
    std::vector<std::string> help;    ///< how to mend it
    std::optional<Fix> fix;
};

/// Adds detail to a diagnostic just reported. Valid until the next report to the same sink.
class Report {
public:
    explicit Report(Diagnostic& diagnostic) : diagnostic_(diagnostic) {}

    Report& label(std::string text);
    Report& note(Span span, std::string text);
    Report& remark(std::string text);
    Report& help(std::string text);
    Report& fix(Span span, std::string replacement);
    /// `help: a name like it exists: ...` for each of `names`; nothing if there is none.
    Report& did_you_mean(const std::vector<std::string>& names);

private:
    Diagnostic& diagnostic_;
};

/// Collects what is wrong with a spec. Compilation goes on after an error with an explicit error
/// value, so that one run reports all.
class Sink {
public:
    template <class... Args>
    Report report(const Message<Args...>& message, Span span,
                  const std::type_identity_t<Args>&... args) {
        return add(Diagnostic{
            message.code, message.severity, message.text(args...), span, {}, {}, {}, {}, {}});
    }

    /// What another sink collected, as when one of several alternatives was tried.
    Report add(Diagnostic diagnostic);

    [[nodiscard]] bool has_errors() const { return errors_ > 0; }
    /// Sorted by place and code; a repetition of the same code at the same place is dropped.
    [[nodiscard]] std::vector<Diagnostic> sorted() const;

private:
    std::vector<Diagnostic> diagnostics_;
    std::size_t errors_ = 0;
};

} // namespace kps::diag
