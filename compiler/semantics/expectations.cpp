#include "compiler/semantics/tests.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"

#include <algorithm>

namespace kps::sema {

namespace {

constexpr std::int64_t most_keys_shown = 1000;

} // namespace

void TestResolver::expectation(const syntax::Expectation& expectation, const Place& place) {
    ++expectations_;
    const Span span = expectation.span;
    Lowered node =
        std::visit(Overloaded{
                       [&](const syntax::ExpectExists& e) { return exists(e, place); },
                       [&](const syntax::ExpectCount& e) { return count(e, place, span); },
                       [&](const syntax::ExpectEvery& e) { return every(e, place); },
                       [&](const syntax::ExpectThen& e) { return then(e, place); },
                       [&](const syntax::ExpectOnlyAfter& e) { return only_after(e, place); },
                       [&](const syntax::ExpectPaired& e) { return paired(e, place); },
                       [&](const syntax::ExpectNoOverlap& e) { return no_overlap(e, place); },
                       [&](const syntax::ExpectNoGap& e) { return no_gap(e, place); },
                       [&](const syntax::ExpectFollows& e) { return follows(e, place); },
                       [&](const syntax::ExpectAggregate& e) { return aggregate(e, place, span); },
                   },
                   expectation.node);
    const auto scope = scope_of(expectation.scope ? &*expectation.scope : nullptr, place);
    const auto allowed = allowed_taint(expectation, place);
    if (!node || !scope || !allowed) return;
    Expectation lowered{std::move(*node), context_.words(span), span, std::nullopt, *scope,
                        *allowed};
    if (!fits_baseline(lowered) || !place.live) return;
    if (place.known_failure != nullptr) lowered.known_failure = place.known_failure->value;
    test_.expectations.push_back(std::move(lowered));
}

std::optional<std::uint32_t> TestResolver::allowed_taint(const syntax::Expectation& expectation,
                                                         const Place& place) {
    if (!expectation.allow_tainted) return 0;
    const auto* exists = std::get_if<syntax::ExpectExists>(&expectation.node);
    const bool has_slices =
        std::visit(Overloaded{
                       [](const syntax::ExpectThen&) { return true; },
                       [](const syntax::ExpectOnlyAfter&) { return true; },
                       [](const syntax::ExpectPaired&) { return true; },
                       [](const syntax::ExpectNoOverlap&) { return true; },
                       [](const syntax::ExpectFollows&) { return true; },
                       [&](const auto&) { return exists != nullptr && exists->during; },
                   },
                   expectation.node);
    if (!has_slices) {
        context_.sink.report(diag::nothing_to_taint, expectation.span);
        return std::nullopt;
    }
    const auto percent = expressions_.integer(constants(place), *expectation.allow_tainted,
                                              "the share of tainted slices", 1, 99);
    if (!percent) return std::nullopt;
    return static_cast<std::uint32_t>(*percent);
}

TestResolver::Lowered TestResolver::exists(const syntax::ExpectExists& expect, const Place& place) {
    if (expect.during) return during(expect, place);
    const Use found = use(expect.stream, expect.stream.name.parts.size(), place);
    if (expect.by)
        context_.sink.report(diag::needless_key, expect.by->span, expect.some ? "some" : "no");
    if (!found.use) return std::nullopt;
    return ExpectExists{expect.some, *found.use};
}

TestResolver::Lowered TestResolver::every(const syntax::ExpectEvery& expect, const Place& place) {
    const Use found = use(expect.stream, expect.stream.name.parts.size(), place);
    if (found.info == nullptr) return std::nullopt;
    std::vector<AlwaysTrue> always;
    const Value condition =
        expressions_.condition({file_, found.info, place.live}, expect.condition, always);
    if (condition.known() && condition.truth == true && !always.empty()) {
        context_.sink.report(diag::cannot_fail, condition.span, always.front().why);
    } else {
        for (const AlwaysTrue& part : always)
            context_.sink.report(diag::always_true, part.span, part.why);
    }
    if (!found.use || !condition.known()) return std::nullopt;
    return ExpectEvery{*found.use, expect.if_any, condition.expr};
}

TestResolver::Lowered TestResolver::count(const syntax::ExpectCount& expect, const Place& place,
                                          Span span) {
    const Use found = use(expect.stream, expect.stream.name.parts.size(), place);
    const FieldInfo hits{"count", integer_type(8, true), {0, INT64_MAX}, true};
    const auto bounds = comparison(expect.comparison, hits, constants(place), span);
    if (found.info == nullptr) return std::nullopt;
    const auto key = streams_.key(expect.by, *found.info, false);
    if (!found.use || !bounds || !key) return std::nullopt;
    return ExpectCount{*found.use, *bounds, *key};
}

namespace {

std::optional<Aggregate> aggregate_named(std::string_view name) {
    constexpr std::pair<std::string_view, Aggregate> all[] = {
        {"min", Aggregate::min}, {"max", Aggregate::max},     {"mean", Aggregate::mean},
        {"sum", Aggregate::sum}, {"p50", Aggregate::p50},     {"p90", Aggregate::p90},
        {"p99", Aggregate::p99}, {"p99.9", Aggregate::p99_9}, {"stddev", Aggregate::stddev}};
    const auto found = std::ranges::find(all, name, [](const auto& entry) { return entry.first; });
    return found != std::end(all) ? std::optional(found->second) : std::nullopt;
}

} // namespace

std::optional<TestResolver::Measured> TestResolver::measured(std::string_view function,
                                                             const syntax::Stream& stream,
                                                             const Place& place) {
    const std::vector<syntax::Name>& path = stream.name.parts;
    if (path.size() < 2) {
        context_.sink.report(diag::aggregate_without_field, stream.span, function)
            .help(fmt::format("write `{}({}.FIELD)`", function, path[0].text));
        return std::nullopt;
    }
    const Use found = use(stream, path.size() - 1, place);
    if (found.info == nullptr || found.info->fields.empty()) return std::nullopt;
    const syntax::Name& name = path.back();
    const std::vector<std::uint32_t> fields = found.info->find(name.text);
    if (fields.size() != 1) {
        if (fields.empty())
            context_.sink.report(diag::unknown_field, name.span, found.info->name, name.text)
                .did_you_mean(nearest_names(name.text, found.info->field_names()));
        else
            context_.sink.report(diag::field_of_both_sides, name.span, found.info->name, name.text);
        return std::nullopt;
    }
    const FieldInfo& field = found.info->fields[fields[0]];
    const bool is_number = field.type.kind == TypeKind::integer &&
                           field.type.display != Display::port &&
                           field.type.display != Display::ipv4;
    if (field.known && !is_number && function != "distinct") {
        context_.sink.report(diag::not_a_number, name.span, function, name.text,
                             describe(field.type, context_.out));
        return std::nullopt;
    }
    return Measured{found, fields[0]};
}

TestResolver::Lowered TestResolver::aggregate(const syntax::ExpectAggregate& expect,
                                              const Place& place, Span span) {
    if (expect.function.text == "rate") return rate(expect, place, span);
    const auto subject = measured(expect.function.text, expect.stream, place);
    if (!subject) return std::nullopt;
    const Use& found = subject->use;
    if (expect.function.text == "distinct") return distinct(expect, *subject, place, span);
    FieldInfo field = found.info->fields[subject->field];
    const Aggregate function = aggregate_named(expect.function.text).value_or(Aggregate::min);
    if (function == Aggregate::sum) field.range = range_of_bits(64, field.type.is_signed);
    if (function == Aggregate::stddev) {
        field.name = "stddev";
        field.range = {0, (field.range.high - field.range.low + 1) / 2};
    }
    const auto bounds = comparison(expect.comparison, field, constants(place), span);
    const auto key = streams_.key(expect.by, *found.info, false);
    if (!found.use || !bounds || !key) return std::nullopt;
    return ExpectAggregate{function, *found.use, subject->field, *bounds, *key};
}

TestResolver::Lowered TestResolver::rate(const syntax::ExpectAggregate& expect, const Place& place,
                                         Span span) {
    const Use found = use(expect.stream, expect.stream.name.parts.size(), place);
    const FieldInfo hits{"rate", integer_type(8, true), {0, INT64_MAX}, true};
    const auto bounds = comparison(expect.comparison, hits, constants(place), span);
    if (found.info == nullptr) return std::nullopt;
    const auto key = streams_.key(expect.by, *found.info, false);
    if (!found.use || !bounds || !key) return std::nullopt;
    return ExpectCount{*found.use, *bounds, *key, true};
}

TestResolver::Lowered TestResolver::distinct(const syntax::ExpectAggregate& expect,
                                             const Measured& subject, const Place& place,
                                             Span span) {
    FieldInfo number{"distinct", integer_type(8, true), {0, INT64_MAX}, true};
    const FieldInfo& field = subject.use.info->fields[subject.field];
    if (field.known && field.type.kind == TypeKind::integer)
        number.range.high = std::min(number.range.high, field.range.high - field.range.low + 1);
    const auto bounds = comparison(expect.comparison, number, constants(place), span);
    const auto key = streams_.key(expect.by, *subject.use.info, false);
    if (!subject.use.use || !bounds || !key) return std::nullopt;
    return ExpectDistinct{*subject.use.use, subject.field, *bounds, *key};
}

// ---------------------------------------------------------------- what is only shown

void TestResolver::show(const syntax::ShowStatement& show, const Place& place, Span span) {
    std::optional<decltype(Show::node)> node;
    switch (show.kind) {
    case syntax::ShowKind::stream: {
        const Use found = use(show.stream, show.stream.name.parts.size(), place);
        if (found.use) node = ShowHits{*found.use};
        break;
    }
    case syntax::ShowKind::hist: node = histogram(show, place); break;
    case syntax::ShowKind::top: node = top(show, place); break;
    }
    if (node && place.live) test_.shows.push_back({std::move(*node), context_.words(span), span});
}

std::optional<ShowHistogram> TestResolver::histogram(const syntax::ShowStatement& show,
                                                     const Place& place) {
    const auto subject = measured("hist", show.stream, place);
    if (!subject) return std::nullopt;
    const auto key = streams_.key(show.by, *subject->use.info, false);
    if (!subject->use.use || !key) return std::nullopt;
    return ShowHistogram{*subject->use.use, subject->field, *key};
}

std::optional<ShowTop> TestResolver::top(const syntax::ShowStatement& show, const Place& place) {
    const auto most =
        expressions_.integer(constants(place), *show.top, "the number of keys", 1, most_keys_shown);
    const Use found = use(show.stream, show.stream.name.parts.size(), place);
    if (found.info == nullptr) return std::nullopt;
    const auto key = streams_.key(show.by, *found.info, false);
    if (!most || !found.use || !key) return std::nullopt;
    return ShowTop{static_cast<std::uint32_t>(*most), *found.use, *key};
}

} // namespace kps::sema
