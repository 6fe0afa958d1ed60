#include "runtime/cli/command_line.hpp"

#include "runtime/cli/commands.hpp"
#include "runtime/cli/completion.hpp"
#include "runtime/cli/manual.hpp"
#include "runtime/cli/version.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

namespace kps::cli {

namespace {

constexpr const char* description =
    "kps: what a kernel must do, as files.\n\n"
    "A .kps file says where to look in the kernel (probes), what to read there (typed fields), "
    "what\n"
    "to run (a workload) and what must then be true (expectations). kps resolves it against a\n"
    "kernel, sets the probes, runs the workload and judges the hits.\n\n"
    "First steps:\n"
    "  kps kernel fetch debian:6.12                    get a kernel to run on (once)\n"
    "  kps run my.kps --kernel debian:6.12             boot it in QEMU and run the tests; no root\n"
    "  kps check my.kps --kernel debian:6.1            would it work there? (no boot)\n"
    "  kps explain KPS0401                             what a diagnostic means\n";

constexpr const char* exit_status =
    "Exit status:\n"
    "  0  everything that was tested holds\n"
    "  1  a test failed\n"
    "  2  the spec or the command line is wrong\n"
    "  3  inconclusive: hits were lost or unreadable, or the run was cut short\n"
    "  4  the environment failed: privileges, no tracefs, the machine does not boot";

constexpr const char* kernels =
    "Kernels:\n"
    "  running      the kernel of this machine\n"
    "  debian:6.12  the newest of that series that Debian offers; also "
    "debian:6.1.0-47-cloud-amd64\n"
    "  PATH         a vmlinux, vmlinuz, .deb or snapshot, or a directory with kallsyms, BTF and "
    "config\n\n";

constexpr const char* variables =
    "\n\nEnvironment:\n"
    "  KPS_PATH   directories with probe libraries, separated by colons\n"
    "  KPS_CACHE  where fetched kernels are kept\n"
    "  KPS_AGENT  the agent to put into machines, instead of the one installed with kps\n"
    "  NO_COLOR   no colour";

// A value's type is what completion goes by: SPEC, KERNEL, FILE, DIR, CODE or COMMAND.
constexpr const char* kernel_help = "the kernel: a name, a path, or `running`";
constexpr const char* library_help = "also look for imported modules in DIR (repeatable)";

using Action = std::function<int(Terminal&)>;

OptionText text_of(const CLI::Option& option) {
    OptionText text;
    for (const std::string& name : option.get_snames())
        text.spellings.push_back("-" + name);
    for (const std::string& name : option.get_lnames())
        text.spellings.push_back("--" + name);
    text.help = option.get_description();
    text.required = option.get_required();
    if (option.get_items_expected_max() == 0) return text;
    // `STAGE:{ast,plan}`: CLI11 appends what `IsMember` calls itself.
    const std::string type = option.get_type_name();
    const std::size_t list = type.find(":{");
    text.value = type.substr(0, list);
    if (list != std::string::npos)
        text.choices = CLI::detail::split(type.substr(list + 2, type.size() - list - 3), ',');
    text.standard = option.get_default_str();
    text.repeatable = option.get_items_expected_max() > 1;
    return text;
}

CommandText text_of(const CLI::App& app) {
    CommandText text;
    text.name = app.get_name();
    text.description = app.get_description();
    text.footer = app.get_footer();
    text.needs_command = app.get_require_subcommand_min() > 0;
    for (const CLI::Option* option : app.get_options())
        (option->get_positional() ? text.operands : text.options).push_back(text_of(*option));
    for (const CLI::App* command : app.get_subcommands(nullptr))
        text.commands.push_back(text_of(*command));
    return text;
}

CLI::App* subcommand(CLI::App& app, const std::string& name, const std::string& text) {
    CLI::App* command = app.add_subcommand(name, text);
    command->footer(exit_status);
    return command;
}

CLI::App* kernel_subcommand(CLI::App& app, const std::string& name, const std::string& text) {
    CLI::App* command = subcommand(app, name, text);
    command->footer(std::string(kernels) + exit_status);
    return command;
}

template <class Options, class Function>
void on_parsed(CLI::App* command, Action& action, const Options& options, Function function) {
    command->callback([&action, &options, function] {
        action = [&options, function](Terminal& t) { return function(options, t); };
    });
}

void add_check(CLI::App& app, CheckOptions& o, Action& action) {
    CLI::App* c = kernel_subcommand(app, "check",
                                    "report every mistake in specs, for one kernel or for none");
    c->add_option("spec", o.specs, "spec files")->required()->type_name("SPEC");
    c->add_option("-k,--kernel", o.kernel, kernel_help)->type_name("KERNEL");
    c->add_option("-L,--library", o.library, library_help)
        ->type_name("DIR")
        ->allow_extra_args(false);
    c->add_option("--format", o.format, "of the diagnostics")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    on_parsed(c, action, o, check);
}

void add_list(CLI::App& app, ListOptions& o, Action& action) {
    CLI::App* c = subcommand(app, "list", "list the tests of specs; no kernel is needed");
    c->add_option("spec", o.specs, "spec files")->required()->type_name("SPEC");
    c->add_option("-L,--library", o.library, library_help)
        ->type_name("DIR")
        ->allow_extra_args(false);
    c->add_flag("--json", o.json, "print JSON");
    on_parsed(c, action, o, list_tests);
}

void add_compile(CLI::App& app, CompileOptions& o, Action& action) {
    CLI::App* c = kernel_subcommand(app, "compile", "print what a spec becomes on a kernel");
    c->add_option("spec", o.spec, "spec file")->required()->type_name("SPEC");
    c->add_option("-k,--kernel", o.kernel, kernel_help)->type_name("KERNEL")->capture_default_str();
    c->add_option("-L,--library", o.library, library_help)
        ->type_name("DIR")
        ->allow_extra_args(false);
    c->add_option("--backend", o.backend,
                  "what to make: commands for kprobe_events, or a BPF object")
        ->type_name("BACKEND")
        ->check(CLI::IsMember({"tracefs", "bpf"}))
        ->capture_default_str();
    c->add_option("--emit", o.emit, "the stage to print; without it what the backend makes")
        ->type_name("STAGE")
        ->check(CLI::IsMember({"ast", "resolved", "plan", "kprobe_events", "llvm-ir", "object"}));
    c->add_option("--test", o.test,
                  "the BPF object of this test, which sums up in the kernel what it can")
        ->type_name("NAME");
    c->add_flag("--no-pushdown", o.no_pushdown, "with --test: send every hit, sum up nothing");
    c->add_flag("--portable", o.portable,
                "a BPF object for any kernel: alternatives are left to it and to its loader");
    c->add_option("-o,--output", o.output, "write to FILE instead of standard output")
        ->type_name("FILE");
    on_parsed(c, action, o, compile);
}

const std::vector<std::string> run_formats = {"text", "json", "junit", "tap"};
const std::vector<std::string> gate_formats = {"text",     "json",  "junit", "tap",
                                               "markdown", "sarif", "html"};

/// What stands before `=FILE`.
CLI::Validator report_format(const std::vector<std::string>& known) {
    const CLI::IsMember formats(known);
    const auto check = [formats](const std::string& wish) {
        return formats(wish.substr(0, wish.find('=')));
    };
    return {[check](std::string& wish) { return check(wish); }, formats.get_description()};
}

void add_report(CLI::App* c, std::vector<std::string>& reports,
                const std::vector<std::string>& formats = run_formats) {
    c->add_option("--report", reports,
                  "the report's format; FORMAT=FILE writes to a file (repeatable)")
        ->type_name("FORMAT[=FILE]")
        ->check(report_format(formats))
        ->allow_extra_args(false);
}

void add_choice(CLI::App* c, std::vector<std::string>& names, std::vector<std::string>& tags) {
    c->add_option("--test", names, "only the test of that name (repeatable)")
        ->type_name("NAME")
        ->allow_extra_args(false);
    c->add_option("--tag", tags, "only tests with that tag (repeatable)")
        ->type_name("TAG")
        ->allow_extra_args(false);
}

void add_verbose(CLI::App* c, bool& verbose) {
    c->add_flag("-v,--verbose", verbose,
                "in text: what held too, with what was seen, and all that was printed and shown");
}

void add_machine(CLI::App* c, RunOptions& o) {
    c->add_option("--add", o.add, "put FILE into the machine, at DEST if given (repeatable)")
        ->type_name("FILE[:DEST]")
        ->allow_extra_args(false);
    c->add_option("--memory", o.memory_mib, "of the machine, in MiB")
        ->type_name("N")
        ->capture_default_str();
    c->add_option("--cpus", o.cpus, "of the machine")->type_name("N")->capture_default_str();
    c->add_option("--limit", o.limit_s, "seconds that the boot and each test may take")
        ->type_name("N")
        ->capture_default_str();
}

void add_run(CLI::App& app, RunOptions& o, Action& action) {
    CLI::App* c =
        kernel_subcommand(app, "run", "run the tests of specs on a kernel and judge them");
    c->add_option("spec", o.specs, "spec files")->required()->type_name("SPEC");
    c->add_option("-k,--kernel", o.kernel,
                  "the kernel to boot in QEMU; `running`: the one of this machine (needs root)")
        ->type_name("KERNEL")
        ->capture_default_str();
    c->add_option("-L,--library", o.library, library_help)
        ->type_name("DIR")
        ->allow_extra_args(false);
    c->add_option("--backend", o.backend,
                  "what observes: BPF programs, or kprobe_events; `auto` prefers the first")
        ->type_name("BACKEND")
        ->check(CLI::IsMember({"auto", "bpf", "tracefs"}))
        ->capture_default_str();
    c->add_option("--object", o.object, "observe by this object of `kps compile --portable`")
        ->type_name("FILE");
    c->add_flag("--no-pushdown", o.no_pushdown,
                "sum up nothing in the kernel: judge every hit in user space");
    c->add_option("--record", o.record,
                  "write all hits to FILE, for `kps judge`; nothing is summed up in the kernel")
        ->type_name("FILE");
    add_report(c, o.reports);
    c->add_option("--append", o.append,
                  "parameters for the kernel in the machine, such as `sysctl.vm.swappiness=1`")
        ->type_name("PARAMETERS");
    add_choice(c, o.only, o.tags);
    add_machine(c, o);
    c->add_flag("--no-skip", o.no_skip, "a skipped test fails the run");
    c->add_flag("--fail-fast", o.fail_fast,
                "end a test once it has failed for certain, and run none after it");
    add_verbose(c, o.verbose);
    c->add_flag("--console", o.console, "show the console of the machine");
    on_parsed(c, action, o, run);
}

void add_waivers(CLI::App* c, std::string& waivers) {
    c->add_option("--waivers", waivers,
                  "accept what FILE lists: a line each, UNTIL SPEC \"TEST\" REASON")
        ->type_name("FILE");
}

void add_gate(CLI::App& app, GateOptions& o, Action& action) {
    CLI::App* c = kernel_subcommand(app, "gate",
                                    "does a new kernel still keep what specs say of an old one?");
    c->add_option("operands", o.operands,
                  "the old kernel, new ones, then spec files or directories with specs; kernel "
                  "parameters may follow a kernel in the same word")
        ->required()
        ->type_name("KERNEL... SPEC...");
    c->add_flag("--static-only", o.static_only, "compare probes and fields; boot nothing");
    c->add_option("--repeat", o.repeat,
                  "run each test N times on each kernel; without it 5 times if it has a baseline, "
                  "else once")
        ->type_name("N")
        ->check(CLI::Range(1U, 50U));
    c->add_option("--tolerance", o.tolerance,
                  "percent by which a measure may be worse than its baseline allows")
        ->type_name("P")
        ->check(CLI::Range(0.0, 1000.0))
        ->capture_default_str();
    add_waivers(c, o.waivers);
    add_report(c, o.reports, gate_formats);
    c->add_option("--jobs", o.jobs, "machines at once; without it one for each CPU")
        ->type_name("N")
        ->check(CLI::Range(1U, 1000U));
    c->add_option("--shard", o.shard,
                  "only the I-th of N parts of the tests, to be joined by `kps merge`; without it "
                  "what the environment of a CI system says")
        ->type_name("I/N");
    c->add_option("-L,--library", o.run.library, library_help)
        ->type_name("DIR")
        ->allow_extra_args(false);
    c->add_option("--backend", o.run.backend,
                  "what observes: BPF programs, or kprobe_events; `auto` prefers the first")
        ->type_name("BACKEND")
        ->check(CLI::IsMember({"auto", "bpf", "tracefs"}))
        ->capture_default_str();
    add_choice(c, o.run.only, o.run.tags);
    add_machine(c, o.run);
    on_parsed(c, action, o, gate);
}

void add_merge(CLI::App& app, MergeOptions& o, Action& action) {
    CLI::App* c =
        subcommand(app, "merge", "join what the shards of a gate have found, and judge it");
    c->add_option("file", o.files, "a JSON report of each shard")->required()->type_name("FILE");
    add_waivers(c, o.waivers);
    add_report(c, o.reports, gate_formats);
    on_parsed(c, action, o, merge);
}

void add_judge(CLI::App& app, JudgeOptions& o, Action& action) {
    CLI::App* c = kernel_subcommand(app, "judge",
                                    "judge recordings by the tests of specs; no kernel, no root");
    c->add_option("spec", o.specs, "spec files")->required()->type_name("SPEC");
    c->add_option("--hits", o.hits,
                  "a recording: of `kps run --record`, or of another tool (repeatable)")
        ->required()
        ->type_name("FILE")
        ->allow_extra_args(false);
    c->add_option("-k,--kernel", o.kernel,
                  "the kernel observed; without it, what the recording holds of its own")
        ->type_name("KERNEL");
    c->add_option("-L,--library", o.library, library_help)
        ->type_name("DIR")
        ->allow_extra_args(false);
    c->add_option("--map", o.maps, "hits of the event are hits of the probe (repeatable)")
        ->type_name("EVENT=PROBE")
        ->allow_extra_args(false);
    add_report(c, o.reports);
    add_choice(c, o.only, o.tags);
    c->add_flag("--no-skip", o.no_skip, "a skipped test fails");
    add_verbose(c, o.verbose);
    on_parsed(c, action, o, judge_recordings);
}

void add_convert(CLI::App& app, ConvertOptions& o, Action& action) {
    CLI::App* c = subcommand(app, "convert", "turn a recording into another format");
    c->add_option("recording", o.file, "of `kps run --record`, or of another tool")
        ->required()
        ->type_name("FILE");
    c->add_option("--to", o.to, "JSON lines, or a timeline for Perfetto and chrome://tracing")
        ->required()
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"jsonl", "perfetto"}));
    c->add_option("-o,--output", o.output, "write to FILE instead of standard output")
        ->type_name("FILE");
    on_parsed(c, action, o, convert);
}

void add_fmt(CLI::App& app, FmtOptions& o, Action& action) {
    CLI::App* c = subcommand(app, "fmt", "rewrite spec files in the standard layout");
    c->add_option("spec", o.files, "spec files; `-` reads standard input")
        ->required()
        ->type_name("SPEC");
    c->add_flag("--check", o.check, "change nothing; exit with 1 if a file is not formatted");
    on_parsed(c, action, o, format_files);
}

void add_graph(CLI::App& app, GraphOptions& o, Action& action) {
    CLI::App* c = subcommand(app, "graph", "draw what is in a spec, as text for Graphviz's dot");
    c->add_option("of", o.of, "which file imports which, the state machines, or what tests use")
        ->required()
        ->type_name("WHAT")
        ->check(CLI::IsMember({"imports", "machines", "tests"}));
    c->add_option("spec", o.spec, "the spec file; `-` reads standard input")
        ->required()
        ->type_name("SPEC");
    c->add_option("-L,--library", o.library, library_help)
        ->type_name("DIR")
        ->allow_extra_args(false);
    on_parsed(c, action, o, graph);
}

void add_explain(CLI::App& app, ExplainOptions& o, Action& action) {
    CLI::App* c = subcommand(app, "explain",
                             "say what a diagnostic means, with an example; no code lists all");
    c->add_option("code", o.code, "such as KPS0401")->type_name("CODE");
    on_parsed(c, action, o, explain);
}

struct KernelOptions {
    KernelShowOptions show;
    KernelSnapshotOptions snapshot;
    KernelFetchOptions fetch;
    KernelDiffOptions diff;
};

void add_kernel_diff(CLI::App& kernel, KernelDiffOptions& o, Action& action) {
    CLI::App* c = kernel_subcommand(
        kernel, "diff", "what differs between two kernels for those who observe them (no boot)");
    c->add_option("old", o.old_kernel, "the kernel to go from: a name, a path, or `running`")
        ->required()
        ->type_name("KERNEL");
    c->add_option("new", o.new_kernel, "the kernel to go to")->required()->type_name("KERNEL");
    c->add_option("--used-by", o.specs, "only what these specs depend on")->type_name("SPEC");
    c->add_option("-L,--library", o.library, library_help)
        ->type_name("DIR")
        ->allow_extra_args(false);
    c->add_flag("--all", o.all, "list every change, not only how many there are");
    c->add_flag("--json", o.json, "print JSON, with every change");
    on_parsed(c, action, o, kernel_diff);
}

void add_kernel(CLI::App& app, KernelOptions& o, Action& action) {
    CLI::App* kernel =
        kernel_subcommand(app, "kernel", "show, compare, fetch, list and store kernels");
    kernel->require_subcommand(1);
    CLI::App* show = kernel_subcommand(*kernel, "show", "what is known of a kernel");
    show->add_option("kernel", o.show.kernel, kernel_help)
        ->type_name("KERNEL")
        ->capture_default_str();
    show->add_flag("--symbols", o.show.symbols, "print its symbols as /proc/kallsyms does");
    on_parsed(show, action, o.show, kernel_show);
    CLI::App* snapshot =
        kernel_subcommand(*kernel, "snapshot", "store what is known of a kernel in a small file");
    snapshot->add_option("kernel", o.snapshot.kernel, kernel_help)->type_name("KERNEL")->required();
    snapshot->add_option("-o,--output", o.snapshot.output, "the file; RELEASE.kpsk if not given")
        ->type_name("FILE");
    on_parsed(snapshot, action, o.snapshot, kernel_snapshot);
    CLI::App* fetch =
        kernel_subcommand(*kernel, "fetch", "download kernel packages and keep them in the cache");
    fetch->add_option("kernel", o.fetch.kernels, "names such as debian:6.12")
        ->required()
        ->type_name("KERNEL");
    on_parsed(fetch, action, o.fetch, kernel_fetch);
    CLI::App* list =
        subcommand(*kernel, "list", "the kernels in the cache and the names that can be fetched");
    list->callback([&action] { action = kernel_list; });
    add_kernel_diff(*kernel, o.diff, action);
}

void add_probes(CLI::App& app, ProbesListOptions& o, Action& action) {
    CLI::App* probes = subcommand(
        app, "probes", "list the probes of this machine's kernel and whose they are (needs root)");
    probes->require_subcommand(0, 1);
    probes->add_flag("--json", o.json, "print JSON");
    CLI::App* list = subcommand(*probes, "list", "the same as without a subcommand");
    list->add_flag("--json", o.json, "print JSON");
    CLI::App* clean = subcommand(
        *probes, "clean", "remove probes, instances and processes that killed runs have left");
    clean->callback([&action] { action = probes_clean; });
    probes->callback([&action, &o, clean] {
        if (!clean->parsed()) action = [&o](Terminal& t) { return probes_list(o, t); };
    });
}

void add_doctor(CLI::App& app, DoctorOptions& o, Action& action) {
    CLI::App* c = subcommand(app, "doctor",
                             "say what this machine can do, what is missing, and how to mend it");
    c->add_flag("--json", o.json, "print JSON");
    on_parsed(c, action, o, doctor);
}

void add_man(CLI::App& app, ManOptions& o, Action& action) {
    CLI::App* c = subcommand(app, "man", "print the manual page of kps or of a command");
    c->add_option("command", o.command, "such as `run` or `kernel show`")->type_name("COMMAND");
    c->add_option("-o,--output", o.output, "write the pages of all commands into DIR")
        ->type_name("DIR");
    c->callback([&] { action = [&](Terminal& t) { return man(o, text_of(app), t); }; });
}

void add_completion(CLI::App& app, CompletionOptions& o, Action& action) {
    CLI::App* c = subcommand(app, "completion", "print the script that completes kps in a shell");
    c->add_option("shell", o.shell, "the shell to print it for")
        ->required()
        ->type_name("SHELL")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    on_parsed(c, action, o, completion);
}

struct Options {
    CheckOptions check;
    ListOptions list;
    CompileOptions compile;
    RunOptions run;
    GateOptions gate;
    MergeOptions merge;
    JudgeOptions judge;
    ConvertOptions convert;
    GraphOptions graph;
    FmtOptions fmt;
    ExplainOptions explain;
    KernelOptions kernel;
    ProbesListOptions probes;
    DoctorOptions doctor;
    ManOptions man;
    CompletionOptions completion;
};

struct Command {
    std::string_view name;
    std::function<void()> add;
};

/// In the order of the help.
std::vector<Command> commands(CLI::App& app, Options& o, Action& action) {
    return {{"run", [&] { add_run(app, o.run, action); }},
            {"gate", [&] { add_gate(app, o.gate, action); }},
            {"merge", [&] { add_merge(app, o.merge, action); }},
            {"judge", [&] { add_judge(app, o.judge, action); }},
            {"convert", [&] { add_convert(app, o.convert, action); }},
            {"check", [&] { add_check(app, o.check, action); }},
            {"list", [&] { add_list(app, o.list, action); }},
            {"compile", [&] { add_compile(app, o.compile, action); }},
            {"graph", [&] { add_graph(app, o.graph, action); }},
            {"fmt", [&] { add_fmt(app, o.fmt, action); }},
            {"explain", [&] { add_explain(app, o.explain, action); }},
            {"kernel", [&] { add_kernel(app, o.kernel, action); }},
            {"probes", [&] { add_probes(app, o.probes, action); }},
            {"doctor", [&] { add_doctor(app, o.doctor, action); }},
            {"man", [&] { add_man(app, o.man, action); }},
            {"completion", [&] { add_completion(app, o.completion, action); }}};
}

/// The named command alone, as making the options of all takes a tenth of a short command's time;
/// all of them where they are to be listed: in the help, in completion and by `man`.
void add_commands(const std::vector<Command>& all, std::string_view named) {
    const auto found = std::ranges::find(all, named, &Command::name);
    if (found != all.end() && named != "man") return found->add();
    for (const Command& command : all)
        command.add();
}

} // namespace

int main_with(int argc, char** argv) {
    CLI::App app{description, "kps"};
    app.footer(std::string(kernels) + exit_status + variables);
    app.set_help_flag("-h,--help", "print this help");
    app.set_version_flag("--version", std::string("kps ") + version, "print the version");
    app.require_subcommand(1);
    Options options;
    Action action;
    add_commands(commands(app, options, action), argc > 1 ? argv[1] : "");
    if (argc > 1 && argv[1] == complete_command) {
        Terminal().out(candidates(text_of(app), std::vector<std::string>(argv + 2, argv + argc)));
        return Exit::ok;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? Exit::ok : Exit::wrong_input;
    }
    Terminal terminal;
    return terminal.finish(action(terminal));
}

} // namespace kps::cli
