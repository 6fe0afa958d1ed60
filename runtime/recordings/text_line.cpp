#include "runtime/recordings/text_trace.hpp"

namespace kps::recordings {

namespace {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// What is left of a line.
class Rest {
public:
    explicit Rest(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

    [[nodiscard]] bool empty() const { return at_ == end_; }
    [[nodiscard]] char front() const { return at_ == end_ ? '\0' : *at_; }
    [[nodiscard]] const char* at() const { return at_; }
    [[nodiscard]] std::string_view text() const {
        return {at_, static_cast<std::size_t>(end_ - at_)};
    }

    bool skip(char c) {
        if (front() != c || empty()) return false;
        ++at_;
        return true;
    }
    void skip_blanks() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\t'))
            ++at_;
    }
    void skip_word() {
        while (at_ != end_ && *at_ != ' ')
            ++at_;
    }
    /// A decimal number of up to 18 digits.
    bool number(std::uint64_t& value) {
        const char* const begin = at_;
        value = 0;
        while (at_ != end_ && is_digit(*at_) && at_ - begin < 18)
            value = value * 10 + static_cast<std::uint64_t>(*at_++ - '0');
        return at_ != begin && !is_digit(front());
    }
    template <class T>
    bool narrow(T& value) {
        std::uint64_t wide = 0;
        if (!number(wide) || wide > UINT32_MAX) return false;
        value = static_cast<T>(wide);
        return true;
    }

private:
    const char* at_;
    const char* end_;
};

/// `SECONDS.FRACTION:`, or nanoseconds.
bool read_time(Rest& rest, std::uint64_t& time_ns) {
    std::uint64_t whole = 0;
    if (!rest.number(whole)) return false;
    if (rest.skip(':')) {
        time_ns = whole;
        return true;
    }
    if (!rest.skip('.')) return false;
    const char* const begin = rest.at();
    std::uint64_t fraction = 0;
    if (!rest.number(fraction)) return false;
    const auto digits = rest.at() - begin;
    if (digits > 9 || whole > UINT64_MAX / 1'000'000'000 - 1) return false;
    for (auto i = digits; i < 9; ++i)
        fraction *= 10;
    time_ns = whole * 1'000'000'000 + fraction;
    return rest.skip(':');
}

/// What stands between the CPU and the event: flags and the time.
bool read_time_after_flags(Rest& rest, std::uint64_t& time_ns) {
    for (int words = 0; words < 3; ++words) {
        rest.skip_blanks();
        Rest attempt = rest;
        if (read_time(attempt, time_ns)) {
            rest = attempt;
            return true;
        }
        rest.skip_word();
    }
    return false;
}

/// `TASK-TID`, `TASK-TID (TGID)`, `TASK TID` or `TASK PID/TID`, before the bracket of the CPU.
bool read_task(std::string_view text, TextEvent& event) {
    const auto trim = [&] {
        while (!text.empty() && text.back() == ' ')
            text.remove_suffix(1);
    };
    const auto take_number = [&](std::uint32_t& number) {
        std::size_t begin = text.size();
        while (begin > 0 && is_digit(text[begin - 1]))
            --begin;
        Rest digits(text.substr(begin));
        const bool good = digits.narrow(number);
        text = text.substr(0, begin);
        return good;
    };
    trim();
    if (text.ends_with(')')) {
        text.remove_suffix(1);
        if (!take_number(event.pid) && !text.ends_with('-')) return false; // `(-------)`
        while (!text.empty() && text.back() == '-')
            text.remove_suffix(1);
        trim();
        if (!text.ends_with('(')) return false;
        text.remove_suffix(1);
        trim();
    }
    if (!take_number(event.tid) || text.empty()) return false;
    if (text.back() == '/') {
        text.remove_suffix(1);
        if (!take_number(event.pid) || text.empty()) return false;
    }
    if (text.back() != '-' && text.back() != ' ') return false;
    text.remove_suffix(1);
    trim();
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return false;
    if (text.substr(begin) != "<...>") event.comm = text.substr(begin);
    return true;
}

/// `EVENT: PAYLOAD`, behind a period where `perf script` prints one.
void read_event(Rest rest, TextEvent& event) {
    rest.skip_blanks();
    if (Rest period = rest; is_digit(rest.front())) {
        period.skip_word();
        period.skip_blanks();
        rest = period;
    }
    const std::string_view text = rest.text();
    std::size_t colon = text.find(':');
    while (colon != std::string_view::npos && colon + 1 < text.size() && text[colon + 1] != ' ')
        colon = text.find(':', colon + 1);
    if (colon == std::string_view::npos) return;
    const std::string_view name = text.substr(0, colon);
    if (name.empty() || name.find(' ') != std::string_view::npos) return;
    Rest payload(text.substr(colon + 1));
    payload.skip_blanks();
    event.event = name;
    event.payload = payload.text();
}

} // namespace

std::optional<TextEvent> read_text_event(std::string_view line) {
    // A command's name may hold brackets, too.
    for (std::size_t open = line.find('['); open != std::string_view::npos;
         open = line.find('[', open + 1)) {
        TextEvent event;
        Rest rest(line.substr(open + 1));
        if (!rest.narrow(event.cpu) || !rest.skip(']')) continue;
        if (!read_task(line.substr(0, open), event)) continue;
        if (!read_time_after_flags(rest, event.time_ns)) continue;
        read_event(rest, event);
        return event;
    }
    return std::nullopt;
}

} // namespace kps::recordings
