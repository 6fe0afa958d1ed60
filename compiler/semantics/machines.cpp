#include "compiler/semantics/machines.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/exclusion.hpp"
#include "compiler/semantics/machine_states.hpp"

#include <algorithm>

namespace kps::sema {

const MachineInfo* Machines::find(std::size_t file, const syntax::Path& path, bool live) {
    const Names::Lookup found = names_.look_up(context_, file, path.parts);
    if (found.reported) return nullptr;
    const syntax::Name& name = path.parts[found.entity != nullptr ? found.parts - 1 : 0];
    if (found.entity == nullptr) {
        std::vector<std::string_view> candidates;
        for (std::string_view other : names_.all(file))
            if (names_.find(file, other)->kind == Entity::Kind::machine)
                candidates.push_back(other);
        context_.sink.report(diag::unknown_machine, name.span, name.text)
            .did_you_mean(nearest_names(name.text, candidates));
        return nullptr;
    }
    if (found.entity->kind != Entity::Kind::machine || found.parts != path.parts.size()) {
        context_.sink.report(diag::not_a_machine, path.span, context_.words(path.span));
        return nullptr;
    }
    return &resolve(*found.entity, live);
}

void Machines::resolve_rest(bool live, bool report_unused) {
    const std::size_t root = context_.spec.files.size() - 1;
    for (std::string_view name : names_.all(root)) {
        const Entity& entity = *names_.find(root, name);
        const bool is_used = used_.contains({entity.file, entity.declaration});
        if (entity.kind != Entity::Kind::machine || is_used) continue;
        resolve(entity, live);
        if (report_unused && !context_.sink.has_errors())
            context_.sink.report(diag::unused_stream, entity.name.span, entity.name.text);
    }
}

const MachineInfo& Machines::resolve(const Entity& entity, bool live) {
    const auto [known, is_new] = machines_.try_emplace({entity.file, entity.declaration, live});
    MachineInfo& info = known->second;
    if (!is_new) return info;
    used_.insert({entity.file, entity.declaration});
    const auto& declared = std::get<syntax::MachineDeclaration>(
        context_.file(entity.file).all_declarations[entity.declaration].node);
    info.by = &declared.by;
    std::optional<Machine> machine = states_of(declared, context_.sink);
    bool good = machine.has_value();
    std::vector<Event> events = events_of(
        entity, declared, machine ? machine->states : std::vector<std::string>(), live, good);
    for (const Event& event : events)
        if (event.info != nullptr) info.streams.push_back(event.info);
    if (machine) good &= !report_ambiguous(events, machine->states);
    for (const Event& event : events)
        good &= event.use.has_value();
    if (!good) return info;
    add_edges(std::move(events), *machine);
    info.machine = std::move(machine);
    return info;
}

std::vector<Machines::Event> Machines::events_of(const Entity& entity,
                                                 const syntax::MachineDeclaration& declared,
                                                 const std::vector<std::string>& states, bool live,
                                                 bool& good) {
    std::vector<Event> events;
    const StreamInfo* first = nullptr;
    const auto index = [&](const syntax::Name& name) {
        return static_cast<std::uint32_t>(std::ranges::find(states, name.text) - states.begin());
    };
    for (const syntax::MachineEdge& edge : declared.edges)
        for (const syntax::Stream& stream : edge.events) {
            const std::vector<syntax::Name>& path = stream.name.parts;
            Event event{&stream, index(edge.from), index(edge.to), nullptr, std::nullopt};
            event.info = streams_.find(entity.file, path, path.size(), live);
            if (event.info != nullptr) {
                auto use = streams_.use(entity.file, stream, *event.info, live);
                const auto key = streams_.key(declared.by, *event.info, true);
                if (use && key) event.use = {std::move(*use), *key};
                if (first != nullptr && declared.by)
                    good &= streams_.keys_agree(*declared.by, *first, *event.info);
                if (first == nullptr) first = event.info;
            }
            events.push_back(std::move(event));
        }
    return events;
}

namespace {

/// The probes whose hits its items begin with.
std::vector<ProbeId> beginnings(const ResolvedSpec& spec, StreamId stream) {
    return std::visit(Overloaded{
                          [](const HitStream& s) { return s.probes; },
                          [](const CallStream& s) { return std::vector{s.enter}; },
                          [&](const SpanStream& s) { return beginnings(spec, s.from.stream); },
                      },
                      spec.streams[stream].node);
}

} // namespace

bool Machines::can_take_the_same(const Event& a, const Event& b) const {
    if (a.info == nullptr || b.info == nullptr) return false;
    const auto& [left, right] = std::tie(a.stream->where, b.stream->where);
    const bool same_stream = a.info == b.info;
    const auto words = [&](const syntax::Stream& stream) { return context_.words(stream.span); };
    if (same_stream && (!left || !right || words(*a.stream) == words(*b.stream))) return true;
    if (!a.use || !b.use) return false;
    if (same_stream) return !exclude_each_other(context_.out, a.use->use.where, b.use->use.where);
    const auto others = beginnings(context_.out, b.use->use.stream);
    return std::ranges::any_of(beginnings(context_.out, a.use->use.stream), [&](ProbeId probe) {
        return std::ranges::find(others, probe) != others.end();
    });
}

bool Machines::report_ambiguous(const std::vector<Event>& events,
                                const std::vector<std::string>& states) {
    bool any = false;
    for (std::size_t i = 0; i < events.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const Event& late = events[i];
            const Event& early = events[j];
            if (late.from != early.from || !can_take_the_same(early, late)) continue;
            any = true;
            context_.sink.report(diag::ambiguous_edges, late.stream->span, states[late.from])
                .note(early.stream->span, "the other is here")
                .help("narrow them by conditions that exclude each other, such as `ret >= 0` and "
                      "`ret < 0`");
            break;
        }
    return any;
}

void Machines::add_edges(std::vector<Event> events, Machine& machine) {
    std::ranges::stable_sort(events, {}, [](const Event& e) { return e.use->use.stream; });
    for (Event& event : events) {
        const auto is_same = [&](const KeyedUse& known) {
            return known.use.stream == event.use->use.stream &&
                   known.use.text == event.use->use.text;
        };
        const auto known = std::ranges::find_if(machine.events, is_same);
        const auto index = static_cast<std::uint32_t>(known - machine.events.begin());
        if (known == machine.events.end()) machine.events.push_back(std::move(*event.use));
        machine.edges.push_back({event.from, event.to, index});
    }
    std::ranges::stable_sort(machine.edges, {}, &Machine::Edge::from);
}

} // namespace kps::sema
