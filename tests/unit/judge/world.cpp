#include "world.hpp"

#include <algorithm>
#include <stdexcept>

namespace kps::judge {

namespace {

using sema::Builtin;
using sema::Display;
using sema::TypeKind;
using sema::ValueType;

constexpr ValueType number{};
constexpr ValueType text{.kind = TypeKind::string, .display = Display::text};
constexpr ValueType short_text{.kind = TypeKind::string, .count = 64, .display = Display::text};
constexpr ValueType nanoseconds{.display = Display::duration};

std::vector<sema::StreamField> builtins(bool has_duration) {
    std::vector<sema::StreamField> fields = {
        {"time", nanoseconds, Builtin::time}, {"cpu", {.size = 4}, Builtin::cpu},
        {"tid", {.size = 4}, Builtin::tid},   {"pid", {.size = 4}, Builtin::pid},
        {"comm", short_text, Builtin::comm},  {"func", text, Builtin::func},
    };
    if (has_duration) fields.push_back({"duration", nanoseconds, Builtin::duration});
    return fields;
}

} // namespace

World::World() {
    const auto probe = [&](std::string name, std::string symbol, sema::PointKind kind,
                           std::vector<sema::Field> fields) {
        sema::Probe added;
        added.name = std::move(name);
        added.kind = kind;
        added.symbol = std::move(symbol);
        added.fields = std::move(fields);
        test.probes.push_back(spec.probes.add(std::move(added)));
    };
    const ValueType error{.is_signed = true, .display = Display::errno_code};
    probe("open.enter", "do_sys_openat2", sema::PointKind::entry,
          {{"path", short_text, {}, {}}, {"flags", {.size = 4, .display = Display::hex}, {}, {}}});
    probe("open.exit", "do_sys_openat2", sema::PointKind::function_return,
          {{"ret", error, {}, {}}});
    probe("tick", "tick_handler", sema::PointKind::entry,
          {{"value", {.size = 4, .is_signed = true}, {}, {}}, {"id", number, {}, {}}});
    enter = add_stream("open.enter", sema::HitStream{{enter_probe}}, {enter_probe}, false);
    exit = add_stream("open.exit", sema::HitStream{{exit_probe}}, {exit_probe}, false);
    open = add_stream("open", sema::CallStream{enter_probe, exit_probe}, {enter_probe, exit_probe},
                      true);
    tick = add_stream("tick", sema::HitStream{{tick_probe}}, {tick_probe}, false);
    const auto from = use(tick, {compare(tick, "value", sema::BinaryOp::equal, 1)});
    const auto to = use(tick, {compare(tick, "value", sema::BinaryOp::equal, 2)});
    wait = add_stream("wait", sema::SpanStream{from, to, {field(tick, "id")}, {field(tick, "id")}},
                      {tick_probe, tick_probe}, true);
    test.name = "test";
    test.scope = sema::HitScope::system;
    trace.live_ns = 0;
    trace.end_ns = 1'000'000;
}

sema::StreamId World::add_stream(std::string name, decltype(sema::Stream::node) node,
                                 const std::vector<sema::ProbeId>& sides, bool has_duration) {
    sema::Stream stream{std::move(name), std::move(node), builtins(has_duration), std::nullopt, {}};
    for (std::uint8_t side = 0; side < sides.size(); ++side) {
        const auto& fields = spec.probes[sides[side]].fields;
        for (std::uint32_t i = 0; i < fields.size(); ++i)
            stream.fields.push_back(
                {fields[i].name, fields[i].type, sema::StreamField::OfProbe{side, i}});
    }
    return spec.streams.add(std::move(stream));
}

std::uint32_t World::field(sema::StreamId stream, const std::string& name) const {
    const auto& fields = spec.streams[stream].fields;
    for (std::uint32_t i = 0; i < fields.size(); ++i)
        if (fields[i].name == name) return i;
    throw std::invalid_argument(name);
}

sema::ExprId World::compare(sema::StreamId stream, const std::string& name, sema::BinaryOp op,
                            std::int64_t value) {
    const std::uint32_t index = field(stream, name);
    const ValueType type = spec.streams[stream].fields[index].type;
    const auto left = spec.exprs.add({sema::FieldRef{index}, type, {}});
    const auto right = spec.exprs.add({sema::Constant{bits(value), true}, {.is_signed = true}, {}});
    return spec.exprs.add({sema::Binary{op, left, right}, {.display = Display::boolean}, {}});
}

sema::ExprId World::is_path(sema::StreamId stream, std::string path) {
    const auto left = spec.exprs.add({sema::FieldRef{field(stream, "path")}, text, {}});
    const auto right = spec.exprs.add({sema::StringConstant{std::move(path)}, text, {}});
    return spec.exprs.add(
        {sema::Binary{sema::BinaryOp::equal, left, right}, {.display = Display::boolean}, {}});
}

sema::StreamUse World::use(sema::StreamId stream, std::vector<sema::ExprId> where) const {
    return {stream, std::move(where), spec.streams[stream].name, {}};
}

std::span<const hits::Value> keep(hits::Trace& trace, std::vector<hits::Value> values) {
    for (hits::Value& value : values)
        if (auto* const string = std::get_if<std::string_view>(&value))
            *string = trace.storage->keep(*string);
    const std::span<hits::Value> kept = trace.storage->make<hits::Value>(values.size());
    std::ranges::copy(values, kept.begin());
    return kept;
}

World& World::hit(sema::ProbeId probe, std::uint64_t time, std::uint32_t tid, std::uint32_t cpu,
                  std::vector<hits::Value> fields) {
    trace.hits.push_back({probe, time, cpu, tid, tid, "cat", keep(trace, std::move(fields))});
    return *this;
}

World& World::entered(std::uint64_t time, std::uint32_t tid, hits::Value path) {
    return hit(enter_probe, time, tid, 0, {std::move(path), 0UL});
}

World& World::returned(std::uint64_t time, std::uint32_t tid, std::int64_t ret) {
    return hit(exit_probe, time, tid, 0, {bits(ret)});
}

World& World::ticked(std::uint64_t time, std::uint32_t tid, hits::Value value, hits::Value id,
                     std::uint32_t cpu) {
    return hit(tick_probe, time, tid, cpu, {std::move(value), std::move(id)});
}

World& World::lost(std::uint64_t count, std::optional<sema::ProbeId> probe, std::uint64_t begin,
                   std::uint64_t end) {
    trace.losses.push_back(
        {probe, std::nullopt, begin, end, count, "ring buffer overrun on cpu 0"});
    return *this;
}

TestResult World::run() {
    return kps::judge::judge(spec, test, trace);
}

} // namespace kps::judge
