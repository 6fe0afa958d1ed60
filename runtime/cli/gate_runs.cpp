#include "runtime/cli/gate_runs.hpp"

#include "runtime/cli/attempt.hpp"
#include "runtime/cli/run_setup.hpp"
#include "runtime/cli/run_tests.hpp"
#include "runtime/cli/version.hpp"
#include "runtime/gate/workers.hpp"
#include "runtime/report/machine_formats.hpp"

#include <algorithm>

namespace kps::cli {

namespace {

/// Hits of each test that a report shows for the sake of comparison.
constexpr std::size_t most_first_hits = 10;

/// The tests that one machine runs.
struct Portion {
    std::size_t kernel = 0;
    std::vector<const gate::TestName*> tests;

    [[nodiscard]] bool has(const std::string& spec, const sema::Test& test,
                           std::uint32_t pass) const {
        return std::ranges::any_of(tests, [&](const gate::TestName* name) {
            return name->spec == spec && name->name == test.name && pass < name->repeats;
        });
    }
    [[nodiscard]] std::uint32_t passes() const {
        std::uint32_t most = 1;
        for (const gate::TestName* test : tests)
            most = std::max(most, test->repeats);
        return most;
    }
};

/// The shard's tests on each kernel; where more machines may run than there are kernels, those of
/// a kernel are dealt out, but never fewer to a machine than make its boot worth while.
std::vector<Portion> portions_of(const GateInput& input, const gate::Shard& shard,
                                 std::size_t jobs) {
    constexpr std::size_t worth_a_boot = 8;
    std::vector<const gate::TestName*> tests;
    for (const gate::TestName& test : input.tests)
        if (test.shard == shard.index) tests.push_back(&test);
    const std::size_t most = std::max<std::size_t>(1, tests.size() / worth_a_boot);
    const std::size_t machines = std::clamp<std::size_t>(jobs / input.names.size(), 1, most);
    std::vector<Portion> portions;
    for (std::size_t kernel = 0; kernel < input.names.size(); ++kernel)
        for (std::size_t machine = 0; machine < machines; ++machine) {
            Portion portion{kernel, {}};
            for (std::size_t i = machine; i < tests.size(); i += machines)
                portion.tests.push_back(tests[i]);
            if (!portion.tests.empty()) portions.push_back(std::move(portion));
        }
    return portions;
}

/// Does the work of one machine; runs in a process of its own.
class PortionRun {
public:
    PortionRun(const GateInput& input, const GateOptions& options, const Portion& portion,
               const SourceSet& sources, const Interruption& interruption, Terminal& terminal)
        : input_(input), options_(options.run), portion_(portion), sources_(sources),
          interruption_(interruption), terminal_(terminal) {
        options_.kernel = input.choices[portion.kernel].name;
        options_.append = input.choices[portion.kernel].parameters;
    }

    /// The reports of all passes, each behind its size and a line end; or `!` and an error.
    std::string run() {
        std::unique_ptr<Target> target;
        std::string reports;
        for (std::uint32_t pass = 0; pass < portion_.passes(); ++pass) {
            const Prepared prepared{input_.kernels[portion_.kernel], specs_of(pass), std::nullopt};
            if (target == nullptr && has_work(prepared.specs)) { // all that there is, at first
                auto opened = target_for(options_, prepared.specs, interruption_, terminal_);
                if (!opened) return "!" + opened.error().message;
                target = std::move(*opened);
            }
            const std::string report = run_pass(prepared, pass, target.get());
            reports += fmt::format("{}\n{}", report.size(), report);
        }
        return reports;
    }

private:
    [[nodiscard]] std::vector<Compiled> specs_of(std::uint32_t pass) const {
        std::vector<Compiled> specs;
        for (const GatedSpec& spec : input_.specs) {
            const GatedSpec::OnKernel& on = spec.on[portion_.kernel];
            if (!on.errors.empty()) continue;
            Compiled compiled = on.compiled;
            std::erase_if(compiled.spec.tests, [&](const sema::Test& test) {
                return !portion_.has(spec.path, test, pass);
            });
            if (!compiled.spec.tests.empty()) specs.push_back(std::move(compiled));
        }
        return specs;
    }

    std::string run_pass(const Prepared& prepared, std::uint32_t pass, Target* target) {
        report::RunResult result;
        result.version = version;
        result.kernel = input_.names[portion_.kernel].release;
        result.kernel_name = input_.names[portion_.kernel].name;
        result.started = utc_now();
        if (target != nullptr) {
            result.place = target->place();
            result.boot_ns = target->boot_ns();
        }
        run_tests(prepared, options_, sources_, {target, interruption_, nullptr}, false, result,
                  terminal_);
        add_refused(pass, result);
        return report::json(result, sources_, most_first_hits);
    }

    /// The tests of specs that do not compile for the kernel.
    void add_refused(std::uint32_t pass, report::RunResult& result) const {
        for (const GatedSpec& spec : input_.specs) {
            const GatedSpec::OnKernel& on = spec.on[portion_.kernel];
            if (on.errors.empty()) continue;
            const auto elsewhere =
                std::ranges::find_if(spec.on, [](const auto& o) { return o.errors.empty(); });
            report::SpecRun run{elsewhere->compiled.spec, {}};
            for (const sema::Test& test : run.spec.tests)
                if (portion_.has(spec.path, test, pass)) {
                    const diag::Diagnostic& error = on.errors.front();
                    report::TestRun& refused = run.tests.emplace_back();
                    refused.result = error_result(
                        test,
                        {fmt::format("{} [{}]", error.message, diag::to_string(error.code)), ""});
                }
            if (!run.tests.empty()) result.specs.push_back(std::move(run));
        }
    }

    const GateInput& input_;
    RunOptions options_;
    const Portion& portion_;
    const SourceSet& sources_;
    const Interruption& interruption_;
    Terminal& terminal_;
};

void unpack(const Portion& portion, const Result<std::string>& said,
            std::vector<gate::KernelRun>& runs) {
    if (!said || said->starts_with('!')) {
        runs.push_back({portion.kernel, said ? said->substr(1) : said.error().message, ""});
        return;
    }
    for (std::string_view rest = *said; !rest.empty();) {
        const std::size_t end = rest.find('\n');
        const auto size = static_cast<std::size_t>(std::stoull(std::string(rest.substr(0, end))));
        runs.push_back({portion.kernel, "", std::string(rest.substr(end + 1, size))});
        rest.remove_prefix(end + 1 + size);
    }
}

} // namespace

std::vector<gate::KernelRun> run_gate(const GateInput& input, const GateOptions& options,
                                      const gate::Shard& shard, const SourceSet& sources,
                                      const Interruption& interruption, Terminal& terminal) {
    const std::vector<Portion> portions = portions_of(input, shard, options.jobs);
    std::vector<gate::Task> tasks;
    for (const Portion& portion : portions)
        tasks.push_back(
            {input.names[portion.kernel].name, [&](const auto& tell) {
                 Terminal told(tell);
                 return PortionRun(input, options, portion, sources, interruption, told).run();
             }});
    std::vector<std::string> doing(portions.size());
    const auto show = [&](std::size_t index, std::string_view what) {
        if (what.empty()) return;
        // "debian:6.12: booting ..." says whose it is already
        doing[index] = what;
        std::string line;
        for (const std::string& one : doing)
            if (!one.empty()) line += (line.empty() ? "" : "  |  ") + one;
        terminal.progress(line);
    };
    const auto said = gate::run_tasks(tasks, options.jobs, interruption.fd(), show);
    terminal.progress("");
    std::vector<gate::KernelRun> runs;
    for (std::size_t i = 0; i < portions.size(); ++i)
        unpack(portions[i], said[i], runs);
    return runs;
}

} // namespace kps::cli
