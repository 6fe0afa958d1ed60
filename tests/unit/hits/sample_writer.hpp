#pragma once

#include "compiler/plan/records.hpp"
#include "runtime/hits/hit.hpp"

#include <cstring>

namespace kps::hits {

/// Writes samples as BPF programs do.
class SampleWriter {
public:
    void put(std::size_t at, std::uint64_t value, std::size_t size = 8) {
        if (bytes.size() < at + size) bytes.resize(at + size);
        std::memcpy(bytes.data() + at, &value, size);
    }
    void put_text(std::size_t at, std::string_view text) {
        if (bytes.size() < at + text.size()) bytes.resize(at + text.size());
        std::memcpy(bytes.data() + at, text.data(), text.size());
    }

    /// Appends a record: the values of `hit` as `probe` has them.
    SampleWriter& record(const sema::Probe& probe, const Hit& hit, bool sent,
                         std::uint64_t tallies = 0) {
        const std::size_t at = bytes.size();
        const plan::RecordLayout layout = plan::record_layout(probe);
        bytes.resize(at + layout.bytes);
        put(at + plan::record::probe, hit.probe.value, 4);
        put(at + plan::record::flags, sent ? plan::sent_flag : 0, 4);
        put(at + plan::record::tallies, tallies);
        put_head(at, hit);
        put(at + plan::record::pid, hit.pid, 4);
        put_text(at + plan::record::comm, hit.comm);
        for (std::uint32_t i = 0; i < hit.fields.size(); ++i)
            field(at, i, layout.fields.at(i), probe.fields.at(i).type, hit.fields[i]);
        return *this;
    }

    /// A whole sample: the long string of a field.
    SampleWriter& long_string(const Hit& hit, std::uint32_t index, std::string_view text) {
        put(plan::record::probe, plan::long_string, 4);
        put_head(0, hit);
        put(plan::long_string_probe, hit.probe.value, 4);
        put(plan::long_string_field, index, 4);
        put(plan::long_string_length, text.size() + 1);
        put_text(plan::long_string_bytes, text);
        bytes.push_back(std::byte{0});
        return *this;
    }

    std::vector<std::byte> bytes;

private:
    void put_head(std::size_t at, const Hit& hit) {
        put(at + plan::record::time, hit.time_ns);
        put(at + plan::record::cpu, hit.cpu, 4);
        put(at + plan::record::tid, hit.tid, 4);
    }
    void field(std::size_t record, std::uint32_t index, plan::FieldSlot slot,
               const sema::ValueType& type, const Value& value) {
        const std::size_t at = record + slot.offset;
        if (const auto* number = std::get_if<std::uint64_t>(&value)) {
            put(at, *number);
        } else if (const auto* text = std::get_if<std::string_view>(&value)) {
            const bool has_length = type.kind == sema::TypeKind::string;
            const std::size_t room = slot.capacity - (has_length ? 1 : 0);
            if (has_length) put(at, std::min(text->size(), room) + 1);
            put_text(at + (has_length ? 8 : 0), text->substr(0, room));
        } else if (const auto* elements = std::get_if<Elements>(&value)) {
            for (std::size_t i = 0; i < elements->size(); ++i)
                put(at + i * type.size, (*elements)[i], type.size);
        } else {
            bytes[record + plan::record::unreadable + index / 8] |=
                static_cast<std::byte>(1U << index % 8);
        }
    }
};

/// What a `Samples` message holds.
inline void add_sample(std::vector<std::byte>& samples, const SampleWriter& sample) {
    SampleWriter length;
    length.put(0, sample.bytes.size());
    samples.insert(samples.end(), length.bytes.begin(), length.bytes.end());
    samples.insert(samples.end(), sample.bytes.begin(), sample.bytes.end());
    samples.resize((samples.size() + 7) / 8 * 8);
}

} // namespace kps::hits
