#include "runtime/recordings/text_trace.hpp"

#include "compiler/base/lines.hpp"
#include "runtime/recordings/text_pairs.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fmt/core.h>

namespace kps::recordings {

namespace {

constexpr std::size_t bytes_of_line = 100; // about

/// The next number in a text, and what follows it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    const std::size_t begin = text.find_first_of("0123456789");
    if (begin == std::string_view::npos) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(text.data() + begin, text.data() + text.size(), value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc{} ? std::optional(value) : std::nullopt;
}

/// `CPU:1 [LOST 12 EVENTS]`, as trace-cmd has it `CPU:1 [12 EVENTS DROPPED]`; the number may be
/// missing.
bool is_lost_mark(std::string_view line) {
    return line.starts_with("CPU:") &&
           (line.find(" [LOST ") != std::string_view::npos || line.ends_with("EVENTS DROPPED]"));
}

class TextReader {
public:
    TextReader(std::string_view text, Wanted wanted) : text_(text), out_(std::move(wanted)) {}

    Recording read() {
        std::optional<std::string> cut_short;
        out_.expect(text_.size() / bytes_of_line);
        while (!text_.empty()) {
            const void* const end = std::memchr(text_.data(), '\n', text_.size());
            const std::size_t size =
                end == nullptr
                    ? text_.size()
                    : static_cast<std::size_t>(static_cast<const char*>(end) - text_.data());
            if (end == nullptr) cut_short = "the last line is not complete";
            if (end != nullptr) take_line(text_.substr(0, size));
            text_.remove_prefix(std::min(size + 1, text_.size()));
        }
        add_overwritten();
        if (unreadable_ > 0)
            out_.trace().losses.push_back(
                {std::nullopt, std::nullopt, 0, UINT64_MAX, unreadable_,
                 fmt::format("{} lines that cannot be read", unreadable_)});
        Recording recording = std::move(out_).finish(std::move(cut_short));
        recording.sources.front().as_printed = true;
        recording.made_by = "a text trace";
        return recording;
    }

private:
    void take_line(std::string_view line) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with('#')) return take_comment(line);
        const auto event = read_text_event(line);
        if (!event) return take_other(line);
        out_.saw(event->cpu, event->time_ns);
        if (event->event.empty()) return take_mark(*event, line);
        if (event->event != last_event_) {
            kind_ = out_.kind(event->event);
            last_event_ = event->event;
        }
        if (kind_.is_wanted && out_.takes(event->cpu, event->time_ns)) add(*event);
    }

    void add(const TextEvent& event) {
        hits::Hit hit;
        hit.probe = {kind_.source};
        hit.time_ns = event.time_ns;
        hit.cpu = event.cpu;
        hit.tid = event.tid;
        hit.pid = event.pid;
        hit.comm = event.comm;
        values_.clear();
        std::uint32_t expected = 0;
        read_pairs(event.payload, [&](std::string_view name, std::string_view value) {
            const std::uint32_t index = out_.field(kind_.source, name, expected);
            if (index >= values_.size()) values_.resize(index + 1);
            values_[index] = value;
            expected = index + 1;
        });
        const auto fields = out_.trace().storage->make<hits::Value>(values_.size());
        std::ranges::copy(values_, fields.begin());
        hit.fields = fields;
        out_.add(hit);
    }

    /// `# entries-in-buffer/entries-written: 12/40   #P:2`
    void take_comment(std::string_view line) {
        constexpr std::string_view words = "entries-in-buffer/entries-written:";
        const std::size_t at = line.find(words);
        if (at == std::string_view::npos) return;
        line.remove_prefix(at + words.size());
        const auto held = take_number(line);
        const auto written = take_number(line);
        if (held && written && *written > *held) overwritten_ = *written - *held;
    }

    /// `COMM TID [CPU] TIME: PERF_RECORD_LOST lost 12`
    void take_mark(const TextEvent& event, std::string_view line) {
        constexpr std::string_view words = "PERF_RECORD_LOST";
        const std::size_t at = line.find(words);
        if (at == std::string_view::npos) return;
        line.remove_prefix(at + words.size());
        out_.lost(event.cpu, take_number(line).value_or(UINT64_MAX),
                  fmt::format("lost by perf on cpu {}", event.cpu));
    }

    /// Marks of lost events; blank lines, and those of a stack or a summary, are of no event.
    void take_other(std::string_view line) {
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos || line.starts_with("cpus=")) return;
        if (is_lost_mark(line)) {
            const auto cpu = take_number(line);
            const auto count = take_number(line);
            const auto number = static_cast<std::uint32_t>(cpu.value_or(0));
            out_.lost(number, count.value_or(UINT64_MAX),
                      fmt::format("ring buffer overrun on cpu {}", number));
            return;
        }
        if (line.starts_with("CPU ") && line.find(" is empty") != std::string_view::npos) return;
        const bool is_stack = line.front() == '\t' || line.substr(begin).starts_with("=> ");
        if (!is_stack) ++unreadable_;
    }

    void add_overwritten() {
        if (overwritten_ == 0) return;
        out_.trace().losses.push_back({std::nullopt, std::nullopt, 0, out_.first_ns(), overwritten_,
                                       "events overwritten before the trace was read"});
    }

    std::string_view text_;
    ForeignTrace out_;
    std::string_view last_event_;
    ForeignTrace::Kind kind_;
    std::vector<hits::Value> values_;
    std::uint64_t overwritten_ = 0;
    std::uint64_t unreadable_ = 0;
};

} // namespace

bool is_text_trace(std::string_view head) {
    for (int lines = 0; lines < 20 && !head.empty(); ++lines) {
        const std::string_view line = take_line(head);
        if (line.starts_with("# tracer: ") || line.starts_with("cpus=")) return true;
        if (read_text_event(line)) return true;
        if (is_lost_mark(line)) return true;
    }
    return false;
}

Recording read_text_trace(std::string_view text, Wanted wanted) {
    return TextReader(text, std::move(wanted)).read();
}

} // namespace kps::recordings
