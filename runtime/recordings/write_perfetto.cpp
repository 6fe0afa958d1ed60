#include "runtime/hits/print.hpp"
#include "runtime/recordings/export.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <ranges>

namespace kps::recordings {

namespace {

/// The events of one test.
class TestEvents {
public:
    TestEvents(const Observed& test, const Sources& sources, std::size_t process,
               const std::function<void(const std::string&)>& add)
        : test_(test), sources_(sources), process_(process), add_(add) {}

    void write() {
        add_(fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":{}}}}})",
                         process_, json_string(test_.test.empty() ? "trace" : test_.test)));
        for (const hits::Hit& hit : test_.trace.hits) {
            name_thread(hit);
            const std::string& name = source(hit).name;
            if (name.ends_with(".enter"))
                open_[{hit.tid, stem(name)}].push_back(&hit);
            else if (!name.ends_with(".exit") || !close(hit))
                instant(hit);
        }
        for (const auto& [task, hits] : open_)
            for (const hits::Hit* const hit : hits)
                instant(*hit);
    }

private:
    [[nodiscard]] const Source& source(const hits::Hit& hit) const {
        return sources_.sources[hit.probe.value];
    }
    static std::string stem(const std::string& name) { return name.substr(0, name.rfind('.')); }

    [[nodiscard]] std::string arguments(const hits::Hit& hit) const {
        std::string text;
        for (std::size_t i = 0; i < hit.fields.size(); ++i) {
            const Source::Field& field = source(hit).fields[i];
            text += fmt::format("{}{}:{}", i == 0 ? "" : ",", json_string(field.name),
                                shown(hit.fields[i], field));
        }
        return text;
    }
    [[nodiscard]] std::string shown(const hits::Value& value, const Source::Field& field) const {
        if (field.type.display != sema::Display::symbol) return json_value(value, field, sources_);
        const auto name = [&](std::uint64_t address) {
            return json_string(
                hits::print_integer(address, field.type, {nullptr, &test_.trace.symbols}));
        };
        if (const auto* address = std::get_if<std::uint64_t>(&value)) return name(*address);
        const auto* elements = std::get_if<hits::Elements>(&value);
        if (elements == nullptr) return json_value(value, field, sources_);
        return fmt::format("[{}]", fmt::join(*elements | std::views::transform(name), ","));
    }
    [[nodiscard]] std::string place(const std::string& name, const hits::Hit& hit) const {
        return fmt::format(R"("name":{},"cat":"kps","pid":{},"tid":{},"ts":{}.{:03})",
                           json_string(name), process_, hit.tid, hit.time_ns / 1000,
                           hit.time_ns % 1000);
    }
    void name_thread(const hits::Hit& hit) {
        if (hit.comm.empty() || !named_.try_emplace(hit.tid).second) return;
        add_(fmt::format(
            R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}}}})", process_,
            hit.tid, json_string(hit.comm)));
    }
    void instant(const hits::Hit& hit) {
        add_(fmt::format(R"({{"ph":"i","s":"t",{},"args":{{{}}}}})", place(source(hit).name, hit),
                         arguments(hit)));
    }
    /// False if its entry is not there.
    bool close(const hits::Hit& exit) {
        auto& open = open_[{exit.tid, stem(source(exit).name)}];
        if (open.empty()) return false;
        const hits::Hit& enter = *open.back();
        open.pop_back();
        const std::uint64_t duration = exit.time_ns - enter.time_ns;
        const std::string first = arguments(enter), second = arguments(exit);
        add_(fmt::format(R"({{"ph":"X",{},"dur":{}.{:03},"args":{{{}{}{}}}}})",
                         place(stem(source(enter).name), enter), duration / 1000, duration % 1000,
                         first, first.empty() || second.empty() ? "" : ",", second));
        return true;
    }

    const Observed& test_;
    const Sources& sources_;
    std::size_t process_;
    const std::function<void(const std::string&)>& add_;
    std::map<std::pair<std::uint32_t, std::string>, std::vector<const hits::Hit*>> open_;
    std::map<std::uint32_t, bool> named_;
};

} // namespace

void write_perfetto(const Recording& recording, const Put& put) {
    put("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
    bool is_first = true;
    const std::function<void(const std::string&)> add = [&](const std::string& event) {
        put(is_first ? "\n" : ",\n");
        put(event);
        is_first = false;
    };
    for (std::size_t i = 0; i < recording.tests.size(); ++i) {
        const Observed& test = recording.tests[i];
        TestEvents(test, recording.sources[test.sources], i + 1, add).write();
    }
    put("\n]}\n");
}

} // namespace kps::recordings
