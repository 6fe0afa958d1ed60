#include "runtime/hits/record.hpp"

#include <algorithm>

namespace kps::hits {

namespace {

constexpr std::size_t record_alignment = 4; // RB_ALIGNMENT, include/linux/ring_buffer.h
constexpr std::size_t most_undecided = 8;
constexpr std::string_view fault_text = "(fault)";

std::uint64_t extended(std::uint64_t bits, std::uint8_t size, bool is_signed) {
    return sema::integer_of(bits, size, is_signed).bits;
}

Value limited(std::string_view text, const sema::ValueType& type) {
    if (type.count != 0) text = text.substr(0, type.count);
    return std::string(text);
}

} // namespace

Result<RecordDecoder> RecordDecoder::make(const plan::Plan& plan, sema::ProbeId probe,
                                          const EventLayout& layout) {
    RecordDecoder decoder(plan, probe);
    for (const EventField& field : layout.fields)
        decoder.fixed_end_ =
            std::max<std::size_t>(decoder.fixed_end_, std::size_t{field.offset} + field.size);
    for (const plan::Fetch& fetch : decoder.probe_.fetches) {
        const std::string wrong = decoder.add_slot(fetch, layout);
        if (!wrong.empty())
            return fail("the kernel's event `" + decoder.probe_.event + "` " + wrong);
    }
    decoder.texts_.resize(decoder.slots_.size());
    return decoder;
}

/// What is wrong, or nothing.
std::string RecordDecoder::add_slot(const plan::Fetch& fetch, const EventLayout& layout) {
    Slot slot;
    slot.fetch = &fetch;
    slot.is_text = std::holds_alternative<plan::StoreString>(fetch.store);
    slot.from_user = !fetch.steps.empty() && fetch.steps.back().user;
    for (const plan::Part& part : fetch.parts) {
        const EventField* field = layout.find(part.name);
        if (!field) return "has no field `" + part.name + "`";
        const std::size_t size =
            slot.is_text ? 4 : std::size_t{part.size} * std::max(part.count, 1U);
        if (field->size != size || field->is_text != slot.is_text)
            return "has a field `" + part.name + "` of another kind than was asked for";
        slot.parts.push_back(*field);
    }
    slots_.push_back(std::move(slot));
    return {};
}

std::vector<Value> RecordDecoder::decode(Bytes record) {
    record_ = record;
    find_texts();
    std::vector<Value> values;
    values.reserve(probe_.fields.size());
    for (const plan::Field& field : probe_.fields)
        values.push_back(value(field));
    return values;
}

void RecordDecoder::find_texts() {
    undecided_.clear();
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
        if (!slots_[i].is_text) continue;
        texts_[i] = find_text(slots_[i]);
        if (texts_[i].state == Text::undecided) undecided_.push_back(i);
    }
    if (!undecided_.empty()) decide_empty_texts();
}

RecordDecoder::Found RecordDecoder::find_text(const Slot& slot) const {
    Found found;
    for (const EventField& part : slot.parts) {
        const auto location = read_integer(record_, part.offset, 4);
        if (!location) return {Text::faulted, {}, 0};
        const std::size_t offset = *location & 0xffff;
        const std::size_t length = *location >> 16;
        if (length > record_.size() || offset > record_.size() - length)
            return {Text::faulted, {}, 0};
        found.length += length;
        if (length == 0 || !found.text.empty()) continue;
        // The bytes of a record are text here; no other object lives there.
        const char* bytes = reinterpret_cast<const char*>(record_.data() + offset);
        found.text = {bytes,
                      static_cast<std::size_t>(std::find(bytes, bytes + length, '\0') - bytes)};
    }
    if (found.length == 0) found.state = slot.from_user ? Text::undecided : Text::faulted;
    if (found.text == fault_text && !slot.fetch->steps.empty()) found.state = Text::faulted;
    return found;
}

/// Tries which of the undecided strings are empty: those add a byte for each copy to the size.
void RecordDecoder::decide_empty_texts() {
    if (undecided_.size() > most_undecided) return;
    std::size_t size = fixed_end_;
    for (std::size_t i = 0; i < slots_.size(); ++i)
        if (slots_[i].is_text) size += texts_[i].length;
    const std::uint32_t all = (1U << undecided_.size()) - 1;
    std::uint32_t sometimes = 0; // empty in a possible reading
    std::uint32_t always = all;
    for (std::uint32_t empty = 0; empty <= all; ++empty) {
        std::size_t total = size;
        for (std::size_t bit = 0; bit < undecided_.size(); ++bit)
            if ((empty >> bit & 1) != 0) total += slots_[undecided_[bit]].parts.size();
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

bool RecordDecoder::readable(std::uint32_t fetch) const {
    const auto good = [&](std::uint32_t text) { return texts_[text].state == Text::good; };
    if (slots_[fetch].is_text) return good(fetch);
    return std::ranges::all_of(slots_[fetch].fetch->guards, good);
}

Operand RecordDecoder::operand(std::uint32_t fetch) const {
    if (!readable(fetch)) return Unreadable{};
    const Slot& slot = slots_[fetch];
    if (slot.is_text) return texts_[fetch].text;
    const auto* store = std::get_if<plan::StoreInteger>(&slot.fetch->store);
    if (!store) return Unreadable{};
    const auto bits = read_integer(record_, slot.parts.front().offset, store->size);
    if (!bits) return Unreadable{};
    return sema::integer_of(*bits, store->size, store->is_signed);
}

Value RecordDecoder::value(const plan::Field& field) const {
    const auto* reference = std::get_if<sema::FieldRef>(&plan_.exprs[field.value].node);
    return reference ? fetched(reference->index, field.type) : computed(field);
}

Value RecordDecoder::fetched(std::uint32_t fetch, const sema::ValueType& type) const {
    if (!readable(fetch)) return Unreadable{};
    const Slot& slot = slots_[fetch];
    if (slot.is_text) return limited(texts_[fetch].text, type);
    const auto* store = std::get_if<plan::StoreInteger>(&slot.fetch->store);
    if (!store) return array(slot, type);
    const auto bits = read_integer(record_, slot.parts.front().offset, store->size);
    if (!bits) return Unreadable{};
    return extended(extended(*bits, store->size, store->is_signed), type.size, type.is_signed);
}

Value RecordDecoder::array(const Slot& slot, const sema::ValueType& type) const {
    const auto* store = std::get_if<plan::StoreArray>(&slot.fetch->store);
    std::string bytes;
    for (const EventField& part : slot.parts)
        for (std::size_t i = 0; i < part.size; ++i) {
            const auto byte = read_integer(record_, part.offset + i, 1);
            if (!byte) return Unreadable{};
            bytes += static_cast<char>(*byte);
        }
    if (type.kind != sema::TypeKind::array) return bytes;
    std::vector<std::uint64_t> elements;
    const auto view = std::as_bytes(std::span(bytes));
    for (std::size_t at = 0; at < bytes.size(); at += store->size)
        elements.push_back(
            extended(read_integer(view, at, store->size).value_or(0), type.size, type.is_signed));
    return elements;
}

Value RecordDecoder::computed(const plan::Field& field) const {
    const Read read = [this](sema::ExprId id) -> Operand {
        const auto* reference = std::get_if<sema::FieldRef>(&plan_.exprs[id].node);
        return reference ? operand(reference->index) : Operand(Unreadable{});
    };
    const Operand result = evaluate(plan_.exprs, field.value, read);
    if (const auto* integer = std::get_if<sema::Integer>(&result))
        return extended(integer->bits, field.type.size, field.type.is_signed);
    if (const auto* text = std::get_if<std::string_view>(&result))
        return limited(*text, field.type);
    return Unreadable{};
}

} // namespace kps::hits
