#include "small_cases.hpp"

#include <algorithm>
#include <iterator>

namespace kps::cases {

using completions::unit_ns;
using judge::World;
using reference::Condition;
using reference::Form;
using reference::StreamName;
using reference::Use;
using Kind = Form::Kind;

namespace {

using Fields = std::vector<std::string>;

Fields without(Fields fields, const Fields& taken) {
    std::erase_if(fields, [&](const std::string& field) {
        return std::ranges::find(taken, field) != taken.end();
    });
    return fields;
}

Fields numbers_of(StreamName stream) {
    switch (stream) {
    case StreamName::enter: return {"flags"};
    case StreamName::exit: return {"ret"};
    case StreamName::open: return {"flags", "ret"};
    case StreamName::tick: return {"value", "id"};
    case StreamName::wait: return {"id"};
    }
    return {};
}

Condition small_condition(Choices& c, const std::string& field) {
    using enum sema::BinaryOp;
    return {field, c.one_of<sema::BinaryOp>({equal, not_equal, less, greater}),
            1 + static_cast<std::int64_t>(c.below(2))};
}

Use small_use(Choices& c, StreamName stream, const Fields& taken) {
    Use use{stream, {}};
    const Fields fields = without(numbers_of(stream), taken);
    if (!fields.empty() && c.one_in(2)) use.where = {small_condition(c, c.one_of(fields))};
    return use;
}

StreamName any_of_hits(Choices& c) {
    return c.one_of<StreamName>({StreamName::tick, StreamName::enter, StreamName::exit});
}

void choose_measured(Choices& c, Form& form) {
    const StreamName stream = any_of_hits(c);
    const Fields numbers = numbers_of(stream);
    form.field = c.one_of(numbers);
    const Fields keys = without(stream == StreamName::tick    ? Fields{"tid", "id"}
                                : stream == StreamName::enter ? Fields{"tid", "path"}
                                                              : Fields{"tid"},
                                {form.field});
    const bool has_key =
        form.kind != Kind::some && form.kind != Kind::no && form.kind != Kind::every && c.one_in(2);
    if (has_key) form.key = {c.one_of(keys)};
    Fields taken = form.key;
    if (form.kind >= Kind::every) taken.push_back(form.field);
    form.uses = {small_use(c, stream, taken)};
    form.condition = small_condition(c, form.field);
}

/// From the first state by ticks of value 1, from the second by those of 2.
void choose_machine(Choices& c, Form& form) {
    const auto tick = [](std::int64_t value) {
        return Use{StreamName::tick, {{"value", sema::BinaryOp::equal, value}}};
    };
    form.machine = {{tick(1), tick(2)}, {{0, 1, 0}, {1, 0, 1}}, {true, c.one_in(2)}};
    if (c.one_in(3)) form.machine.edges.push_back({1, 1, 0});
}

void choose_order(Choices& c, Form& form) {
    const bool by_id = c.one_in(2);
    const Fields key = {by_id ? "id" : "tid"};
    const auto hits = [&] { return small_use(c, by_id ? StreamName::tick : any_of_hits(c), key); };
    const auto span = [&] {
        return small_use(c, by_id || c.one_in(2) ? StreamName::wait : StreamName::open, key);
    };
    const bool lasts = form.kind == Kind::during_some || form.kind == Kind::during_no;
    if (form.kind != Kind::no_gap) form.key = key;
    form.uses = {form.kind == Kind::no_overlap ? span() : hits()};
    if (lasts) form.uses.push_back(span());
    const bool of_two =
        form.kind == Kind::then || form.kind == Kind::only_after || form.kind == Kind::paired;
    if (of_two) form.uses.push_back(hits());
    if (form.kind == Kind::then && c.one_in(4)) form.uses.push_back(hits());
    if (form.kind == Kind::follows) {
        form.uses = {Use{StreamName::tick, {}}};
        choose_machine(c, form);
    }
    if (form.kind == Kind::no_gap || c.one_in(2)) form.within = unit_ns * (1 + c.below(2));
}

} // namespace

Form small_form(Choices& c, Kind kind) {
    using enum sema::CompareOp;
    Form form;
    form.kind = kind;
    form.comparison.op =
        c.one_of<sema::CompareOp>({equal, not_equal, less, less_equal, greater, greater_equal, in});
    form.comparison.value = static_cast<std::int64_t>(c.below(4));
    form.comparison.high = form.comparison.value + static_cast<std::int64_t>(c.below(2));
    form.if_any = c.one_in(2);
    form.aggregate = c.one_of<sema::Aggregate>(
        {sema::Aggregate::min, sema::Aggregate::max, sema::Aggregate::mean, sema::Aggregate::sum});
    if (kind < Kind::then)
        choose_measured(c, form);
    else
        choose_order(c, form);
    return form;
}

sema::HitScope small_scope(Choices& c, const Form& form) {
    const bool of_returns =
        std::ranges::find(form.uses, StreamName::exit, &Use::stream) != form.uses.end();
    return of_returns || c.one_in(3) ? sema::HitScope::system : sema::HitScope::workload;
}

namespace {

std::vector<std::uint32_t> probes_of(const Form& form) {
    std::vector<std::uint32_t> probes;
    for (const Use& use : form.uses)
        std::ranges::copy(reference::probes_of(use.stream), std::back_inserter(probes));
    return probes;
}

hits::Hit small_hit(Choices& c, hits::Trace& trace, std::uint32_t probe, std::uint64_t time) {
    const auto number = [&](const std::vector<std::int64_t>& values) {
        return judge::bits(c.one_of(values));
    };
    hits::Hit hit;
    hit.probe = {probe};
    hit.time_ns = time;
    hit.cpu = static_cast<std::uint32_t>(c.below(2));
    hit.tid = 1 + static_cast<std::uint32_t>(c.below(2));
    hit.pid = hit.tid;
    hit.comm = "cat";
    if (hit.probe == World::enter_probe)
        hit.fields =
            judge::keep(trace, {c.one_of<std::string_view>({"a", "b"}), number({0, 1, 2})});
    else if (hit.probe == World::exit_probe)
        hit.fields = judge::keep(trace, {number({0, 1, 3})});
    else
        hit.fields = judge::keep(trace, {number({1, 2, 3}), number({0, 1})});
    return hit;
}

} // namespace

hits::Trace small_trace(Choices& c, const Form& form, sema::HitScope scope) {
    hits::Trace trace;
    const std::vector<std::uint32_t> probes = probes_of(form);
    std::uint64_t time = unit_ns;
    const std::size_t count = c.below(5);
    for (std::size_t i = 0; i < count; ++i) {
        trace.hits.push_back(small_hit(c, trace, c.one_of(probes), time));
        time += c.one_of<std::uint64_t>({unit_ns, unit_ns / 4, 2 * unit_ns});
    }
    trace.end_ns = time + c.below(2) * unit_ns;
    if (scope == sema::HitScope::workload) drop_orphans(trace);
    const std::size_t losses = 1 + c.below(2);
    for (std::size_t i = 0; i < losses; ++i) {
        hits::Loss loss;
        if (!c.one_in(6)) loss.probe = sema::ProbeId{c.one_of(probes)};
        loss.begin_ns = c.below(trace.end_ns / unit_ns + 1) * unit_ns;
        loss.end_ns = loss.begin_ns + c.below(3) * unit_ns;
        if (c.one_in(4)) loss = {loss.probe, {}, 0, UINT64_MAX, 0, {}};
        loss.count = losses == 2 ? 1 : 1 + c.below(2);
        loss.cause = "lost";
        trace.losses.push_back(loss);
    }
    return trace;
}

} // namespace kps::cases
