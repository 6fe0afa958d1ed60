#pragma once

#include "compiler/base/result.hpp"
#include "compiler/diagnostics/render.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace kps::cli {

/// Exit statuses of every command, from docs/cli.md.
enum Exit : int { ok = 0, failed = 1, wrong_input = 2, inconclusive = 3, environment = 4 };

/// Where a command writes. Results go to standard output; diagnostics and progress to standard
/// error, progress only on a terminal and gone once the next line is written.
class Terminal {
public:
    Terminal();
    /// One whose progress goes to `tell` instead, each text as it is.
    explicit Terminal(std::function<void(std::string_view)> tell);

    void out(std::string_view text);
    void err(std::string_view text);
    /// Replaces the previous progress line; an empty text removes it.
    void progress(std::string_view text);
    /// `kps: MESSAGE` and `hint: ...`; returns `Exit::environment`.
    int fail(const Error& error);
    /// The exit status of a command that returned `status`: another, and a message, if what it
    /// wrote to standard output was lost, but for want of a reader.
    int finish(int status);

    [[nodiscard]] diag::Colour out_colour() const { return out_colour_; }
    [[nodiscard]] diag::Colour err_colour() const { return err_colour_; }

private:
    diag::Colour out_colour_;
    diag::Colour err_colour_;
    bool err_is_terminal_;
    bool progress_shown_ = false;
    int out_error_ = 0; ///< the first errno
    std::function<void(std::string_view)> tell_;
};

} // namespace kps::cli
