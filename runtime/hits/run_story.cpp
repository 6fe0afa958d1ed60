#include "runtime/hits/run_story.hpp"

#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <system_error>

namespace kps::hits {

namespace {

std::string_view role_name(collect::CommandRole role) {
    switch (role) {
    case collect::CommandRole::setup: return "setup";
    case collect::CommandRole::background: return "background";
    case collect::CommandRole::run: return "run";
    case collect::CommandRole::cleanup: return "cleanup";
    }
    return {};
}

const std::string* command_text(const collect::Job& job, const collect::CommandEnded& ended) {
    const auto at = [&](const std::vector<std::string>& commands) {
        return ended.index < commands.size() ? &commands[ended.index] : nullptr;
    };
    switch (ended.role) {
    case collect::CommandRole::setup: return at(job.setup);
    case collect::CommandRole::background: return at(job.background);
    case collect::CommandRole::cleanup: return at(job.cleanup);
    case collect::CommandRole::run:
        return ended.index < job.run.size() ? &job.run[ended.index].text : nullptr;
    }
    return nullptr;
}

/// A background command is ended by a signal as a matter of course.
bool has_failed(const collect::CommandEnded& ended) {
    if (ended.role == collect::CommandRole::background) return ended.exit_status > 0;
    return ended.exit_status != 0;
}

} // namespace

void RunStory::take(const collect::Message& message) {
    if (message.job != job_.id) return;
    std::visit(
        [this](const auto& body) {
            if constexpr (requires { tell(body); }) tell(body);
        },
        message.body);
}

void RunStory::tell(const collect::Mark& mark) {
    if (mark.phase == collect::Phase::probes_live) trace.live_ns = mark.time_ns;
    if (mark.phase == collect::Phase::workload_started && mark.tid != 0) roots_.push_back(mark.tid);
    trace.end_ns = std::max(trace.end_ns, mark.time_ns);
    if (mark.phase == collect::Phase::drained) drained_ = true;
}

void RunStory::tell(const collect::ToldUntil& told) {
    trace.end_ns = std::max(trace.end_ns, told.time_ns);
}

void RunStory::tell(const collect::CommandEnded& ended) {
    const std::string* text = command_text(job_, ended);
    if (ended.role == collect::CommandRole::run) {
        runs_[ended.index] = {text ? *text : std::string{},
                              ended.exit_status,
                              ended.signal,
                              ended.timed_out,
                              ended.duration_ns,
                              ended.output};
        return;
    }
    if (!has_failed(ended)) return;
    const std::string how = ended.timed_out ? "took too long"
                            : ended.signal != 0
                                ? fmt::format("was ended by signal {}", ended.signal)
                                : fmt::format("exited {}", ended.exit_status);
    trace.failed_setup.push_back(fmt::format("{} `{}` {}{}{}", role_name(ended.role),
                                             text ? *text : std::string{}, how,
                                             ended.output.empty() ? "" : ":\n", ended.output));
}

void RunStory::tell(const collect::Refused& refused) {
    const bool known = refused.index < job_.define.size();
    trace.cut_short = fmt::format("the kernel refused `{}`{}{}",
                                  known ? job_.define[refused.index].line : std::string{},
                                  refused.error_log.empty() ? "" : ":\n", refused.error_log);
}

void RunStory::tell(const collect::Rejected& rejected) {
    if (rejected.error == 0) {
        trace.cut_short = rejected.log;
        return;
    }
    const std::string what = rejected.program.empty()
                                 ? std::string("the BPF object")
                                 : fmt::format("the BPF program `{}`", rejected.program);
    trace.cut_short = fmt::format("the kernel rejected {}: {}{}{}", what,
                                  std::system_category().message(rejected.error),
                                  rejected.log.empty() ? "" : ":\n", rejected.log);
}

void RunStory::tell(const collect::Trouble& trouble) {
    if (!trace.cut_short) trace.cut_short = trouble.message;
}

void RunStory::tell(const collect::Done& done) {
    done_ = true;
    if (!done.complete && !trace.cut_short) trace.cut_short = "the collector could not go on";
}

void RunStory::end(std::uint64_t last_ns) {
    if (!done_ && !trace.cut_short) trace.cut_short = "the collector stopped without a word";
    if (!drained_) trace.end_ns = std::max(trace.end_ns, last_ns);
}

std::size_t RunStory::add_loss(Loss loss) {
    trace.losses.push_back(std::move(loss));
    return trace.losses.size() - 1;
}

void RunStory::name_symbols(const Addresses& addresses) {
    trace.symbols = name_addresses(addresses, kallsyms_);
}

/// Before `live_ns` not every probe was live, after `end_ns` some were gone.
Trace RunStory::finish() && {
    std::erase_if(trace.losses, [&](const Loss& loss) {
        return loss.end_ns < trace.live_ns || loss.begin_ns > trace.end_ns;
    });
    for (Loss& loss : trace.losses)
        loss.begin_ns = std::max(loss.begin_ns, trace.live_ns);
    for (auto& [index, run] : runs_)
        trace.runs.push_back(std::move(run));
    return std::move(trace);
}

} // namespace kps::hits
