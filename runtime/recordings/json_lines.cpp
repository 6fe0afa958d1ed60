#include "runtime/recordings/json_lines.hpp"

#include "runtime/hits/hit_limit.hpp"
#include "runtime/hits/order.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace kps::recordings {

namespace {

using Json = nlohmann::json;

std::uint64_t number(const Json& object, const char* name, std::uint64_t otherwise = 0) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer() ? found->get<std::uint64_t>()
                                                               : otherwise;
}

std::string text_of(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

class JsonReader {
public:
    JsonReader() {
        recording_.sources.emplace_back().is_typed = false;
        recording_.made_by = "JSON lines";
    }

    Recording read(std::string_view rest) {
        bool is_whole = true;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            const std::string_view line = rest.substr(0, end);
            is_whole = end < rest.size();
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
            const Json object = Json::parse(line, nullptr, false);
            if (object.is_object())
                take(object);
            else if (is_whole)
                ++trace_of_test().unreadable;
        }
        finish(is_whole);
        return std::move(recording_);
    }

private:
    struct Open { // of the test that began last
        Observed& test;
        std::uint64_t& unreadable;
    };

    Open trace_of_test() {
        if (recording_.tests.empty()) begin();
        return {recording_.tests.back(), unreadable_.back()};
    }
    void begin() {
        recording_.tests.emplace_back();
        unreadable_.push_back(0);
        has_times_.push_back(false);
        limits_.emplace_back();
    }

    void take(const Json& object) {
        if (object.contains("recording")) {
            recording_.release = text_of(object, "kernel");
            recording_.architecture = text_of(object, "architecture");
            recording_.started = text_of(object, "started");
        } else if (object.contains("test")) {
            begin_test(object);
        } else if (object.contains("lost")) {
            add_loss(object);
        } else if (object.contains("run")) {
            add_run(object);
        } else if (object.contains("event") && object.contains("time_ns")) {
            add_hit(object);
        } else {
            ++trace_of_test().unreadable;
        }
    }

    void begin_test(const Json& object) {
        begin();
        Observed& test = recording_.tests.back();
        test.test = text_of(object, "test");
        test.error = text_of(object, "error");
        test.trace.live_ns = number(object, "live_ns");
        test.trace.end_ns = number(object, "end_ns");
        if (object.contains("cut_short")) test.trace.cut_short = text_of(object, "cut_short");
        has_times_.back() = true;
    }

    void add_loss(const Json& object) {
        hits::Loss loss;
        loss.count = number(object, "lost", UINT64_MAX);
        loss.begin_ns = number(object, "begin_ns");
        loss.end_ns = number(object, "end_ns", UINT64_MAX);
        loss.cause = text_of(object, "cause");
        if (object.contains("cpu")) loss.cpu = static_cast<std::uint32_t>(number(object, "cpu"));
        if (object.contains("event")) loss.probe = {source_of(text_of(object, "event"))};
        trace_of_test().test.trace.losses.push_back(std::move(loss));
    }

    void add_run(const Json& object) {
        hits::CommandResult run;
        run.command = text_of(object, "run");
        run.exit_status = static_cast<std::int32_t>(number(object, "exit_status"));
        run.signal = static_cast<std::int32_t>(number(object, "signal"));
        run.timed_out = object.value("timed_out", Json()) == true;
        run.duration_ns = number(object, "duration_ns");
        run.output = text_of(object, "output");
        trace_of_test().test.trace.runs.push_back(std::move(run));
    }

    std::uint32_t source_of(const std::string& event) {
        auto& sources = recording_.sources.front().sources;
        const auto [known, is_new] =
            known_.try_emplace(event, static_cast<std::uint32_t>(sources.size()));
        if (!is_new) return known->second;
        const std::size_t colon = event.find(':');
        const bool has_group = colon != std::string::npos;
        sources.push_back({has_group ? event.substr(0, colon) : "",
                           has_group ? event.substr(colon + 1) : event,
                           {}});
        return known->second;
    }

    void add_hit(const Json& object) {
        const std::uint32_t source = source_of(text_of(object, "event"));
        hits::Trace& trace = trace_of_test().test.trace;
        hits::Hit hit;
        hit.probe = {source};
        hit.time_ns = number(object, "time_ns");
        hit.cpu = static_cast<std::uint32_t>(number(object, "cpu"));
        if (!limits_.back().takes(hit.cpu, hit.time_ns)) return;
        hit.tid = static_cast<std::uint32_t>(number(object, "tid"));
        hit.pid = static_cast<std::uint32_t>(number(object, "pid"));
        if (object.contains("comm")) hit.comm = trace.storage->keep(text_of(object, "comm"));
        std::vector<hits::Value> values;
        const auto fields = object.find("fields");
        if (fields != object.end() && fields->is_object())
            for (const auto& [name, value] : fields->items())
                put(values, field_of(source, name), value_of(value, *trace.storage));
        const auto kept = trace.storage->make<hits::Value>(values.size());
        std::ranges::copy(values, kept.begin());
        hit.fields = kept;
        trace.hits.push_back(hit);
    }

    static void put(std::vector<hits::Value>& values, std::size_t index, hits::Value value) {
        if (index >= values.size()) values.resize(index + 1);
        values[index] = value;
    }

    std::size_t field_of(std::uint32_t source, const std::string& name) {
        auto& fields = recording_.sources.front().sources[source].fields;
        const auto found = std::ranges::find(fields, name, &Source::Field::name);
        const auto index = static_cast<std::size_t>(found - fields.begin());
        if (found == fields.end()) fields.push_back({name});
        return index;
    }

    static hits::Value value_of(const Json& value, hits::Storage& storage) {
        if (value.is_number_integer()) return value.get<std::uint64_t>();
        if (value.is_boolean()) return std::uint64_t{value.get<bool>() ? 1U : 0U};
        if (value.is_string()) return storage.keep(value.get_ref<const std::string&>());
        if (value.is_object()) return bytes_of(text_of(value, "bytes"), storage);
        if (!value.is_array()) return hits::Unreadable{};
        const auto elements = storage.make<std::uint64_t>(value.size());
        for (std::size_t i = 0; i < elements.size(); ++i) {
            if (!value[i].is_number_integer()) return hits::Unreadable{};
            elements[i] = value[i].get<std::uint64_t>();
        }
        return hits::Elements(elements);
    }

    static hits::Value bytes_of(const std::string& hex, hits::Storage& storage) {
        std::string bytes;
        for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
            unsigned byte = 0;
            const auto [end, error] =
                std::from_chars(hex.data() + at, hex.data() + at + 2, byte, 16);
            if (error != std::errc{} || end != hex.data() + at + 2) return hits::Unreadable{};
            bytes += static_cast<char>(byte);
        }
        return storage.keep(bytes);
    }

    void finish(bool is_whole) {
        if (!is_whole) recording_.cut_short = "the last line is not complete";
        trace_of_test(); // there is one at least
        for (std::size_t i = 0; i < recording_.tests.size(); ++i) {
            hits::Trace& trace = recording_.tests[i].trace;
            hits::sort_by_time(trace.hits);
            if (!has_times_[i] && !trace.hits.empty()) {
                trace.live_ns = trace.hits.front().time_ns;
                trace.end_ns = trace.hits.back().time_ns;
            }
            std::ranges::move(limits_[i].losses(), std::back_inserter(trace.losses));
            if (unreadable_[i] > 0)
                trace.losses.push_back(
                    {std::nullopt, std::nullopt, 0, UINT64_MAX, unreadable_[i],
                     fmt::format("{} lines that cannot be read", unreadable_[i])});
        }
        if (!is_whole && !recording_.tests.back().trace.cut_short)
            recording_.tests.back().trace.cut_short = recording_.cut_short;
    }

    Recording recording_;
    std::map<std::string, std::uint32_t> known_;
    std::vector<std::uint64_t> unreadable_; // as many as tests
    std::vector<bool> has_times_;           // alike
    std::vector<hits::HitLimit> limits_;    // alike
};

} // namespace

bool is_json_lines(std::string_view head) {
    const std::size_t begin = head.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos || head[begin] != '{') return false;
    const std::size_t name = head.find_first_not_of(" \t", begin + 1);
    return name != std::string_view::npos && head[name] == '"';
}

Recording read_json_lines(std::string_view text) {
    return JsonReader().read(text);
}

} // namespace kps::recordings
