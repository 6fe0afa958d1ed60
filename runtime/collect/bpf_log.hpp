#pragma once

#include <string>

namespace kps::collect {

/// What libbpf warns of on this thread, kept as long as this lives instead of going to standard
/// error. One at a time.
class BpfLog {
public:
    BpfLog();
    BpfLog(const BpfLog&) = delete;
    BpfLog& operator=(const BpfLog&) = delete;
    ~BpfLog();

    /// The last 40 lines: of the verifier's log if there is one, else of libbpf's own words.
    [[nodiscard]] std::string end() const;
    /// The last program that was complained of, empty if none was.
    [[nodiscard]] std::string program() const;

private:
    std::string text_;
};

/// What `BpfLog` makes of a text of libbpf 1.1: `libbpf: ` before each message, `prog 'NAME': ` if
/// it is about one program, and a verifier's log between lines of dashes.
std::string end_of_bpf_log(const std::string& text);
std::string program_in_bpf_log(const std::string& text);

} // namespace kps::collect
