#include "compiler/plan/kernel_work.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace kps::plan {

namespace {

std::string text_of(const Subject& subject, const sema::Test& test) {
    switch (subject.kind) {
    case Subject::Kind::expectation: return test.expectations.at(subject.index).text;
    case Subject::Kind::witness: return "witness " + test.witnesses.at(subject.index).text;
    case Subject::Kind::show: return test.shows.at(subject.index).text;
    }
    std::unreachable();
}

Evidence evidence_of(const sema::ExpectAggregate& expect) {
    if (expect.function == sema::Aggregate::min) return Evidence::lowest;
    if (expect.function == sema::Aggregate::max) return Evidence::highest;
    switch (expect.comparison.op) {
    case sema::CompareOp::less:
    case sema::CompareOp::less_equal: return Evidence::highest;
    case sema::CompareOp::greater:
    case sema::CompareOp::greater_equal: return Evidence::lowest;
    case sema::CompareOp::equal:
    case sema::CompareOp::not_equal:
    case sema::CompareOp::in: return Evidence::farthest;
    }
    std::unreachable();
}

std::string_view spell(Form form) {
    switch (form) {
    case Form::hits: return "counted";
    case Form::every: return "checked and counted";
    case Form::values: return "summed up";
    case Form::histogram: return "counted by powers of two";
    }
    std::unreachable();
}

std::string spell(Evidence evidence) {
    switch (evidence) {
    case Evidence::none: return {};
    case Evidence::members: return fmt::format("the first {}", max_evidence);
    case Evidence::violating: return fmt::format("the first {} that violate it", max_evidence);
    case Evidence::lowest: return "each lower than all before";
    case Evidence::highest: return "each higher than all before";
    case Evidence::farthest: return "each farther off than all before";
    }
    std::unreachable();
}

std::string describe(const sema::ResolvedSpec& spec, const Tally& tally) {
    std::string text{spell(tally.form)};
    const sema::Stream& stream = spec.streams[tally.use.stream];
    for (std::size_t i = 0; i < tally.key.size(); ++i)
        text += fmt::format("{}{}", i == 0 ? " by " : ", ", stream.fields.at(tally.key[i]).name);
    const std::string crosses = spell(tally.evidence);
    return crosses.empty() ? text : fmt::format("{}; {} cross", text, crosses);
}

} // namespace

Tally tally_of(Subject subject, const sema::ExpectExists& expect) {
    return {.subject = subject,
            .use = expect.use,
            .evidence = expect.some ? Evidence::none : Evidence::members};
}

Tally tally_of(Subject subject, const sema::ExpectCount& expect) {
    return {
        .subject = subject, .use = expect.use, .key = expect.key, .evidence = Evidence::members};
}

Tally tally_of(Subject subject, const sema::ExpectEvery& expect) {
    return {.subject = subject,
            .form = Form::every,
            .use = expect.use,
            .condition = expect.condition,
            .evidence = Evidence::violating};
}

Tally tally_of(Subject subject, const sema::ExpectAggregate& expect) {
    return {.subject = subject,
            .form = Form::values,
            .use = expect.use,
            .field = expect.field,
            .key = expect.key,
            .evidence = evidence_of(expect),
            .centre = expect.comparison.value};
}

Tally tally_of(Subject subject, const sema::StreamUse& witness) {
    return {.subject = subject, .use = witness};
}

Tally tally_of(Subject subject, const sema::ShowHistogram& show) {
    return {.subject = subject,
            .form = Form::histogram,
            .use = show.use,
            .field = show.field,
            .key = show.key};
}

Tally tally_of(Subject subject, const sema::ShowTop& show) {
    return {.subject = subject, .use = show.use, .key = show.key};
}

std::uint32_t words_of(Form form) {
    switch (form) {
    case Form::hits: return 2;
    case Form::every: return 4;
    case Form::values: return 8;
    case Form::histogram: return 3 + histogram_buckets;
    }
    std::unreachable();
}

SumsLayout sums_layout(const KernelWork& work) {
    SumsLayout layout;
    for (std::size_t i = 0; i < work.calls.size(); ++i) {
        layout.calls.push_back(layout.words);
        layout.words += call_words;
    }
    for (const Tally& tally : work.tallies) {
        layout.tallies.push_back(layout.words);
        layout.words += words_of(tally.form);
    }
    return layout;
}

std::string dump(const sema::ResolvedSpec& spec, const sema::Test& test, const KernelWork& work) {
    std::string out = fmt::format("test \"{}\"\n", test.name);
    const auto is_off = [](const Sent& sent) { return sent.why == pushdown_off; };
    if (!work.sent.empty() && std::ranges::all_of(work.sent, is_off))
        return out + fmt::format("  in user space: everything\n    {}\n", pushdown_off);
    for (const Tally& tally : work.tallies)
        out += fmt::format("  in the kernel: {}\n    {}\n", text_of(tally.subject, test),
                           describe(spec, tally));
    for (const sema::StreamId call : work.calls)
        out +=
            fmt::format("  in the kernel: the calls of {} are paired\n", spec.streams[call].name);
    for (auto first = work.sent.begin(); first != work.sent.end();) {
        const auto next = std::find_if(first, work.sent.end(), [&](const Sent& sent) {
            return sent.subject != first->subject;
        });
        out +=
            fmt::format("  in user space: {}\n    {}\n", text_of(first->subject, test), first->why);
        for (; first != next; ++first)
            out += fmt::format("    crosses: {}\n", first->use.text);
    }
    return out;
}

} // namespace kps::plan
