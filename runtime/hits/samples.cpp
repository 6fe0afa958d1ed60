#include "runtime/hits/samples.hpp"

#include "runtime/hits/values.hpp"

namespace kps::hits {

namespace {

namespace record = plan::record;

constexpr std::size_t comm_bytes = 16; // TASK_COMM_LEN

std::uint32_t read_u32(Bytes bytes, std::size_t offset) {
    return static_cast<std::uint32_t>(read_integer(bytes, offset, 4).value_or(0));
}
std::uint64_t read_u64(Bytes bytes, std::size_t offset) {
    return read_integer(bytes, offset, 8).value_or(0);
}

std::string_view up_to_nul(std::string_view text) {
    return text.substr(0, text.find('\0'));
}

bool is_faulted(Bytes bytes, std::uint32_t field) {
    const std::uint64_t word = read_u64(bytes, record::unreadable + std::size_t{field} / 64 * 8);
    return (word >> field % 64 & 1) != 0;
}

Value array(Bytes bytes, const sema::ValueType& type, Storage& storage) {
    const std::span<std::uint64_t> elements = storage.make<std::uint64_t>(bytes.size() / type.size);
    for (std::size_t i = 0; i < elements.size(); ++i)
        elements[i] = extended(read_integer(bytes, i * type.size, type.size).value_or(0), type.size,
                               type.is_signed);
    if (type.count > 0) return Elements(elements.first(type.count));
    return Elements({elements.begin(), std::ranges::find(elements, 0U)});
}

} // namespace

SampleReader::SampleReader(const Table<sema::Probe>& probes) : probes_(probes) {
    for (const sema::Probe& probe : probes)
        layouts_.push_back(plan::record_layout(probe));
}

std::optional<Sample> SampleReader::read(Bytes sample, Storage& storage) {
    Sample read;
    if (read_integer(sample, record::probe, 4) == plan::long_string)
        return read_long_string(sample, storage) ? std::optional(read) : std::nullopt;
    while (read.count == 0 || !sample.empty()) {
        if (read.count == read.records.size()) return std::nullopt;
        const std::size_t length = read_head(sample, read.records[read.count]);
        if (length == 0) return std::nullopt;
        const bool of_call = read.count > 0 || sample.size() > length;
        read_fields(sample, read.records[read.count].hit, of_call, storage);
        sample = sample.subspan(length);
        ++read.count;
    }
    return read;
}

bool SampleReader::read_long_string(Bytes sample, Storage& storage) {
    const auto length = read_integer(sample, plan::long_string_length, 8);
    if (!length) return false;
    if (static_cast<std::int64_t>(*length) <= 0) return true; // the read faulted
    if (*length > sample.size() - plan::long_string_bytes) return false;
    const Place place{read_u64(sample, record::time), read_u32(sample, record::cpu),
                      read_u32(sample, record::tid), read_u32(sample, plan::long_string_probe),
                      read_u32(sample, plan::long_string_field)};
    const Bytes bytes = sample.subspan(plan::long_string_bytes, *length);
    long_strings_[place] = storage.keep(up_to_nul(text_of(bytes)));
    return true;
}

std::size_t SampleReader::read_head(Bytes bytes, SampleRecord& read) const {
    const auto probe = read_integer(bytes, record::probe, 4);
    if (!probe || *probe >= layouts_.size()) return 0;
    if (bytes.size() < layouts_[*probe].bytes) return 0;
    Hit& hit = read.hit;
    hit.probe = {static_cast<std::uint32_t>(*probe)};
    hit.time_ns = read_u64(bytes, record::time);
    hit.cpu = read_u32(bytes, record::cpu);
    hit.tid = read_u32(bytes, record::tid);
    hit.pid = read_u32(bytes, record::pid);
    read.sent = (read_u32(bytes, record::flags) & plan::sent_flag) != 0;
    read.tallies = read_u64(bytes, record::tallies);
    return layouts_[*probe].bytes;
}

void SampleReader::read_fields(Bytes bytes, Hit& hit, bool of_call, Storage& storage) const {
    hit.comm = storage.keep(up_to_nul(text_of(bytes.subspan(record::comm, comm_bytes))));
    const plan::RecordLayout& layout = layouts_[hit.probe.value];
    const std::span<Value> values = storage.make<Value>(layout.fields.size());
    for (std::uint32_t field = 0; field < values.size(); ++field) {
        const sema::ValueType& type = probes_[hit.probe].fields[field].type;
        const plan::FieldSlot& slot = layout.fields[field];
        if (is_faulted(bytes, field))
            values[field] = Unreadable{};
        else if (type.kind == sema::TypeKind::string)
            values[field] = text(bytes, hit, field, of_call, storage);
        else if (type.kind == sema::TypeKind::bytes)
            values[field] = storage.keep(text_of(bytes.subspan(slot.offset, type.count)));
        else if (type.kind == sema::TypeKind::array)
            values[field] = array(bytes.subspan(slot.offset, slot.capacity), type, storage);
        else
            values[field] = extended(read_u64(bytes, slot.offset), type.size, type.is_signed);
    }
    hit.fields = values;
}

Value SampleReader::text(Bytes bytes, const Hit& hit, std::uint32_t field, bool of_call,
                         Storage& storage) const {
    const sema::ValueType& type = probes_[hit.probe].fields[field].type;
    const plan::FieldSlot& slot = layouts_[hit.probe.value].fields[field];
    const std::uint64_t length = read_u64(bytes, slot.offset); // with the NUL
    if (length == 0 || length > slot.capacity) return Unreadable{};
    if (type.count == 0 && length == slot.capacity) {
        const auto whole =
            long_strings_.find({hit.time_ns, hit.cpu, hit.tid, hit.probe.value, field});
        if (whole != long_strings_.end()) return whole->second;
        if (!of_call) return Unreadable{};
    }
    const Bytes kept = bytes.subspan(slot.offset + sizeof(length), length);
    return limited(up_to_nul(text_of(kept)), type, storage);
}

} // namespace kps::hits
