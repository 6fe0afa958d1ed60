#pragma once

#include "runtime/cli/terminal.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// One function per subcommand; each returns the exit status of the process. Its options are plain
/// data, so that the command line is described in one place (command_line.cpp).
namespace kps::cli {

struct CheckOptions {
    std::vector<std::string> specs;
    std::string kernel; ///< empty: only what does not depend on a kernel is checked
    std::vector<std::string> library;
    std::string format = "text"; ///< or `json`
};
int check(const CheckOptions& options, Terminal& terminal);

struct ListOptions {
    std::vector<std::string> specs;
    std::vector<std::string> library;
    bool json = false;
};
int list_tests(const ListOptions& options, Terminal& terminal);

struct CompileOptions {
    std::string spec;
    std::string kernel = "running";
    std::vector<std::string> library;
    std::string backend = "tracefs"; ///< or `bpf`
    std::string emit; ///< `ast`, `resolved`, `plan`, `kprobe_events`, `llvm-ir`, `object`; empty:
                      ///< what the backend makes
    std::string
        test; ///< bpf: the object of one test, which sums up what it can; empty: of all probes
    std::string output; ///< empty: standard output
    bool no_pushdown = false;
    bool portable = false; ///< bpf: leave alternatives open, for any kernel
};
int compile(const CompileOptions& options, Terminal& terminal);

struct RunOptions {
    std::vector<std::string> specs;
    std::string kernel = "running";
    std::vector<std::string> library;
    std::vector<std::string> reports; ///< `FORMAT` or `FORMAT=FILE`; `text`, `json`, `junit`, `tap`
    std::vector<std::string> add;     ///< `FILE` or `FILE:DEST`, put into the machine
    std::string append;               ///< parameters for the kernel in the machine
    std::vector<std::string> only;    ///< names of tests; empty: all
    std::vector<std::string> tags;    ///< only tests with one of them; empty: all
    std::string backend = "auto";     ///< or `bpf`, `tracefs`
    std::string object;               ///< BPF object that was compiled for any kernel; may be empty
    std::string record;               ///< the recording to write; empty: none
    std::uint32_t memory_mib = 1024;
    std::uint32_t cpus = 2;
    std::uint32_t limit_s = 120; ///< of one test and of the boot
    bool no_pushdown = false;    ///< BPF: judge everything in user space
    bool keep_hits = false;      ///< the same, but for tests whose scope is the system
    bool no_skip = false;
    bool fail_fast = false;
    bool verbose = false; ///< text: what held too, and all that was shown
    bool console = false; ///< show the guest's console as it comes
};
int run(const RunOptions& options, Terminal& terminal);

struct GateOptions {
    /// Kernels, each with parameters behind a space if there are any; then specs.
    std::vector<std::string> operands;
    RunOptions run; ///< of each machine: library, backend, add, only, tags, memory, cpus, limit
    std::vector<std::string> reports; ///< as of `RunOptions`; `markdown`, `sarif`, `html` too
    std::string waivers;              ///< file; empty: none
    std::string shard;                ///< `2/4`; empty: what the environment says
    std::uint32_t jobs = 0;           ///< machines at once; 0: one for each CPU
    std::uint32_t repeat = 0;         ///< 0: 5 times where there is a baseline, else once
    double tolerance = 5;             ///< percent
    bool static_only = false;
};
int gate(const GateOptions& options, Terminal& terminal);

struct MergeOptions {
    std::vector<std::string> files; ///< JSON reports of shards
    std::vector<std::string> reports;
    std::string waivers;
};
int merge(const MergeOptions& options, Terminal& terminal);

struct JudgeOptions {
    std::vector<std::string> specs;
    std::vector<std::string> hits; ///< recordings
    std::string kernel;            ///< empty: what the recordings hold of theirs
    std::vector<std::string> library;
    std::vector<std::string> maps;    ///< `EVENT=PROBE`
    std::vector<std::string> reports; ///< as of `RunOptions`
    std::vector<std::string> only;    ///< names of tests; empty: all
    std::vector<std::string> tags;    ///< only tests with one of them; empty: all
    bool no_skip = false;
    bool verbose = false; ///< as of `RunOptions`
};
int judge_recordings(const JudgeOptions& options, Terminal& terminal);

struct ConvertOptions {
    std::string file;
    std::string to;     ///< `jsonl` or `perfetto`
    std::string output; ///< empty: standard output
};
int convert(const ConvertOptions& options, Terminal& terminal);

struct GraphOptions {
    std::string of; ///< `imports`, `machines` or `tests`
    std::string spec;
    std::vector<std::string> library;
};
int graph(const GraphOptions& options, Terminal& terminal);

struct FmtOptions {
    std::vector<std::string> files; ///< `-`: standard input to standard output
    bool check = false;
};
int format_files(const FmtOptions& options, Terminal& terminal);

struct ExplainOptions {
    std::string code; ///< `KPS0401` or `401`; empty: list all
};
int explain(const ExplainOptions& options, Terminal& terminal);

struct KernelShowOptions {
    std::string kernel = "running";
    bool symbols = false;
};
int kernel_show(const KernelShowOptions& options, Terminal& terminal);

struct KernelSnapshotOptions {
    std::string kernel = "running";
    std::string output;
};
int kernel_snapshot(const KernelSnapshotOptions& options, Terminal& terminal);

struct KernelFetchOptions {
    std::vector<std::string> kernels;
};
int kernel_fetch(const KernelFetchOptions& options, Terminal& terminal);

int kernel_list(Terminal& terminal);

struct KernelDiffOptions {
    std::string old_kernel;
    std::string new_kernel;
    std::vector<std::string> specs; ///< only what they depend on; empty: everything
    std::vector<std::string> library;
    bool all = false; ///< list every change also without specs
    bool json = false;
};
int kernel_diff(const KernelDiffOptions& options, Terminal& terminal);

struct ProbesListOptions {
    bool json = false;
};
int probes_list(const ProbesListOptions& options, Terminal& terminal);
int probes_clean(Terminal& terminal);

struct DoctorOptions {
    bool json = false;
};
int doctor(const DoctorOptions& options, Terminal& terminal);

} // namespace kps::cli
