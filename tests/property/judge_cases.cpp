#include "judge_cases.hpp"

#include <map>
#include <sstream>
#include <utility>

namespace kps::cases {

using judge::World;
using reference::Condition;
using reference::Form;
using reference::StreamName;
using reference::Use;

// ---------------------------------------------------------------- random specs

namespace {

std::vector<std::string> numbers_of(StreamName stream) {
    switch (stream) {
    case StreamName::enter: return {"flags", "tid"};
    case StreamName::exit: return {"ret", "tid"};
    case StreamName::open: return {"flags", "ret", "duration", "tid"};
    case StreamName::tick: return {"value", "id", "tid"};
    case StreamName::wait: return {"value", "id", "duration", "tid"};
    }
    return {};
}

std::vector<std::string> keys_of(StreamName stream) {
    switch (stream) {
    case StreamName::enter: return {"tid", "path"};
    case StreamName::exit: return {"tid", "ret"};
    case StreamName::open: return {"tid", "path", "ret"};
    case StreamName::tick:
    case StreamName::wait: return {"tid", "id"};
    }
    return {};
}

Condition random_condition(Choices& c, StreamName stream) {
    using enum sema::BinaryOp;
    const std::string field = c.one_of(numbers_of(stream));
    const std::int64_t bound = field == "duration" ? c.one_of<std::int64_t>({0, 1'000, 5'000})
                                                   : static_cast<std::int64_t>(c.below(5)) - 1;
    return {field, c.one_of<sema::BinaryOp>({equal, not_equal, less, greater}), bound};
}

Use random_use(Choices& c, const std::vector<StreamName>& streams) {
    Use use{c.one_of(streams), {}};
    while (c.one_in(2))
        use.where.push_back(random_condition(c, use.stream));
    return use;
}

sema::Comparison random_comparison(Choices& c) {
    using enum sema::CompareOp;
    sema::Comparison comparison;
    comparison.op =
        c.one_of<sema::CompareOp>({equal, not_equal, less, less_equal, greater, greater_equal, in});
    comparison.value = static_cast<std::int64_t>(c.below(7)) - 1;
    comparison.high = comparison.value + static_cast<std::int64_t>(c.below(3));
    return comparison;
}

} // namespace

namespace {

using Kind = Form::Kind;

const std::vector<StreamName> all_streams = {StreamName::enter, StreamName::exit, StreamName::open,
                                             StreamName::tick, StreamName::wait};

bool is_order(Kind kind) {
    return kind >= Kind::then;
}

/// Two states, each with edges whose events exclude each other.
Form::Machine random_machine(Choices& c, bool by_id) {
    using enum sema::BinaryOp;
    const auto tick = [](sema::BinaryOp op, std::int64_t bound) {
        return Use{StreamName::tick, {{"value", op, bound}}};
    };
    Form::Machine machine{{tick(equal, 1), tick(equal, 2), tick(greater, 1)}, {}, {}};
    if (!by_id) {
        machine.events.push_back({StreamName::exit, {}});
        machine.events.push_back(
            {StreamName::open, {{"ret", c.one_of<sema::BinaryOp>({less, greater}), 0}}});
    }
    for (int from = 0; from < 2; ++from)
        for (std::size_t event = 0; event < machine.events.size(); ++event)
            if (event != (from == 0 ? 2 : 1) && !c.one_in(3))
                machine.edges.push_back({from, static_cast<int>(c.below(2)), event});
    const std::size_t accepted = c.below(3);
    machine.accepts = {accepted != 1, accepted != 0};
    return machine;
}

/// Streams and key of an order, by `tid` or by the `id` that only ticks have.
void choose_order(Choices& c, Form& form) {
    const bool by_id = c.one_in(2);
    const auto hits = by_id ? std::vector{StreamName::tick, StreamName::wait} : all_streams;
    const auto spans =
        by_id ? std::vector{StreamName::wait} : std::vector{StreamName::open, StreamName::wait};
    const bool lasts = form.kind == Kind::during_some || form.kind == Kind::during_no;
    form.uses = {random_use(c, form.kind == Kind::no_overlap ? spans : hits)};
    if (form.kind == Kind::follows) form.machine = random_machine(c, by_id);
    if (form.kind != Kind::no_overlap && form.kind != Kind::no_gap && form.kind != Kind::follows)
        form.uses.push_back(random_use(c, lasts ? spans : hits));
    if (form.kind == Kind::then && c.one_in(2)) form.uses.push_back(random_use(c, hits));
    form.key = {by_id ? "id" : "tid"};
    if (form.kind == Kind::no_gap || c.one_in(2))
        form.within = c.one_of<std::uint64_t>({0, 1'000, 3'000, 6'000, 12'000});
}

} // namespace

Form random_form(Choices& c) {
    Form form;
    form.kind = static_cast<Kind>(c.below(static_cast<std::size_t>(Kind::no_gap) + 1));
    form.uses = {random_use(c, all_streams)};
    const StreamName stream = form.uses[0].stream;
    form.comparison = random_comparison(c);
    form.condition = random_condition(c, stream);
    form.if_any = c.one_in(2);
    form.aggregate = c.one_of<sema::Aggregate>(
        {sema::Aggregate::min, sema::Aggregate::max, sema::Aggregate::mean, sema::Aggregate::sum,
         sema::Aggregate::p50, sema::Aggregate::p90, sema::Aggregate::stddev});
    form.field = c.one_of(numbers_of(stream));
    if (form.kind == Kind::count && c.one_in(3)) {
        form.per_second = true;
        form.comparison.value *= 100'000;
        form.comparison.high *= 100'000;
    }
    if (form.field == "tid") form.field = numbers_of(stream).front();
    if (is_order(form.kind))
        choose_order(c, form);
    else if (c.one_in(2))
        form.key = {c.one_of(keys_of(stream))};
    using Scope = Form::Scope::Kind;
    if (c.one_in(4))
        form.scope = {
            c.one_of<Scope>({Scope::after, Scope::before, Scope::between, Scope::after_until}),
            random_use(c, all_streams), random_use(c, all_streams)};
    return form;
}

// ---------------------------------------------------------------- random traces

namespace {

hits::Value random_value(Choices& c, const std::vector<std::int64_t>& values) {
    if (c.one_in(10)) return hits::Unreadable{};
    return judge::bits(c.one_of(values));
}

hits::Hit random_hit(Choices& c, hits::Trace& trace, std::uint64_t time) {
    hits::Hit hit;
    hit.probe = {static_cast<std::uint32_t>(c.below(3))};
    hit.time_ns = time;
    hit.cpu = static_cast<std::uint32_t>(c.below(2));
    hit.tid = static_cast<std::uint32_t>(c.below(3));
    hit.pid = hit.tid;
    hit.comm = "cat";
    const hits::Value path = c.one_in(10) ? hits::Value(hits::Unreadable{})
                                          : hits::Value(c.one_of<std::string_view>({"a", "b"}));
    if (hit.probe == World::enter_probe)
        hit.fields = judge::keep(trace, {path, random_value(c, {0, 1, 2})});
    else if (hit.probe == World::exit_probe)
        hit.fields = judge::keep(trace, {random_value(c, {-2, 0, 3})});
    else
        hit.fields =
            judge::keep(trace, {random_value(c, {1, 2, 2, 3}), random_value(c, {0, 0, 1})});
    return hit;
}

} // namespace

hits::Trace random_trace(Choices& c, std::size_t limit) {
    hits::Trace trace;
    std::uint64_t time = 10'000;
    const std::size_t count = c.below(limit);
    for (std::size_t i = 0; i < count; ++i) {
        time += c.one_of<std::uint64_t>({0, 1, 300, 999, 1'000, 2'000, 5'000});
        trace.hits.push_back(random_hit(c, trace, time));
    }
    trace.end_ns = time + c.one_of<std::uint64_t>({0, 1'000, 10'000});
    return trace;
}

void add_random_losses(Choices& c, hits::Trace& trace) {
    std::vector<std::uint64_t> times = {5'000, trace.end_ns};
    for (const hits::Hit& hit : trace.hits) {
        times.push_back(hit.time_ns);
        times.push_back(hit.time_ns - 700);
    }
    while (c.one_in(3)) {
        hits::Loss loss;
        if (c.one_in(2)) loss.probe = sema::ProbeId{static_cast<std::uint32_t>(c.below(3))};
        loss.begin_ns = c.one_of(times);
        loss.end_ns = loss.begin_ns + c.one_of<std::uint64_t>({0, 500, 5'000, 1'000'000});
        loss.count = c.one_of<std::uint64_t>({0, 1, 2, 5, UINT64_MAX});
        loss.cause = "lost";
        trace.losses.push_back(loss);
    }
    if (c.one_in(8)) trace.cut_short = "cut";
}

void drop_orphans(hits::Trace& trace) {
    std::map<std::uint64_t, int> open;
    std::erase_if(trace.hits, [&](const hits::Hit& hit) {
        int& depth = open[std::uint64_t{hit.tid} << 32 | (hit.tid == 0 ? hit.cpu : 0)];
        if (hit.probe == World::enter_probe) ++depth;
        if (hit.probe != World::exit_probe) return false;
        return depth == 0 || depth-- == 0;
    });
}

hits::Trace lose_some(Choices& c, const hits::Trace& full) {
    hits::Trace rest = full;
    const std::size_t count = 1 + c.below(3);
    for (std::size_t i = 0; i < count && !rest.hits.empty(); ++i) {
        const auto at = c.below(rest.hits.size());
        const hits::Hit gone = rest.hits[at];
        rest.hits.erase(rest.hits.begin() + static_cast<std::ptrdiff_t>(at));
        hits::Loss loss;
        if (c.one_in(2)) loss.probe = gone.probe;
        loss.begin_ns = gone.time_ns - c.one_of<std::uint64_t>({0, 10, 5'000});
        loss.end_ns = gone.time_ns + c.one_of<std::uint64_t>({0, 10, 5'000, 1'000'000});
        loss.count = c.one_of<std::uint64_t>({1, 1, 1, 3, UINT64_MAX});
        loss.cause = "dropped";
        rest.losses.push_back(loss);
    }
    return rest;
}

// ---------------------------------------------------------------- judging

namespace {

std::vector<std::uint32_t> key_fields(const World& world, sema::StreamId stream, const Form& form) {
    std::vector<std::uint32_t> fields;
    for (const std::string& name : form.key)
        fields.push_back(world.field(stream, name));
    return fields;
}

} // namespace

sema::StreamUse resolve(World& world, const Use& use) {
    const sema::StreamId streams[] = {world.enter, world.exit, world.open, world.tick, world.wait};
    const sema::StreamId stream = streams[static_cast<std::size_t>(use.stream)];
    std::vector<sema::ExprId> where;
    for (const Condition& condition : use.where)
        where.push_back(world.compare(stream, condition.field, condition.op, condition.bound));
    return world.use(stream, std::move(where));
}

namespace {

sema::KeyedUse keyed(World& world, const Form& form, const Use& named) {
    sema::StreamUse use = resolve(world, named);
    std::vector<std::uint32_t> key = key_fields(world, use.stream, form);
    return {std::move(use), std::move(key)};
}
sema::KeyedUse keyed(World& world, const Form& form, std::size_t which) {
    return keyed(world, form, form.uses[which]);
}

/// Its events are ordered by stream.
sema::Machine resolve_machine(World& world, const Form& form) {
    sema::Machine machine{"machine", {}, 0, form.machine.accepts, {}, {}};
    for (std::size_t state = 0; state < form.machine.accepts.size(); ++state)
        machine.states.push_back("s" + std::to_string(state));
    std::vector<std::uint32_t> place(form.machine.events.size());
    for (const StreamName stream : all_streams)
        for (std::size_t i = 0; i < place.size(); ++i) {
            if (form.machine.events[i].stream != stream) continue;
            place[i] = static_cast<std::uint32_t>(machine.events.size());
            machine.events.push_back(keyed(world, form, form.machine.events[i]));
        }
    for (const auto& edge : form.machine.edges)
        machine.edges.push_back({static_cast<std::uint32_t>(edge.from),
                                 static_cast<std::uint32_t>(edge.to), place[edge.event]});
    return machine;
}

sema::ExpectThen resolve_then(World& world, const Form& form) {
    sema::ExpectThen expect;
    for (std::size_t i = 0; i < form.uses.size(); ++i) {
        auto [use, key] = keyed(world, form, i);
        expect.steps.push_back(std::move(use));
        expect.keys.push_back(std::move(key));
    }
    expect.within_ns = form.within;
    return expect;
}

} // namespace

decltype(sema::Expectation::node) resolve(World& world, const Form& form) {
    const sema::StreamUse use = resolve(world, form.uses[0]);
    const auto key = form.kind < Form::Kind::then ? key_fields(world, use.stream, form)
                                                  : std::vector<std::uint32_t>();
    switch (form.kind) {
    case Form::Kind::some: return sema::ExpectExists{true, use};
    case Form::Kind::no: return sema::ExpectExists{false, use};
    case Form::Kind::count: return sema::ExpectCount{use, form.comparison, key, form.per_second};
    case Form::Kind::every:
        return sema::ExpectEvery{use, form.if_any,
                                 world.compare(use.stream, form.condition.field, form.condition.op,
                                               form.condition.bound)};
    case Form::Kind::aggregate:
        return sema::ExpectAggregate{form.aggregate, use, world.field(use.stream, form.field),
                                     form.comparison, key};
    case Form::Kind::then: return resolve_then(world, form);
    case Form::Kind::distinct:
        return sema::ExpectDistinct{use, world.field(use.stream, form.field), form.comparison, key};
    case Form::Kind::only_after:
        return sema::ExpectOnlyAfter{keyed(world, form, 0), keyed(world, form, 1), form.within};
    case Form::Kind::paired:
        return sema::ExpectPaired{keyed(world, form, 0), keyed(world, form, 1)};
    case Form::Kind::during_some:
    case Form::Kind::during_no:
        return sema::ExpectDuring{form.kind == Form::Kind::during_some, keyed(world, form, 0),
                                  keyed(world, form, 1)};
    case Form::Kind::no_overlap: return sema::ExpectNoOverlap{keyed(world, form, 0)};
    case Form::Kind::follows:
        return sema::ExpectFollows{keyed(world, form, 0), resolve_machine(world, form)};
    case Form::Kind::no_gap: return sema::ExpectNoGap{use, *form.within};
    }
    std::unreachable();
}

sema::Expectation expectation(World& world, const Form& form) {
    sema::Expectation expect{resolve(world, form), "expect it", {}, std::nullopt};
    if (!form.scope) return expect;
    using Kind = Form::Scope::Kind;
    const bool is_one = form.scope->kind == Kind::after || form.scope->kind == Kind::before;
    expect.scope = {static_cast<sema::Scope::Kind>(form.scope->kind),
                    resolve(world, form.scope->first), std::nullopt};
    if (!is_one) expect.scope->second = resolve(world, form.scope->second);
    return expect;
}

// ---------------------------------------------------------------- what a failure shows

namespace {

std::string describe(const Use& use) {
    const char* names[] = {"enter", "exit", "open", "tick", "wait"};
    std::ostringstream out;
    out << names[static_cast<std::size_t>(use.stream)];
    for (const Condition& c : use.where)
        out << " where " << c.field << " op" << static_cast<int>(c.op) << ' ' << c.bound;
    return out.str();
}

} // namespace

std::string describe(const Form& form) {
    const char* kinds[] = {"some",      "no",         "count",      "every",  "aggregate",
                           "distinct",  "then",       "only after", "paired", "some during",
                           "no during", "no overlap", "follows",    "no gap"};
    std::ostringstream out;
    out << kinds[static_cast<std::size_t>(form.kind)];
    for (const Use& use : form.uses)
        out << " [" << describe(use) << ']';
    for (const std::string& key : form.key)
        out << " by " << key;
    for (const auto& edge : form.machine.edges)
        out << ' ' << edge.from << " [" << describe(form.machine.events[edge.event]) << "] => "
            << edge.to;
    for (const bool accepts : form.machine.accepts)
        out << (accepts ? " good" : " bad");
    out << " cmp" << static_cast<int>(form.comparison.op) << ' ' << form.comparison.value << ".."
        << form.comparison.high << " agg" << static_cast<int>(form.aggregate) << ' ' << form.field
        << " cond [" << describe(Use{form.uses[0].stream, {form.condition}}) << ']'
        << (form.if_any ? " if any" : "") << (form.per_second ? " per second" : "");
    if (form.within) out << " within " << *form.within;
    if (form.scope)
        out << " scope" << static_cast<int>(form.scope->kind) << " [" << describe(form.scope->first)
            << "] [" << describe(form.scope->second) << ']';
    return out.str();
}

std::string describe(const hits::Trace& trace) {
    std::ostringstream out;
    for (const hits::Hit& hit : trace.hits) {
        out << "\n  t" << hit.time_ns << " probe" << hit.probe.value << " cpu" << hit.cpu << " tid"
            << hit.tid;
        for (const hits::Value& value : hit.fields) {
            if (const auto* bits = std::get_if<std::uint64_t>(&value))
                out << ' ' << static_cast<std::int64_t>(*bits);
            else if (const auto* text = std::get_if<std::string_view>(&value))
                out << ' ' << *text;
            else
                out << " ?";
        }
    }
    for (const hits::Loss& loss : trace.losses)
        out << "\n  lost " << loss.count << " of "
            << (loss.probe ? std::to_string(loss.probe->value) : "any") << " in " << loss.begin_ns
            << ".." << loss.end_ns;
    out << "\n  end " << trace.end_ns << (trace.cut_short ? " cut short" : "");
    return out.str();
}

} // namespace kps::cases
