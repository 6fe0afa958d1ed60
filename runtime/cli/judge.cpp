#include "runtime/judge/judge.hpp"
#include "compiler/kernel/snapshot.hpp"
#include "runtime/cli/attempt.hpp"
#include "runtime/cli/choice.hpp"
#include "runtime/cli/reports.hpp"
#include "runtime/cli/screening.hpp"
#include "runtime/cli/specs.hpp"
#include "runtime/cli/version.hpp"
#include "runtime/hits/order.hpp"
#include "runtime/recordings/binding.hpp"
#include "runtime/recordings/open.hpp"
#include "runtime/report/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace kps::cli {

namespace {

using recordings::EventMap;
using recordings::Observed;
using recordings::Recording;

using View = std::shared_ptr<const kernel::KernelView>;

struct Input {
    std::string path;
    Recording recording;
    bool has_tests = true; ///< else it has no more than what comes before them
    bool is_foreign = false;
    std::vector<Screening::Judged> judged;
};

/// Of those that can be opened again, and are read in passing, only what comes before their tests.
Result<std::vector<Input>> open_all(const std::vector<std::string>& paths,
                                    const recordings::Wanted& wanted) {
    std::vector<Input> inputs;
    for (const std::string& path : paths) {
        HeadOnly head;
        std::error_code ignored;
        const bool opens_again = std::filesystem::is_regular_file(path, ignored); // not a pipe
        auto recording = recordings::open(path, wanted, opens_again ? &head : nullptr);
        if (!recording) return std::unexpected(recording.error());
        const bool is_foreign = head.is_foreign() || (recording->tests.size() == 1 &&
                                                      recording->tests.front().test.empty());
        inputs.push_back({path, std::move(*recording), !head.has_stopped(), is_foreign, {}});
    }
    return inputs;
}

/// The kernel to resolve specs against: the one named, else what a recording holds of its own.
Result<View> kernel_for(const std::string& name, const std::vector<Input>& inputs,
                        Terminal& terminal) {
    if (!name.empty()) return open_kernel(name, terminal);
    for (const Input& input : inputs)
        if (!input.recording.kernel.empty())
            return kernel::open_snapshot(input.recording.kernel, input.path);
    const auto cut = std::ranges::find_if(
        inputs, [](const Input& input) { return input.recording.cut_short.has_value(); });
    return fail(fmt::format("the recording does not hold what is known of its kernel{}{}",
                            cut == inputs.end() ? "" : ": ",
                            cut == inputs.end() ? "" : *cut->recording.cut_short),
                "name the kernel with `--kernel`");
}

Result<std::vector<EventMap>> parse_maps(const std::vector<std::string>& options,
                                         const std::vector<Compiled>& specs) {
    std::vector<EventMap> maps;
    for (const std::string& option : options) {
        const std::size_t equals = option.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail(fmt::format("`--map {}` is not of the form EVENT=PROBE", option));
        maps.push_back({option.substr(0, equals), option.substr(equals + 1)});
        const bool is_known = std::ranges::any_of(specs, [&](const Compiled& compiled) {
            return std::ranges::any_of(compiled.spec.probes, [&](const sema::Probe& probe) {
                return probe.name == maps.back().probe;
            });
        });
        if (!is_known)
            return fail(
                fmt::format("`--map {}`: no spec has the probe {}", option, maps.back().probe));
    }
    return maps;
}

/// Tests as a trace of another tool shows them, which knows of none: each is judged by all that it
/// saw, of whatever task. How the commands of a test ended is not known, and not judged.
using ForeignTests = std::map<const sema::Test*, sema::Test>;

ForeignTests foreign_tests(const std::vector<Compiled>& specs) {
    ForeignTests tests;
    for (const Compiled& compiled : specs)
        for (const sema::Test& test : compiled.spec.tests) {
            sema::Test& of_trace = tests.emplace(&test, test).first->second;
            of_trace.runs.clear();
            of_trace.scope = sema::HitScope::system;
        }
    return tests;
}

/// One test of a spec as a recording shows it.
class TestOfRecording {
public:
    TestOfRecording(const sema::ResolvedSpec& spec, const sema::Test& test,
                    const sema::Test& foreign, const std::vector<EventMap>& maps)
        : spec_(spec), test_(test), foreign_(foreign), maps_(maps) {}

    report::TestRun judge(const std::vector<Input>& inputs) {
        report::TestRun run;
        if (test_.skip) {
            run.result = judge::judge(spec_, test_, {});
            return run;
        }
        const auto [input, observed] = find(inputs);
        if (observed == nullptr && has_foreign(inputs)) {
            judge_foreign(inputs, run);
        } else if (observed == nullptr) {
            run.result = error_result(test_, {"no recording has this test", ""});
            run.result.verdict = judge::Verdict::inconclusive;
        } else if (!observed->error.empty()) {
            run.result = error_result(test_, {observed->error, ""});
            run.result.remarks = observed->error_remarks;
        } else if (!take_judged(*input, *observed, test_, run)) {
            judge(input->recording, *observed, run);
        }
        if (observed != nullptr && observed->error.empty()) {
            run.duration_ns = observed->duration_ns;
            run.backend = observed->backend;
        }
        return run;
    }

private:
    using Found = std::pair<const Input*, const Observed*>;

    /// False: it was not judged while it was read.
    static bool take_judged(const Input& input, const Observed& observed, const sema::Test& test,
                            report::TestRun& run) {
        const auto index = static_cast<std::size_t>(&observed - input.recording.tests.data());
        const auto found = std::ranges::find_if(input.judged, [&](const Screening::Judged& judged) {
            return judged.recorded == index && judged.test == &test;
        });
        if (found == input.judged.end()) return false;
        run.result = found->result;
        run.trace = found->rest;
        run.unkept_hits = found->hits;
        return true;
    }

    /// The test of the same spec if there is one, else of the same name.
    [[nodiscard]] Found find(const std::vector<Input>& inputs) const {
        Found best{};
        for (const Input& input : inputs)
            for (const Observed& observed : input.recording.tests) {
                if (observed.test != test_.name) continue;
                if (input.recording.sources[observed.sources].path == spec_.path)
                    return {&input, &observed};
                if (best.first == nullptr) best = {&input, &observed};
            }
        return best;
    }

    [[nodiscard]] static bool has_foreign(const std::vector<Input>& inputs) {
        return std::ranges::any_of(inputs, &Input::is_foreign);
    }

    void judge_foreign(const std::vector<Input>& inputs, report::TestRun& run) const {
        const Input& first = *std::ranges::find_if(inputs, &Input::is_foreign);
        if (!take_judged(first, first.recording.tests.front(), foreign_, run))
            judge_foreign_hits(inputs, run);
        if (!test_.runs.empty())
            run.result.remarks.emplace_back("not judged: how the commands of the test ended");
    }

    void judge_foreign_hits(const std::vector<Input>& inputs, report::TestRun& run) const {
        hits::Trace& whole = run.trace;
        whole.live_ns = UINT64_MAX;
        bool has_all = true;
        for (const Input& input : inputs) {
            if (!input.is_foreign) continue;
            const recordings::Binding binding(input.recording.sources.front(), spec_, maps_);
            hits::Trace part = binding.bind(input.recording.tests.front().trace, test_.probes);
            has_all &= std::ranges::all_of(test_.probes, [&](auto id) { return binding.has(id); });
            whole.storage = part.storage;
            whole.symbols.merge(part.symbols);
            if (whole.hits.empty())
                whole.hits = std::move(part.hits);
            else
                std::ranges::move(part.hits, std::back_inserter(whole.hits));
            std::ranges::move(part.losses, std::back_inserter(whole.losses));
            whole.live_ns = std::min(whole.live_ns, part.live_ns);
            whole.end_ns = std::max(whole.end_ns, part.end_ns);
            if (part.cut_short) whole.cut_short = part.cut_short;
        }
        hits::sort_by_time(whole.hits);
        run.result = judge::judge_plain_or_all(spec_, foreign_, whole);
        if (!has_all) run.result.remarks.push_back(events_of(inputs));
    }

    /// What the probes that the recordings do not have may be there.
    static std::string events_of(const std::vector<Input>& inputs) {
        constexpr std::size_t most = 8;
        std::set<std::string> events;
        for (const Input& input : inputs)
            events.insert(input.recording.events.begin(), input.recording.events.end());
        const std::size_t others = events.size() - std::min(events.size(), most);
        const auto last = std::prev(events.end(), static_cast<std::ptrdiff_t>(others));
        return fmt::format("recorded events: {}{}; `--map EVENT=PROBE` says whose hits they are",
                           fmt::join(events.begin(), last, ", "),
                           others == 0 ? "" : fmt::format(" and {} more", others));
    }

    void judge(const Recording& recording, const Observed& observed, report::TestRun& run) const {
        const recordings::Binding binding(recording.sources[observed.sources], spec_, maps_);
        run.trace = binding.bind(observed.trace, test_.probes);
        run.result = judge::judge(spec_, test_, run.trace);
    }

    const sema::ResolvedSpec& spec_;
    const sema::Test& test_;
    const sema::Test& foreign_; // the same
    const std::vector<EventMap>& maps_;
};

/// Everything that is settled before a test is judged.
struct Ready {
    std::vector<Input> inputs;
    View kernel;
    std::vector<Compiled> specs;
    ForeignTests foreign;
    std::vector<EventMap> maps;
};

/// What may be a hit in a test that is judged.
recordings::Wanted wanted_events(const Ready& ready) {
    return [&ready](std::string_view group, std::string_view event) {
        for (const Compiled& compiled : ready.specs)
            for (const sema::Test& test : compiled.spec.tests)
                for (const sema::ProbeId id : test.probes)
                    if (const sema::Probe& probe = compiled.spec.probes[id];
                        recordings::may_be_of(group, event, probe, ready.maps))
                        return true;
        return false;
    };
}

/// Judges what can be judged while it is read; keeps hits of those tests only that cannot. Of
/// several traces of other tools, which are judged as one, all.
Result<void> read_tests(Input& input, const Ready& ready) {
    const auto candidates = [&](const std::string& name) {
        std::vector<Screening::Candidate> found;
        for (const Compiled& compiled : ready.specs)
            for (const sema::Test& test : compiled.spec.tests)
                if (!test.skip && (input.is_foreign || test.name == name))
                    found.push_back(
                        {&compiled.spec, input.is_foreign ? &ready.foreign.at(&test) : &test});
        return found;
    };
    const recordings::Wanted wanted = wanted_events(ready);
    const bool is_screened = !input.is_foreign || ready.inputs.size() == 1;
    Screening screening(candidates, ready.maps);
    auto recording = recordings::open(input.path, wanted, is_screened ? &screening : nullptr);
    if (recording && screening.has_unjudged()) {
        Keeping keeping(screening.wanted());
        recording = recordings::open(input.path, wanted, &keeping);
    }
    if (!recording) return std::unexpected(recording.error());
    input.recording = std::move(*recording);
    input.judged = std::move(screening).judged();
    return {};
}

/// Resolves the tests that are chosen. The exit status if it ends here; everything was said then.
std::optional<int> resolve_all(const std::vector<sema::LoadedSpec>& loaded,
                               const JudgeOptions& options, const SourceSet& sources, Ready& ready,
                               Terminal& terminal) {
    diag::Sink sink;
    for (const sema::LoadedSpec& spec : loaded)
        ready.specs.emplace_back().spec = sema::resolve(spec, sources, *ready.kernel, sink);
    if (show_diagnostics(sink, sources, terminal)) return Exit::wrong_input;
    const auto chosen = choose_tests(ready.specs, options.only, options.tags);
    if (!chosen) return terminal.fail(chosen.error()), Exit::wrong_input;
    auto maps = parse_maps(options.maps, ready.specs);
    if (!maps) return terminal.fail(maps.error()), Exit::wrong_input;
    ready.maps = std::move(*maps);
    ready.foreign = foreign_tests(ready.specs);
    return std::nullopt;
}

/// Likewise. Where the kernel is named, only what may be a hit is read of other tools' traces; else
/// a recording has to tell it first.
std::optional<int> prepare(const JudgeOptions& options, SourceSet& sources, Ready& ready,
                           Terminal& terminal) {
    diag::Sink sink;
    const auto loaded = load_specs(options.specs, library_of(options.library), sources, sink);
    if (!loaded) return terminal.fail(loaded.error()), Exit::wrong_input;
    if (show_diagnostics(sink, sources, terminal)) return Exit::wrong_input;
    const auto open_inputs = [&](const recordings::Wanted& wanted) -> std::optional<int> {
        auto inputs = open_all(options.hits, wanted);
        if (!inputs) return terminal.fail(inputs.error()), Exit::wrong_input;
        ready.inputs = std::move(*inputs);
        return std::nullopt;
    };
    const bool is_named = !options.kernel.empty();
    if (!is_named)
        if (const auto exit = open_inputs({})) return exit;
    auto kernel = kernel_for(options.kernel, ready.inputs, terminal);
    if (!kernel) return terminal.fail(kernel.error());
    ready.kernel = std::move(*kernel);
    if (const auto exit = resolve_all(*loaded, options, sources, ready, terminal)) return exit;
    if (is_named)
        if (const auto exit = open_inputs(wanted_events(ready))) return exit;
    for (Input& input : ready.inputs)
        if (!input.has_tests)
            if (const auto read = read_tests(input, ready); !read)
                return terminal.fail(read.error()), Exit::wrong_input;
    return std::nullopt;
}

report::RunResult head_of(const JudgeOptions& options, const Ready& ready) {
    report::RunResult result;
    result.version = version;
    result.kernel = ready.kernel->release();
    result.kernel_name = options.kernel.empty() ? "as recorded" : options.kernel;
    result.started = ready.inputs.front().recording.started;
    result.place = fmt::format("recorded in {}", fmt::join(options.hits, ", "));
    return result;
}

} // namespace

int judge_recordings(const JudgeOptions& options, Terminal& terminal) {
    SourceSet sources;
    Ready ready;
    if (const auto exit = prepare(options, sources, ready, terminal)) return *exit;
    for (const Input& input : ready.inputs)
        if (input.recording.cut_short)
            terminal.err(fmt::format("warning: {}: {}\n", input.path, *input.recording.cut_short));
    const auto wishes = report_wishes(options.reports);
    const bool text = shows_text(wishes);
    report::RunResult result = head_of(options, ready);
    if (text) terminal.out(report::text_header(result, terminal.out_colour()));
    for (const Compiled& compiled : ready.specs) {
        report::SpecRun& spec = result.specs.emplace_back();
        spec.spec = compiled.spec;
        if (text) terminal.out(fmt::format("\n{}\n", spec.spec.path));
        for (const sema::Test& test : compiled.spec.tests) {
            TestOfRecording recorded(compiled.spec, test, ready.foreign.at(&test), ready.maps);
            spec.tests.push_back(recorded.judge(ready.inputs));
            result.duration_ns += spec.tests.back().duration_ns;
            if (text)
                terminal.out(report::text_test(spec, spec.tests.back(), sources,
                                               {terminal.out_colour(), options.verbose}));
        }
    }
    if (text) terminal.out(report::text_summary(result, terminal.out_colour()));
    if (const auto written = write_reports(wishes, result, sources, options.verbose, terminal);
        !written)
        return terminal.fail(written.error());
    return report::exit_status(result, options.no_skip);
}

} // namespace kps::cli
