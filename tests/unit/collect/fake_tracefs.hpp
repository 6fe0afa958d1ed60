#pragma once

#include "runtime/collect/files.hpp"
#include "runtime/collect/tracefs.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace kps::collect {

/// A tracefs in memory: it keeps a record of what was done to it, knows which probes and instances
/// are there, and fails on request.
class FakeTracefs : public Tracefs {
public:
    std::vector<std::string> record; ///< "mkdir PATH", "PATH < TEXT", "open PATH", ...
    std::set<std::string> instances; ///< paths
    std::vector<std::string> probes; ///< lines of kprobe_events, or with `dynamic` of all kinds
    bool dynamic = false;            ///< there is a file dynamic_events
    std::set<std::string> enabled;   ///< events enabled in any instance, "INSTANCE GROUP/NAME"
    std::string error_log;
    int fail_at = -1;   ///< the operation, counted from 0, that fails with EIO
    std::string refuse; ///< definitions that contain it are refused with EINVAL
    std::function<void(const std::string&)> on_operation; ///< told each line of `record`

    Result<std::string> read(const std::string& path) override {
        if (fails("read " + path)) return fail("cannot read " + path);
        if (path == "dynamic_events" && dynamic) return joined(probes);
        if (path == "kprobe_events") return joined(kprobes());
        if (path == "kprobe_profile") return profile();
        if (path == "error_log") return error_log;
        if (path.ends_with("/format")) return "name: x\nID: 1\n";
        if (path.ends_with("/stats"))
            return "entries: 1\noverrun: 2\ncommit overrun: 3\nbytes: 9\n"
                   "oldest event ts:  1.0\nnow ts: 2.0\ndropped events: 4\nread events: 5\n";
        if (path.starts_with("events/header_")) return "field: u64 timestamp;\n";
        return fail("no such file " + path);
    }
    int write(const std::string& path, std::string_view text) override {
        if (fails(path + " < " + std::string(text))) return EIO;
        const bool takes_all = path == "dynamic_events" || path == "uprobe_events";
        if (path == "kprobe_events" || (takes_all && dynamic)) return write_probes(text);
        if (path.ends_with("/enable")) return write_enable(path, text);
        return 0;
    }
    int make_directory(const std::string& path) override {
        if (fails("mkdir " + path)) return EIO;
        return instances.insert(path).second ? 0 : EEXIST;
    }
    int remove_directory(const std::string& path) override {
        if (fails("rmdir " + path)) return EIO;
        std::erase_if(enabled, [&](const std::string& e) { return e.starts_with(path + " "); });
        return instances.erase(path) == 1 ? 0 : ENOENT;
    }
    std::vector<std::string> list(const std::string& path) override {
        if (path == "instances") {
            std::vector<std::string> names;
            for (const std::string& instance : instances)
                names.push_back(instance.substr(path.size() + 1));
            return names;
        }
        return path.ends_with("/per_cpu") ? std::vector<std::string>{"cpu0", "cpu1"}
                                          : std::vector<std::string>{};
    }
    Result<Fd> open(const std::string& path) override {
        if (fails("open " + path)) return fail("cannot open " + path);
        return Fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); // nothing to read, ever
    }

    [[nodiscard]] bool clean() const { return instances.empty() && probes.empty(); }

private:
    bool fails(const std::string& operation) {
        record.push_back(operation);
        if (on_operation) on_operation(operation);
        return static_cast<int>(record.size()) - 1 == fail_at;
    }
    static std::string joined(const std::vector<std::string>& lines) {
        std::string text;
        for (const std::string& line : lines)
            text += line + "\n";
        return text;
    }
    [[nodiscard]] std::vector<std::string> kprobes() const {
        std::vector<std::string> lines;
        std::ranges::copy_if(probes, std::back_inserter(lines), [](const std::string& line) {
            return line.find(" /") == std::string::npos;
        });
        return lines;
    }
    [[nodiscard]] std::string profile() const {
        std::string text;
        for (const std::string& line : kprobes())
            text += "  " + name_of(line).substr(name_of(line).find('/') + 1) + "    7    1\n";
        return text;
    }
    static std::string name_of(const std::string& line) {
        const std::size_t colon = line.find(':');
        return line.substr(colon + 1, line.find_first_of(" \n", colon) - colon - 1);
    }
    int write_probes(std::string_view text) {
        const std::string line(text.substr(0, text.find('\n')));
        if (!line.starts_with('-')) {
            if (!refuse.empty() && line.find(refuse) != std::string::npos) {
                error_log += "[    1.0] trace_kprobe: error: Bad\n  Command: " + line + "\n   ^\n";
                return EINVAL;
            }
            probes.push_back(line);
            return 0;
        }
        const std::string name = name_of(line);
        const bool used = std::ranges::any_of(
            enabled, [&](const std::string& e) { return e.ends_with(" " + name); });
        if (used) return EBUSY;
        return std::erase_if(probes, [&](const std::string& p) { return name_of(p) == name; }) > 0
                   ? 0
                   : ENOENT;
    }
    int write_enable(const std::string& path, std::string_view text) {
        const std::size_t events = path.find("/events/");
        const std::size_t name = events + std::string_view("/events/").size();
        const std::string key =
            path.substr(0, events) + " " + path.substr(name, path.rfind('/') - name);
        if (text == "1")
            enabled.insert(key);
        else
            enabled.erase(key);
        return 0;
    }
};

} // namespace kps::collect
