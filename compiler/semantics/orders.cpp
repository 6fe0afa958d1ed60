#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/tests.hpp"

#include <utility>

/// Expectations about which hits come before, after or within which.
namespace kps::sema {

std::optional<std::vector<KeyedUse>>
TestResolver::keyed(const std::vector<const syntax::Stream*>& streams,
                    const std::optional<syntax::Key>& by, const Place& place,
                    std::string_view lasting) {
    std::vector<KeyedUse> lowered;
    bool good = true;
    const StreamInfo* first = nullptr;
    for (const syntax::Stream* stream : streams) {
        const Use found = use(*stream, stream->name.parts.size(), place);
        good = good && found.use;
        if (found.info == nullptr) continue;
        const auto key = streams_.key(by, *found.info, true);
        good = good && key;
        if (by && first != nullptr) good &= streams_.keys_agree(*by, *first, *found.info);
        if (first == nullptr) first = found.info;
        if (found.use && key) lowered.push_back({*found.use, *key});
        const bool is_hit = found.info->kind == StreamInfo::Kind::hit;
        if (lasting.empty() || stream != streams.back() || !is_hit) continue;
        context_.sink.report(diag::not_a_span, stream->name.span, found.info->name, lasting);
        good = false;
    }
    return good ? std::optional(std::move(lowered)) : std::nullopt;
}

TestResolver::Lowered TestResolver::then(const syntax::ExpectThen& expect, const Place& place) {
    std::vector<const syntax::Stream*> streams;
    for (const syntax::Stream& step : expect.steps)
        streams.push_back(&step);
    const auto steps = keyed(streams, expect.by, place);
    const auto within = limit(expect.within, place);
    if (!steps || !within) return std::nullopt;
    ExpectThen lowered{{}, {}, *within};
    for (const KeyedUse& step : *steps) {
        lowered.steps.push_back(step.use);
        lowered.keys.push_back(step.key);
    }
    return lowered;
}

std::optional<std::optional<std::uint64_t>>
TestResolver::limit(const std::optional<syntax::ExprId>& within, const Place& place) {
    if (!within) return std::optional<std::uint64_t>{};
    const auto duration = expressions_.duration(constants(place), *within);
    if (!duration) return std::nullopt;
    return duration;
}

TestResolver::Lowered TestResolver::only_after(const syntax::ExpectOnlyAfter& expect,
                                               const Place& place) {
    const auto uses = keyed({&expect.stream, &expect.earlier}, expect.by, place);
    const auto within = limit(expect.within, place);
    if (!uses || !within) return std::nullopt;
    return ExpectOnlyAfter{uses->at(0), uses->at(1), *within};
}

TestResolver::Lowered TestResolver::paired(const syntax::ExpectPaired& expect, const Place& place) {
    const auto uses = keyed({&expect.opener, &expect.closer}, expect.by, place);
    if (!uses) return std::nullopt;
    return ExpectPaired{uses->at(0), uses->at(1)};
}

TestResolver::Lowered TestResolver::during(const syntax::ExpectExists& expect, const Place& place) {
    const auto uses = keyed({&expect.stream, &*expect.during}, expect.by, place, "during");
    if (!uses) return std::nullopt;
    return ExpectDuring{expect.some, uses->at(0), uses->at(1)};
}

TestResolver::Lowered TestResolver::no_overlap(const syntax::ExpectNoOverlap& expect,
                                               const Place& place) {
    const auto uses = keyed({&expect.span}, expect.by, place, "no overlap");
    if (!uses) return std::nullopt;
    return ExpectNoOverlap{uses->at(0)};
}

TestResolver::Lowered TestResolver::no_gap(const syntax::ExpectNoGap& expect, const Place& place) {
    const Use found = use(expect.stream, expect.stream.name.parts.size(), place);
    const auto over = expressions_.duration(constants(place), expect.over);
    if (!found.use || !over) return std::nullopt;
    return ExpectNoGap{*found.use, *over};
}

TestResolver::Lowered TestResolver::follows(const syntax::ExpectFollows& expect,
                                            const Place& place) {
    const Use found = use(expect.stream, expect.stream.name.parts.size(), place);
    const MachineInfo* machine = machines_.find(file_, expect.machine, place.live);
    if (machine == nullptr) return std::nullopt;
    for (const StreamInfo* stream : machine->streams)
        needs({stream, std::nullopt}, place, expect.machine.span);
    if (found.info == nullptr) return std::nullopt;
    const auto key = streams_.key(*machine->by, *found.info, true);
    const bool agree = !*machine->by || machine->streams.empty() ||
                       streams_.keys_agree(**machine->by, *machine->streams.front(), *found.info);
    if (!found.use || !key || !agree || !machine->machine) return std::nullopt;
    return ExpectFollows{{*found.use, *key}, *machine->machine};
}

std::optional<std::optional<Scope>> TestResolver::scope_of(const syntax::ScopeClause* clause,
                                                           const Place& place) {
    if (clause == nullptr) return std::optional<Scope>{};
    const auto kind = [&] {
        switch (clause->kind) {
        case syntax::ScopeKind::after: return Scope::Kind::after;
        case syntax::ScopeKind::before: return Scope::Kind::before;
        case syntax::ScopeKind::between: return Scope::Kind::between;
        case syntax::ScopeKind::after_until: return Scope::Kind::after_until;
        }
        std::unreachable();
    };
    const auto lowered = [&](const syntax::Stream& stream) {
        return use(stream, stream.name.parts.size(), place).use;
    };
    const auto first = lowered(clause->first);
    const auto second = clause->second ? lowered(*clause->second) : std::nullopt;
    if (!first || second.has_value() != clause->second.has_value()) return std::nullopt;
    return Scope{kind(), *first, second};
}

std::vector<const StreamUse*> uses_of(const Expectation& expectation) {
    using Uses = std::vector<const StreamUse*>;
    Uses uses = std::visit(
        Overloaded{
            [](const ExpectThen& e) {
                Uses found;
                for (const StreamUse& step : e.steps)
                    found.push_back(&step);
                return found;
            },
            [](const ExpectOnlyAfter& e) { return Uses{&e.subject.use, &e.earlier.use}; },
            [](const ExpectPaired& e) { return Uses{&e.opener.use, &e.closer.use}; },
            [](const ExpectDuring& e) { return Uses{&e.subject.use, &e.span.use}; },
            [](const ExpectNoOverlap& e) { return Uses{&e.span.use}; },
            [](const ExpectFollows& e) {
                Uses found{&e.subject.use};
                for (const KeyedUse& event : e.machine.events)
                    found.push_back(&event.use);
                return found;
            },
            [](const auto& e) { return Uses{&e.use}; },
        },
        expectation.node);
    if (!expectation.scope) return uses;
    uses.push_back(&expectation.scope->first);
    if (expectation.scope->second) uses.push_back(&*expectation.scope->second);
    return uses;
}

} // namespace kps::sema
