#include "runtime/cli/terminal.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace kps::cli {

namespace {

/// https://no-color.org: set and not empty means no colour.
diag::Colour colour_of(int descriptor) {
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    if (no_color != nullptr && *no_color != '\0') return diag::Colour::never;
    if (term != nullptr && std::string_view(term) == "dumb") return diag::Colour::never;
    return isatty(descriptor) == 1 ? diag::Colour::always : diag::Colour::never;
}

/// 0 or the errno.
int write_all(std::FILE* file, std::string_view text) {
    errno = 0;
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    return std::fflush(file) == 0 && written ? 0 : errno;
}

} // namespace

Terminal::Terminal()
    : out_colour_(colour_of(STDOUT_FILENO)), err_colour_(colour_of(STDERR_FILENO)),
      err_is_terminal_(isatty(STDERR_FILENO) == 1) {}

Terminal::Terminal(std::function<void(std::string_view)> tell) : Terminal() {
    tell_ = std::move(tell);
}

void Terminal::out(std::string_view text) {
    progress("");
    const int error = write_all(stdout, text);
    if (out_error_ == 0) out_error_ = error;
}

void Terminal::err(std::string_view text) {
    progress("");
    write_all(stderr, text);
}

void Terminal::progress(std::string_view text) {
    if (tell_) {
        tell_(text);
        return;
    }
    if (!err_is_terminal_ || (text.empty() && !progress_shown_)) return;
    write_all(stderr, "\r\033[K");
    write_all(stderr, text);
    progress_shown_ = !text.empty();
}

int Terminal::fail(const Error& error) {
    const bool colour = err_colour_ == diag::Colour::always;
    err(fmt::format("{}kps: {}{}\n", colour ? "\033[1;31m" : "", colour ? "\033[0m" : "",
                    error.message));
    if (!error.hint.empty()) err(fmt::format("hint: {}\n", error.hint));
    return Exit::environment;
}

int Terminal::finish(int status) {
    if (out_error_ == 0 || out_error_ == EPIPE) return status;
    return fail(
        {fmt::format("cannot write to standard output: {}", std::strerror(out_error_)), {}});
}

} // namespace kps::cli
