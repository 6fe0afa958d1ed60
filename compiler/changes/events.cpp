#include "compiler/changes/parts.hpp"
#include "compiler/changes/side_by_side.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <tuple>

namespace kps::changes {

using kernel::EventField;
using kernel::TraceEvent;

namespace {

std::string name_of(const TraceEvent& event) {
    return fmt::format("{}:{}", event.group, event.name);
}

auto key_of(const TraceEvent& event) {
    return std::tie(event.group, event.name);
}

std::string spell(const EventField& field) {
    const std::size_t bounds = field.type.find('[');
    if (bounds == std::string::npos) return fmt::format("{} {}", field.type, field.name);
    return fmt::format("{} {}{}", field.type.substr(0, bounds), field.name,
                       field.type.substr(bounds));
}

std::string spell_fields(const TraceEvent& event) {
    std::string text;
    for (const EventField& field : event.fields)
        text += fmt::format("{}{}", text.empty() ? "" : "; ", spell(field));
    return text;
}

/// What differs between the fields of an event, without their offsets.
struct FieldsChange {
    Severity severity = Severity::harmless;
    std::vector<std::string> details;

    void add(Severity of_it, std::string detail) {
        severity = std::min(severity, of_it);
        details.push_back(std::move(detail));
    }
};

const EventField* find(const TraceEvent& event, const std::string& name) {
    const auto at = std::ranges::find(event.fields, name, &EventField::name);
    return at == event.fields.end() ? nullptr : &*at;
}

/// Of an array, where `char` has another sign since v6.2, it says nothing.
bool is_signed(const EventField& field) {
    return field.is_signed && !field.type.ends_with(']');
}

FieldsChange compare(const TraceEvent& was, const TraceEvent& now) {
    FieldsChange change;
    for (const EventField& field : was.fields) {
        const EventField* const other = find(now, field.name);
        if (other == nullptr) {
            change.add(Severity::error, fmt::format("removed `{}`", spell(field)));
        } else if (field.type != other->type || field.size != other->size ||
                   is_signed(field) != is_signed(*other)) {
            const bool alike = field.size == other->size && is_signed(field) == is_signed(*other);
            change.add(alike ? Severity::harmless : Severity::silent_wrong_data,
                       fmt::format("`{}` is `{}`", spell(field), spell(*other)));
        }
    }
    for (const EventField& field : now.fields)
        if (find(was, field.name) == nullptr)
            change.add(Severity::harmless, fmt::format("added `{}`", spell(field)));
    return change;
}

std::vector<const TraceEvent*> in_order(const std::vector<TraceEvent>& events) {
    std::vector<const TraceEvent*> order;
    for (const TraceEvent& event : events)
        order.push_back(&event);
    std::ranges::sort(order, [](auto* a, auto* b) { return key_of(*a) < key_of(*b); });
    return order;
}

class EventDiff {
public:
    explicit EventDiff(const Used* used) : used_(used) {}

    void visit(const TraceEvent* was, const TraceEvent* now) {
        const std::string name = name_of(was != nullptr ? *was : *now);
        if (used_ != nullptr && (was == nullptr || !used_->events.contains(name))) return;
        if (was == nullptr) {
            add(Kind::tracepoint_added, Severity::harmless, name).new_side = spell_fields(*now);
        } else if (now == nullptr) {
            add(Kind::tracepoint_removed, Severity::error, name).old_side = spell_fields(*was);
        } else if (FieldsChange fields = compare(*was, *now); !fields.details.empty()) {
            Change& change = add(Kind::tracepoint_fields, fields.severity, name);
            change.old_side = spell_fields(*was);
            change.new_side = spell_fields(*now);
            change.details = std::move(fields.details);
        }
    }

    std::vector<Change> done() && { return std::move(changes_); }

private:
    Change& add(Kind kind, Severity severity, const std::string& name) {
        Change& change = changes_.emplace_back();
        change.kind = kind;
        change.severity = severity;
        change.name = name;
        return change;
    }

    const Used* used_;
    std::vector<Change> changes_;
};

} // namespace

std::vector<Change> diff_events(const Sides& sides) {
    if (sides.used != nullptr && sides.used->events.empty()) return {};
    const auto old_events = in_order(sides.old_kernel.events());
    const auto new_events = in_order(sides.new_kernel.events());
    if (old_events.empty() || new_events.empty()) return {}; // not known
    EventDiff diff(sides.used);
    using Item = const TraceEvent* const*;
    side_by_side(
        old_events, new_events, [](const TraceEvent* event) { return key_of(*event); },
        [&](Item was, Item now) {
            diff.visit(was == nullptr ? nullptr : *was, now == nullptr ? nullptr : *now);
        });
    return std::move(diff).done();
}

} // namespace kps::changes
