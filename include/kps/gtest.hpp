#pragma once

/// Tests of kps specs as cases of GoogleTest. This header needs POSIX, C++17, GoogleTest 1.11 or
/// later and the program kps, and no library of kps.
///
///     KPS_REGISTER_SPECS("specs/*.kps", "debian:6.12");
///
/// or, in a `main` of one's own before `RUN_ALL_TESTS()`,
///
///     kps::register_specs("specs/*.kps", "debian:6.12", {"--memory", "2048"});
///
/// Each test becomes a case: `specs/files.kps` with the test "a copy is complete" becomes
/// `files_debian_6_12.a_copy_is_complete`. The first case that runs starts `kps run` once, for all
/// cases of the same call that the filter and the sharding of GoogleTest leave: one machine is
/// booted for all of them. With `--gtest_repeat` each repetition runs anew.
///
/// PASS and XFAIL succeed, SKIP is skipped, and FAIL, XPASS, INCONCLUSIVE and ERROR fail at the
/// place in the spec that kps names.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <glob.h>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <sys/wait.h>
#include <utility>
#include <vector>

namespace kps {

/// Registers each test of the specs that match `pattern` (as a shell matches names; relative ones
/// start at the working directory) for `kernel` (as `kps run --kernel` takes it), to be run with
/// `arguments` of `kps run` besides. Returns how many cases there are now. Should no spec match, or
/// one be wrong, or kps not be there, a case that fails and says so is registered instead.
///
/// The program is `$KPS_PROGRAM`, or the one that the CMake target `kps::gtest` stands for, or
/// `kps`.
inline int register_specs(const std::string& pattern, const std::string& kernel,
                          const std::vector<std::string>& arguments = {});

} // namespace kps

/// `kps::register_specs(...)` when the program starts, for those who link `gtest_main`. Stands at
/// namespace scope.
#define KPS_REGISTER_SPECS(...)                                                                    \
    [[maybe_unused]] static const int KPS_GTEST_JOINED(kps_registered_, __LINE__) =                \
        ::kps::register_specs(__VA_ARGS__)
#define KPS_GTEST_JOINED(a, b) KPS_GTEST_JOINED_NOW(a, b)
#define KPS_GTEST_JOINED_NOW(a, b) a##b

namespace kps::gtest_adapter {

struct Ran {
    int status = -1;    ///< of the shell that ran it; -1 if it was killed
    std::string output; ///< standard output and error
};

inline std::string shell_word(const std::string& word) {
    std::string result = "'";
    for (const char c : word)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

/// Runs kps. What GoogleTest told this program by the environment is not meant for workloads, which
/// may be programs with GoogleTest themselves.
inline Ran run_kps(const std::vector<std::string>& arguments) {
#ifdef KPS_GTEST_PROGRAM
    std::string program = KPS_GTEST_PROGRAM;
#else
    std::string program = "kps";
#endif
    if (const char* const named = std::getenv("KPS_PROGRAM")) program = named;
    std::string command = "exec env -u GTEST_TOTAL_SHARDS -u GTEST_SHARD_INDEX -u GTEST_FILTER "
                          "-u GTEST_OUTPUT " +
                          shell_word(program);
    for (const std::string& argument : arguments)
        command += " " + shell_word(argument);
    Ran ran;
    std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return ran;
    char part[4096];
    while (const std::size_t got = std::fread(part, 1, sizeof part, pipe))
        ran.output.append(part, got);
    const int status = ::pclose(pipe);
    if (WIFEXITED(status)) ran.status = WEXITSTATUS(status);
    return ran;
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

inline bool starts_with(const std::string& text, const std::string& start) {
    return text.compare(0, start.size(), start) == 0;
}

/// What is said at one place of a spec.
struct Message {
    int line = 0;
    std::string text;
};

struct Outcome {
    enum class Kind { unknown, passed, skipped, failed };
    Kind kind = Kind::unknown;
    std::string reason; ///< behind the verdict
    std::vector<Message> findings;
};

/// A test of a spec, and what became of it.
struct Entry {
    std::string spec;
    int line = 0;
    std::string name;
    const testing::TestInfo* info = nullptr;
    bool is_fresh = false; ///< `outcome` is of a run that no case has used it of
    Outcome outcome;
};

/// The description of a test as TAP 14 has it: `#` and `\` are escaped.
inline std::string tap_description(const Entry& entry) {
    std::string text;
    for (const char c : entry.spec + ": " + entry.name) {
        if (c == '#' || c == '\\') text += '\\';
        text += c == '\n' ? ' ' : c;
    }
    return text;
}

/// The outcome that a line `ok N - DESCRIPTION # DIRECTIVE` tells of an entry; unknown if it is not
/// about it.
inline Outcome outcome_of(const std::string& line, const Entry& entry) {
    const bool is_ok = starts_with(line, "ok ");
    Outcome outcome;
    if (!is_ok && !starts_with(line, "not ok ")) return outcome;
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) return outcome;
    const std::string rest = line.substr(dash + 3);
    const std::string description = tap_description(entry);
    if (!starts_with(rest, description)) return outcome;
    const std::string directive = rest.substr(description.size());
    if (!directive.empty() && !starts_with(directive, " # ")) return outcome;
    using Kind = Outcome::Kind;
    outcome.kind = is_ok ? Kind::passed : Kind::failed;
    if (directive.empty()) return outcome;
    outcome.reason = directive.substr(3);
    if (is_ok && starts_with(outcome.reason, "SKIP")) outcome.kind = Kind::skipped;
    if (starts_with(outcome.reason, "TODO")) { // a known failure: it failed, or it passes by now
        outcome.kind = is_ok ? Kind::failed : Kind::passed;
        if (is_ok) outcome.reason = "XPASS: this known failure passes: " + outcome.reason.substr(5);
    }
    return outcome;
}

/// Adds a line of the findings of a test: one begins with its place, `SPEC:LINE:COLUMN: `.
inline void add_finding_line(const std::string& line, const Entry& entry, Outcome& outcome) {
    const std::string place = entry.spec + ":";
    if (starts_with(line, place)) {
        const int number = std::atoi(line.c_str() + place.size());
        if (number > 0) outcome.findings.push_back({number, ""});
    }
    if (outcome.findings.empty()) outcome.findings.push_back({entry.line, ""});
    outcome.findings.back().text += line + "\n";
}

/// The tests that one call registers.
class Specs {
public:
    Specs(std::string kernel, std::vector<std::string> arguments)
        : kernel_(std::move(kernel)), arguments_(std::move(arguments)) {}

    std::vector<Entry>& entries() { return entries_; }
    [[nodiscard]] const std::string& kernel() const { return kernel_; }
    /// What to say of a test that has no outcome.
    [[nodiscard]] const std::string& failure() const { return failure_; }

    /// The entry with its outcome, which a run has told since the last call for it.
    const Entry& judged(std::size_t index) {
        if (!entries_[index].is_fresh) run();
        entries_[index].is_fresh = false;
        return entries_[index];
    }

private:
    void run() {
        std::vector<std::string> command = {"run", "--kernel", kernel_, "--report", "tap"};
        std::set<std::string> specs;
        std::set<std::string> names;
        for (Entry& entry : entries_) {
            entry.outcome = {};
            if (!entry.info->should_run()) continue;
            entry.is_fresh = true;
            if (specs.insert(entry.spec).second) command.push_back(entry.spec);
            if (names.insert(entry.name).second) command.push_back("--test=" + entry.name);
        }
        command.insert(command.end(), arguments_.begin(), arguments_.end());
        const Ran ran = run_kps(command);
        failure_ = "kps run gave no verdict (exit status " + std::to_string(ran.status) + ")\n";
        read(ran.output);
    }

    void read(const std::string& output) {
        Entry* entry = nullptr;
        bool is_tap = false;
        std::string other;
        for (const std::string& line : lines_of(output)) {
            is_tap = is_tap || starts_with(line, "TAP version ");
            if (!is_tap) other += line + "\n";
            if (starts_with(line, "ok ") || starts_with(line, "not ok "))
                entry = entry_of(line);
            else if (entry != nullptr && starts_with(line, "    "))
                add_finding_line(line.substr(4), *entry, entry->outcome);
        }
        if (is_tap)
            std::cerr << other;
        else
            failure_ += other;
    }

    Entry* entry_of(const std::string& line) {
        for (Entry& entry : entries_) {
            Outcome outcome = outcome_of(line, entry);
            if (outcome.kind == Outcome::Kind::unknown) continue;
            entry.outcome = std::move(outcome);
            return &entry;
        }
        return nullptr;
    }

    std::string kernel_;
    std::vector<std::string> arguments_;
    std::vector<Entry> entries_;
    std::string failure_;
};

class Case : public testing::Test {
public:
    Case(std::shared_ptr<Specs> specs, std::size_t index)
        : specs_(std::move(specs)), index_(index) {}

    void TestBody() override {
        const Entry& entry = specs_->judged(index_);
        const Outcome& outcome = entry.outcome;
        const char* const file = entry.spec.c_str();
        switch (outcome.kind) {
        case Outcome::Kind::passed: return;
        case Outcome::Kind::skipped: GTEST_SKIP() << outcome.reason;
        case Outcome::Kind::unknown: ADD_FAILURE_AT(file, entry.line) << specs_->failure(); return;
        case Outcome::Kind::failed: break;
        }
        const std::string head = outcome.reason.empty() ? "" : outcome.reason + "\n";
        if (outcome.findings.empty()) ADD_FAILURE_AT(file, entry.line) << head;
        for (const Message& finding : outcome.findings)
            ADD_FAILURE_AT(file, finding.line) << head << finding.text;
    }

private:
    std::shared_ptr<Specs> specs_;
    std::size_t index_;
};

/// Stands for specs that cannot be listed.
class Unlisted : public testing::Test {
public:
    explicit Unlisted(std::string reason) : reason_(std::move(reason)) {}
    void TestBody() override { ADD_FAILURE() << reason_; }

private:
    std::string reason_;
};

/// With `_` for what a filter of GoogleTest would take for something else.
inline std::string identifier(const std::string& text) {
    std::string result;
    for (const char c : text) {
        const bool fits =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (fits)
            result += c;
        else if (!result.empty() && result.back() != '_')
            result += '_';
    }
    while (!result.empty() && result.back() == '_')
        result.pop_back();
    return result.empty() ? "test" : result;
}

inline std::string file_name(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

inline std::string suite_of(const std::string& spec, const std::string& kernel) {
    std::string name = file_name(spec);
    name = name.substr(0, name.rfind('.'));
    return identifier(name) + "_" + identifier(file_name(kernel));
}

/// A name that this program has not given in the suite yet.
inline std::string unused_name(const std::string& suite, const std::string& name) {
    static std::set<std::string> used;
    std::string unused = name;
    for (int i = 2; !used.insert(suite + "." + unused).second; ++i)
        unused = name + "_" + std::to_string(i);
    return unused;
}

inline std::vector<std::string> matching(const std::string& pattern) {
    std::vector<std::string> paths;
    ::glob_t found = {};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return paths;
}

/// Those of `arguments` that say where imported modules are.
inline std::vector<std::string> library_of(const std::vector<std::string>& arguments) {
    std::vector<std::string> library;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        const bool is_alone = argument == "-L" || argument == "--library";
        if (!is_alone && !starts_with(argument, "-L") && !starts_with(argument, "--library="))
            continue;
        library.push_back(argument);
        if (is_alone && i + 1 < arguments.size()) library.push_back(arguments[++i]);
    }
    return library;
}

inline int register_failure(const std::string& pattern, const std::string& reason) {
    const std::string suite = "kps_list";
    testing::RegisterTest(suite.c_str(), unused_name(suite, identifier(pattern)).c_str(), nullptr,
                          nullptr, __FILE__, __LINE__,
                          [reason]() -> Unlisted* { return new Unlisted(reason); });
    return 1;
}

inline void register_entry(const std::shared_ptr<Specs>& specs, std::size_t index) {
    Entry& entry = specs->entries()[index];
    const std::string suite = suite_of(entry.spec, specs->kernel());
    const std::string name = unused_name(suite, identifier(entry.name));
    entry.info = testing::RegisterTest(
        suite.c_str(), name.c_str(), nullptr, nullptr, entry.spec.c_str(), entry.line,
        [specs, index]() -> Case* { return new Case(specs, index); });
}

} // namespace kps::gtest_adapter

namespace kps {

inline int register_specs(const std::string& pattern, const std::string& kernel,
                          const std::vector<std::string>& arguments) {
    using namespace gtest_adapter;
    std::vector<std::string> command = matching(pattern);
    if (command.empty()) return register_failure(pattern, "no spec matches " + pattern);
    command.insert(command.begin(), "list");
    for (const std::string& argument : library_of(arguments))
        command.push_back(argument);
    const Ran ran = run_kps(command);
    const auto specs = std::make_shared<Specs>(kernel, arguments);
    if (ran.status == 0)
        for (const std::string& line : lines_of(ran.output)) { // SPEC:LINE<TAB>NAME
            const std::size_t tab = line.find('\t');
            const std::size_t colon = line.rfind(':', tab);
            if (tab == std::string::npos || colon == std::string::npos) continue;
            specs->entries().push_back({line.substr(0, colon),
                                        std::atoi(line.c_str() + colon + 1),
                                        line.substr(tab + 1),
                                        nullptr,
                                        false,
                                        {}});
        }
    if (specs->entries().empty())
        return register_failure(pattern, "kps lists no tests of " + pattern + " (exit status " +
                                             std::to_string(ran.status) + ")\n" + ran.output);
    for (std::size_t i = 0; i < specs->entries().size(); ++i)
        register_entry(specs, i);
    return static_cast<int>(specs->entries().size());
}

} // namespace kps
