#include "runtime/judge/judge.hpp"

#include "compiler/base/counted.hpp"
#include "compiler/base/overloaded.hpp"
#include "runtime/judge/baseline.hpp"
#include "runtime/judge/context.hpp"
#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/parts.hpp"
#include "runtime/judge/proven.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <span>
#include <tuple>

namespace kps::judge {

namespace {

class TestJudge {
public:
    /// `proven`: null if nothing is known before.
    TestJudge(const sema::ResolvedSpec& spec, const sema::Test& test, const hits::Trace& trace,
              const Proven* proven)
        : spec_(spec), test_(test), trace_(trace), proven_(proven), seen_(spec, test, trace),
          streams_(seen_) {}

    TestResult operator()() {
        for (std::size_t i = 0; i < test_.runs.size(); ++i)
            result_.findings.push_back(judge_run(test_, i, trace_));
        for (std::size_t i = 0; i < test_.witnesses.size(); ++i) {
            const sema::StreamUse& witness = test_.witnesses[i];
            Finding finding =
                proven_ != nullptr
                    ? proven_->witnesses.at(i)
                    : judge_witness(seen_, streams_, {plan::Subject::Kind::witness, i}, witness);
            finding.text = fmt::format("witness {}", witness.text);
            finding.span = witness.span;
            add(std::move(finding), {witness.stream});
        }
        for (std::size_t i = 0; i < test_.expectations.size(); ++i)
            judge(i, test_.expectations[i]);
        for (std::size_t i = 0; i < test_.shows.size(); ++i)
            show({plan::Subject::Kind::show, i}, test_.shows[i]);
        remark_on_probes();
        remark_on_losses();
        conclude();
        return std::move(result_);
    }

private:
    Finding form(plan::Subject subject, const sema::Expectation& expectation) {
        return std::visit(
            Overloaded{
                [&](const sema::ExpectExists& e) {
                    return judge_exists(seen_, streams_, subject, e);
                },
                [&](const sema::ExpectCount& e) {
                    return judge_count(seen_, streams_, subject, e);
                },
                [&](const sema::ExpectEvery& e) {
                    return judge_every(seen_, streams_, subject, e);
                },
                [&](const sema::ExpectThen& e) { return judge_then(seen_, streams_, e); },
                [&](const sema::ExpectOnlyAfter& e) {
                    return judge_only_after(seen_, streams_, e);
                },
                [&](const sema::ExpectPaired& e) { return judge_paired(seen_, streams_, e); },
                [&](const sema::ExpectDuring& e) { return judge_during(seen_, streams_, e); },
                [&](const sema::ExpectNoOverlap& e) {
                    return judge_no_overlap(seen_, streams_, e);
                },
                [&](const sema::ExpectFollows& e) { return judge_follows(seen_, streams_, e); },
                [&](const sema::ExpectDistinct& e) { return judge_distinct(seen_, streams_, e); },
                [&](const sema::ExpectNoGap& e) { return judge_no_gap(seen_, streams_, e); },
                [&](const sema::ExpectAggregate& e) {
                    return judge_aggregate(seen_, streams_, subject, e);
                },
            },
            expectation.node);
    }

    Finding found(plan::Subject subject, const sema::Expectation& expectation) {
        const auto judge_form = [&] {
            Finding finding = form(subject, expectation);
            if (expectation.allow_tainted > 0) allow_tainted(finding, expectation.allow_tainted);
            return finding;
        };
        if (!expectation.scope) return judge_form();
        for (const sema::StreamUse* use : sema::uses_of(expectation))
            streams_.occurrences(use->stream); // of the whole run
        return judge_in_parts(seen_, streams_, *expectation.scope, judge_form);
    }

    void judge(std::size_t index, const sema::Expectation& expectation) {
        Finding finding = proven_ != nullptr
                              ? proven_->expectations.at(index)
                              : found({plan::Subject::Kind::expectation, index}, expectation);
        if (finding.verdict == Verdict::fail)
            finding.context = context_of(seen_, streams_, expectation, finding);
        finding.text = expectation.text;
        finding.span = expectation.span;
        const sema::Comparison* comparison = sema::comparison_of(expectation);
        if (comparison != nullptr && comparison->of_baseline)
            set_without_baseline(finding, *comparison);
        if (expectation.known_failure) apply_known_failure(finding, *expectation.known_failure);
        std::vector<sema::StreamId> about;
        for (const sema::StreamUse* use : sema::uses_of(expectation))
            about.push_back(use->stream);
        add(std::move(finding), about);
    }

    void show(plan::Subject subject, const sema::Show& show) {
        result_.shows.push_back(take_show(seen_, streams_, subject, show));
        result_.shows.back().text = show.text;
        result_.shows.back().span = show.span;
    }

    static void apply_known_failure(Finding& finding, const std::string& why) {
        if (finding.verdict == Verdict::fail) {
            finding.verdict = Verdict::xfail;
            finding.remarks.push_back(fmt::format("known failure: {}", why));
        } else if (finding.verdict == Verdict::pass) {
            finding.verdict = Verdict::xpass;
            finding.reason = fmt::format("holds, though it is a known failure: {}", why);
        }
    }

    void add(Finding finding, const std::vector<sema::StreamId>& about) {
        std::vector<sema::StreamId> told;
        for (sema::StreamId stream : about) {
            if (std::ranges::find(told, stream) != told.end()) continue;
            told.push_back(stream);
            remark_on_stream(finding, stream);
        }
        result_.findings.push_back(std::move(finding));
    }

    Streams::Unjudged unjudged_of(sema::StreamId stream) {
        if (proven_ == nullptr) return streams_.unjudged(stream);
        const auto of_calls = proven_->unjudged.find(stream);
        return of_calls != proven_->unjudged.end() ? of_calls->second : Streams::Unjudged{};
    }

    void remark_on_stream(Finding& finding, sema::StreamId stream) {
        const Streams::Unjudged unjudged = unjudged_of(stream);
        const auto& [name, node] = std::tie(spec_.streams[stream].name, spec_.streams[stream].node);
        const char* noun = std::holds_alternative<sema::SpanStream>(node) ? "span" : "call";
        if (unjudged.orphans > 0)
            finding.remarks.push_back(fmt::format("{}: {} without an entry, in flight when the "
                                                  "probes went live; not judged",
                                                  name, counted(unjudged.orphans, "return")));
        if (unjudged.open > 0)
            finding.remarks.push_back(fmt::format("{}: {} still open at the end; not judged", name,
                                                  counted(unjudged.open, noun)));
        const Losses losses = seen_.losses_of(stream);
        if (losses.any() && finding.reason.find(losses.text()) == std::string::npos)
            finding.remarks.push_back(fmt::format("{}: {}", name, losses.text()));
    }

    void remark(std::string text) {
        auto& remarks = result_.remarks;
        if (std::ranges::find(remarks, text) == remarks.end()) remarks.push_back(std::move(text));
    }

    /// One remark for all functions that it holds for.
    void remark_on_probes() {
        std::map<std::string, std::set<std::string>> functions;
        for (sema::ProbeId id : test_.probes) {
            const sema::Probe& probe = spec_.probes[id];
            if (!probe.chosen.empty())
                remark(fmt::format("{} is {}", name_of_call(probe.name), probe.chosen));
            for (const std::string& text : probe.remarks)
                functions[text].insert(probe.symbol);
        }
        for (const auto& [text, names] : functions)
            remark(fmt::format("{}: {}", fmt::join(names, ", "), text));
    }

    /// Both probes of a call have the same alternatives.
    static std::string_view name_of_call(std::string_view probe) {
        for (std::string_view side : {".enter", ".exit"})
            if (probe.ends_with(side)) probe.remove_suffix(side.size());
        return probe;
    }

    void remark_on_losses() {
        const Losses losses(seen_.losses(), test_.probes);
        if (losses.any()) remark(losses.text());
    }

    void conclude() {
        std::vector<Verdict> verdicts;
        for (const Finding& finding : result_.findings)
            verdicts.push_back(finding.verdict);
        if (!trace_.failed_setup.empty()) {
            verdicts.push_back(Verdict::error);
            result_.reason = trace_.failed_setup.front();
        }
        result_.verdict = combine(verdicts);
        if (result_.verdict == Verdict::pass) note_that_nothing_was_judged();
    }

    /// That the commands ended well is not what the test is about.
    void note_that_nothing_was_judged() {
        const auto expectations = std::span(result_.findings).subspan(test_.runs.size());
        const auto is_skipped = [](const Finding& f) { return f.verdict == Verdict::skip; };
        if (expectations.empty() || !std::ranges::all_of(expectations, is_skipped)) return;
        result_.verdict = Verdict::skip;
        result_.reason = expectations.front().reason;
    }

    const sema::ResolvedSpec& spec_;
    const sema::Test& test_;
    const hits::Trace& trace_;
    const Proven* proven_;
    Observation seen_;
    Streams streams_;
    TestResult result_;
};

TestResult named(TestResult result, const sema::Test& test) {
    result.name = test.name;
    result.span = test.span;
    return result;
}

} // namespace

TestResult judge(const sema::ResolvedSpec& spec, const sema::Test& test, const hits::Trace& trace) {
    TestResult result;
    if (test.skip) {
        result.verdict = Verdict::skip;
        result.reason = test.skip->reason;
    } else {
        result = TestJudge(spec, test, trace, nullptr)();
    }
    return named(std::move(result), test);
}

TestResult judge(const sema::ResolvedSpec& spec, const sema::Test& test, const hits::Trace& trace,
                 const Proven& proven) {
    return named(TestJudge(spec, test, trace, &proven)(), test);
}

} // namespace kps::judge
