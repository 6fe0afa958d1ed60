#include "tests/docs/trace_notation.hpp"

#include <charconv>
#include <fmt/core.h>
#include <map>
#include <regex>
#include <sstream>
#include <vector>

namespace kps::docs {

namespace {

/// Thrown within this file only.
struct Unreadable {
    std::string what;
};

std::uint64_t number(const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) throw Unreadable{text};
    return value;
}

/// `2ms`, `2.0005ms`
std::uint64_t time_of(const std::string& text) {
    static const std::map<std::string, int> digits = {{"ns", 0}, {"us", 3}, {"ms", 6}, {"s", 9}};
    static const std::regex pattern(R"((\d+)(?:\.(\d+))?(ns|us|ms|s))");
    std::smatch match;
    if (!std::regex_match(text, match, pattern)) throw Unreadable{text + ", which is no time"};
    const auto places = static_cast<std::size_t>(digits.at(match[3]));
    std::string fraction = match[2];
    if (fraction.size() > places) throw Unreadable{text + ", finer than 1 ns"};
    fraction.resize(places, '0');
    return number(match[1].str() + fraction);
}

class TraceReader {
public:
    TraceReader(std::string_view text, const sema::ResolvedSpec& spec)
        : spec_(spec), system_(is_of_system(text)) {
        std::istringstream words{std::string(text)};
        for (std::string word; words >> word;)
            words_.push_back(word);
        at_ = system_ ? 1 : 0;
        if (at_ == words_.size()) throw Unreadable{"a trace of nothing"};
    }

    hits::Trace operator()() {
        while (at_ < words_.size()) {
            const std::string word = next();
            if (word == "lost")
                loss();
            else if (word == "end")
                end_ns_ = time_of(next());
            else if (word == "cut")
                cut(time_of(next()));
            else
                hit(time_of(word));
        }
        return finish();
    }

private:
    const std::string& next() {
        if (at_ == words_.size()) throw Unreadable{"the end, where something is missing"};
        return words_[at_++];
    }

    void cut(std::uint64_t time) {
        end_ns_ = time;
        trace_.cut_short = "interrupted";
    }

    sema::ProbeId probe(const std::string& name) const {
        for (std::uint32_t i = 0; i < spec_.probes.size(); ++i)
            if (spec_.probes[{i}].name == name) return {i};
        throw Unreadable{name + ", which is no probe"};
    }

    /// `A(k=2,v=?)@1*3`
    void hit(std::uint64_t time) {
        const std::string& word = next();
        static const std::regex pattern(R"(([A-Za-z.]+)(?:\(([^)]+)\))?(?:@(\d))?(?:\*(\d+))?)");
        std::smatch match;
        if (!std::regex_match(word, match, pattern)) throw Unreadable{word + ", which is no hit"};
        if (time < last_ns_) throw Unreadable{word + ", which is earlier than what stands before"};
        last_ns_ = time;
        hits::Hit hit{probe(match[1]), time, 0, 0, 0, "task", {}};
        if (match[3].matched) hit.cpu = static_cast<std::uint32_t>(number(match[3]));
        hit.tid = 1 + hit.cpu;
        hit.fields = fields(hit, match[2]);
        hit.pid = hit.tid;
        const std::uint64_t times = match[4].matched ? number(match[4]) : 1;
        trace_.hits.insert(trace_.hits.end(), times, hit);
    }

    std::span<const hits::Value> fields(hits::Hit& hit, const std::string& given) {
        const std::vector<sema::Field>& fields = spec_.probes[hit.probe].fields;
        const std::span<hits::Value> values = trace_.storage->make<hits::Value>(fields.size());
        for (std::size_t i = 0; i < fields.size(); ++i)
            values[i] = std::uint64_t{fields[i].name == "k" ? 1U : 0U};
        std::istringstream parts(given);
        for (std::string part; std::getline(parts, part, ',');) {
            const std::size_t sign = part.find('=');
            if (sign == std::string::npos) throw Unreadable{part + ", which is no value"};
            const std::string name = part.substr(0, sign);
            const hits::Value read = value(part.substr(sign + 1));
            bool found = name == "tid";
            if (found) hit.tid = static_cast<std::uint32_t>(std::get<std::uint64_t>(read));
            for (std::size_t i = 0; i < fields.size(); ++i) {
                if (fields[i].name != name) continue;
                values[i] = read;
                found = true;
            }
            if (!found) throw Unreadable{name + ", which is no field of the probe"};
        }
        return values;
    }

    static hits::Value value(const std::string& text) {
        if (text == "?") return hits::Unreadable{};
        if (text.starts_with('-')) return 0 - number(text.substr(1));
        return number(text);
    }

    /// `2 B in 2ms..3ms`; behind `lost`
    void loss() {
        hits::Loss loss{.count = 1, .cause = "the row says so"};
        std::string word = next();
        if (word == "some" || std::isdigit(static_cast<unsigned char>(word.front())) != 0) {
            loss.count = word == "some" ? UINT64_MAX : number(word);
            word = next();
        }
        if (word != "any") loss.probe = probe(word);
        if (at_ < words_.size() && words_[at_] == "in") {
            ++at_;
            const std::string& range = next();
            const std::size_t dots = range.find("..");
            if (dots == std::string::npos) throw Unreadable{range + ", which is no range"};
            loss.begin_ns = time_of(range.substr(0, dots));
            loss.end_ns = time_of(range.substr(dots + 2));
        }
        trace_.losses.push_back(std::move(loss));
    }

    hits::Trace finish() {
        if (last_ns_ > end_ns_) throw Unreadable{"a hit behind the end"};
        trace_.runs = {{"true", 0, 0, false, end_ns_, ""}};
        // After a workload that ended nothing can follow.
        trace_.end_ns = system_ || trace_.cut_short ? end_ns_ : UINT64_MAX;
        return std::move(trace_);
    }

    const sema::ResolvedSpec& spec_;
    bool system_;
    std::vector<std::string> words_;
    std::size_t at_ = 0;
    hits::Trace trace_;
    std::uint64_t last_ns_ = 0;
    std::uint64_t end_ns_ = 10'000'000;
};

} // namespace

std::expected<hits::Trace, std::string> read_trace(std::string_view text,
                                                   const sema::ResolvedSpec& spec) {
    try {
        return TraceReader(text, spec)();
    } catch (const Unreadable& error) {
        return std::unexpected("cannot read " + error.what);
    }
}

bool is_of_system(std::string_view text) {
    return text == "system" || text.starts_with("system ");
}

} // namespace kps::docs
