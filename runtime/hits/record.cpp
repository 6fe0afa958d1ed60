#include "runtime/hits/record.hpp"

#include "compiler/base/overloaded.hpp"
#include "runtime/hits/values.hpp"

#include <algorithm>

namespace kps::hits {

namespace {

constexpr std::size_t record_alignment = 4; // RB_ALIGNMENT, include/linux/ring_buffer.h
constexpr std::size_t most_undecided = 8;
constexpr std::string_view fault_text{"(fault)", 8}; // with the NUL

} // namespace

Result<RecordDecoder> RecordDecoder::make(const plan::Plan& plan, sema::ProbeId id,
                                          const EventLayout& layout) {
    const plan::Probe& probe = plan[id];
    RecordDecoder decoder(plan);
    for (const EventField& field : layout.fields)
        decoder.fixed_end_ =
            std::max<std::size_t>(decoder.fixed_end_, std::size_t{field.offset} + field.size);
    for (const plan::Fetch& fetch : probe.fetches) {
        const std::string wrong = decoder.add_slot(fetch, layout);
        if (!wrong.empty()) return fail("the kernel's event `" + probe.event + "` " + wrong);
    }
    decoder.texts_.resize(decoder.slots_.size());
    for (const plan::Field& field : probe.fields) {
        Source source{field.type, field.value, {}};
        if (const auto* fetch = std::get_if<sema::FieldRef>(&plan.exprs[field.value].node))
            source.slot = fetch->index;
        decoder.sources_.push_back(source);
    }
    return decoder;
}

/// What is wrong, or nothing.
std::string RecordDecoder::add_slot(const plan::Fetch& fetch, const EventLayout& layout) {
    Slot slot;
    slot.from_memory = !fetch.steps.empty();
    slot.guards = fetch.guards;
    std::visit(Overloaded{
                   [&](const plan::StoreInteger& store) {
                       slot.size = store.size;
                       slot.is_signed = store.is_signed;
                   },
                   [&](const plan::StoreString&) { slot.kind = Slot::Kind::text; },
                   [&](const plan::StoreArray& store) {
                       slot.kind = Slot::Kind::array;
                       slot.size = store.size;
                   },
               },
               fetch.store);
    const bool is_text = slot.kind == Slot::Kind::text;
    for (const plan::Part& part : fetch.parts) {
        const EventField* field = layout.find(part.name);
        if (!field) return "has no field `" + part.name + "`";
        const std::size_t size = is_text ? 4 : std::size_t{part.size} * std::max(part.count, 1U);
        if (field->size != size || field->is_text != is_text)
            return "has a field `" + part.name + "` of another kind than was asked for";
        const Place place{field->offset, field->size};
        if (&part == &fetch.parts.front())
            slot.first = place;
        else
            slot.rest.push_back(place);
    }
    if (is_text) text_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.push_back(std::move(slot));
    return {};
}

std::span<const Value> RecordDecoder::decode(Bytes record, Storage& storage) {
    record_ = record;
    find_texts();
    const std::span<Value> values = storage.make<Value>(sources_.size());
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        const Source& source = sources_[i];
        values[i] =
            source.slot ? fetched(*source.slot, source.type, storage) : computed(source, storage);
    }
    return values;
}

void RecordDecoder::find_texts() {
    undecided_.clear();
    for (const std::uint32_t slot : text_slots_) {
        texts_[slot] = find_text(slots_[slot]);
        if (texts_[slot].state == Text::undecided) undecided_.push_back(slot);
    }
    if (!undecided_.empty()) decide_empty_texts();
}

RecordDecoder::Found RecordDecoder::find_text(const Slot& slot) const {
    Found found;
    bool inside = add_copy(slot.first, found);
    for (const Place& copy : slot.rest)
        inside = inside && add_copy(copy, found);
    if (!inside) return {Text::faulted, {}, 0};
    if (found.length == 0) found.state = slot.from_memory ? Text::undecided : Text::faulted;
    if (slot.from_memory && found.bytes.starts_with(fault_text)) found.state = Text::faulted;
    return found;
}

/// The first copy that is not empty tells the text. False if it lies outside of the record.
bool RecordDecoder::add_copy(Place copy, Found& found) const {
    const auto location = read_integer(record_, copy.offset, 4);
    if (!location) return false;
    const std::size_t offset = *location & 0xffff;
    const std::size_t length = *location >> 16;
    if (length > record_.size() || offset > record_.size() - length) return false;
    found.length += length;
    if (found.bytes.empty()) found.bytes = text_of(record_.subspan(offset, length));
    return true;
}

/// Tries which of the undecided strings are empty: those add a byte for each copy to the size.
void RecordDecoder::decide_empty_texts() {
    if (undecided_.size() > most_undecided) return;
    std::size_t size = fixed_end_;
    for (const std::uint32_t slot : text_slots_)
        size += texts_[slot].length;
    const std::uint32_t all = (1U << undecided_.size()) - 1;
    std::uint32_t sometimes = 0; // empty in a possible reading
    std::uint32_t always = all;
    for (std::uint32_t empty = 0; empty <= all; ++empty) {
        std::size_t total = size;
        for (std::size_t bit = 0; bit < undecided_.size(); ++bit)
            if ((empty >> bit & 1) != 0) total += 1 + slots_[undecided_[bit]].rest.size();
        const bool fits = total <= record_.size() && record_.size() - total < record_alignment;
        if (!fits) continue;
        sometimes |= empty;
        always &= empty;
    }
    for (std::size_t bit = 0; bit < undecided_.size(); ++bit) {
        Text& state = texts_[undecided_[bit]].state;
        if ((always >> bit & sometimes >> bit & 1) != 0)
            state = Text::good;
        else if ((sometimes >> bit & 1) == 0)
            state = Text::faulted;
    }
}

bool RecordDecoder::readable(std::uint32_t slot) const {
    const auto good = [&](std::uint32_t text) { return texts_[text].state == Text::good; };
    if (slots_[slot].kind == Slot::Kind::text) return good(slot);
    return std::ranges::all_of(slots_[slot].guards, good);
}

std::string_view RecordDecoder::text(std::uint32_t slot) const {
    const std::string_view bytes = texts_[slot].bytes;
    return bytes.substr(0, bytes.find('\0'));
}

std::optional<std::uint64_t> RecordDecoder::integer(const Slot& slot) const {
    const auto bits = read_integer(record_, slot.first.offset, slot.size);
    if (!bits) return std::nullopt;
    return extended(*bits, slot.size, slot.is_signed);
}

Operand RecordDecoder::operand(std::uint32_t index) const {
    if (!readable(index)) return Unreadable{};
    const Slot& slot = slots_[index];
    if (slot.kind == Slot::Kind::text) return text(index);
    if (slot.kind == Slot::Kind::array) return Unreadable{};
    const auto bits = integer(slot);
    if (!bits) return Unreadable{};
    return sema::integer_of(*bits, slot.size, slot.is_signed);
}

Value RecordDecoder::fetched(std::uint32_t index, const sema::ValueType& type,
                             Storage& storage) const {
    if (!readable(index)) return Unreadable{};
    const Slot& slot = slots_[index];
    if (slot.kind == Slot::Kind::text) return limited(text(index), type, storage);
    if (slot.kind == Slot::Kind::array) return array(slot, type, storage);
    const auto bits = integer(slot);
    if (!bits) return Unreadable{};
    return extended(*bits, type.size, type.is_signed);
}

Value RecordDecoder::array(const Slot& slot, const sema::ValueType& type, Storage& storage) const {
    std::string bytes;
    const auto append = [&](Place part) {
        if (part.offset > record_.size() || record_.size() - part.offset < part.size) return false;
        bytes += text_of(record_.subspan(part.offset, part.size));
        return true;
    };
    if (!append(slot.first) || !std::ranges::all_of(slot.rest, append)) return Unreadable{};
    if (type.kind != sema::TypeKind::array) return storage.keep(bytes);
    const std::span<std::uint64_t> elements = storage.make<std::uint64_t>(bytes.size() / slot.size);
    const auto view = std::as_bytes(std::span(bytes));
    for (std::size_t i = 0; i < elements.size(); ++i)
        elements[i] = extended(read_integer(view, i * slot.size, slot.size).value_or(0), type.size,
                               type.is_signed);
    return Elements(elements);
}

Value RecordDecoder::computed(const Source& source, Storage& storage) const {
    const Read read = [this](sema::ExprId id) -> Operand {
        const auto* reference = std::get_if<sema::FieldRef>(&plan_.exprs[id].node);
        return reference ? operand(reference->index) : Operand(Unreadable{});
    };
    const Operand result = evaluate(plan_.exprs, source.computed, read);
    if (const auto* integer = std::get_if<sema::Integer>(&result))
        return extended(integer->bits, source.type.size, source.type.is_signed);
    if (const auto* text = std::get_if<std::string_view>(&result))
        return limited(*text, source.type, storage);
    return Unreadable{};
}

} // namespace kps::hits
