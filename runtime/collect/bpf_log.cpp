#include "runtime/collect/bpf_log.hpp"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace kps::collect {
namespace {

constexpr std::size_t lines_kept = 40;
constexpr std::string_view log_begin = "-- BEGIN PROG LOAD LOG --\n";
constexpr std::string_view log_end = "-- END PROG LOAD LOG --\n";

thread_local std::string* kept = nullptr;

[[gnu::format(printf, 2, 0)]] int keep(libbpf_print_level level, const char* format,
                                       va_list arguments) {
    if (kept == nullptr || level != LIBBPF_WARN) return 0;
    va_list again;
    va_copy(again, arguments);
    const int size = std::vsnprintf(nullptr, 0, format, arguments);
    if (size > 0) {
        const std::size_t before = kept->size();
        kept->resize(before + static_cast<std::size_t>(size) + 1); // a place for the final zero
        std::vsnprintf(kept->data() + before, static_cast<std::size_t>(size) + 1, format, again);
        kept->pop_back();
    }
    va_end(again);
    return size;
}

std::string_view last_lines(std::string_view text) {
    std::size_t begin = text.size();
    for (std::size_t line = 0; line <= lines_kept; ++line) {
        if (begin == 0) return text;
        begin = text.rfind('\n', begin - 1);
        if (begin == std::string_view::npos) return text;
    }
    return text.substr(begin + 1);
}

} // namespace

BpfLog::BpfLog() {
    kept = &text_;
    ::libbpf_set_print(keep);
}

BpfLog::~BpfLog() {
    kept = nullptr; // what libbpf says later is about what was told already
}

std::string BpfLog::end() const {
    return end_of_bpf_log(text_);
}

std::string BpfLog::program() const {
    return program_in_bpf_log(text_);
}

std::string end_of_bpf_log(const std::string& text) {
    std::string_view rest = text;
    const std::size_t begin = rest.rfind(log_begin);
    if (begin == std::string_view::npos) return std::string(last_lines(rest));
    rest.remove_prefix(begin + log_begin.size());
    return std::string(last_lines(rest.substr(0, rest.find(log_end))));
}

std::string program_in_bpf_log(const std::string& text) {
    constexpr std::string_view before = "libbpf: prog '";
    const std::size_t found = text.rfind(before);
    if (found == std::string::npos) return {};
    const std::size_t begin = found + before.size();
    return text.substr(begin, text.find('\'', begin) - begin);
}

} // namespace kps::collect
