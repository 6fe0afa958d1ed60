#include "compiler/kernel/snapshot_sections.hpp"

#include "compiler/kernel/bytes.hpp"

#include <array>
#include <bit>

namespace kps::kernel::snapshot {

namespace {

using Bytes = std::span<const std::byte>;
using Entry = SymbolEntry;

class Writer {
public:
    void number(std::uint32_t value) {
        const auto bytes = std::bit_cast<std::array<std::byte, 4>>(value);
        out.insert(out.end(), bytes.begin(), bytes.end());
    }
    void text(std::string_view value) {
        number(static_cast<std::uint32_t>(value.size()));
        const auto bytes = std::as_bytes(std::span(value));
        out.insert(out.end(), bytes.begin(), bytes.end());
    }
    void texts(const std::vector<std::string>& values) {
        number(static_cast<std::uint32_t>(values.size()));
        for (const std::string& value : values)
            text(value);
    }
    std::vector<std::byte> out;
};

/// Reads what Writer wrote; from the first thing that does not fit on, zeros and empty texts.
class Reader {
public:
    explicit Reader(Bytes in) : in_(in) {}
    std::uint32_t number() {
        const auto value = read_le<std::uint32_t>(in_, at_);
        failed = failed || !value;
        at_ += 4;
        return failed ? 0 : *value;
    }
    std::string text() {
        const std::uint32_t size = number();
        failed = failed || !in_bounds(in_, at_, size);
        if (failed) return {};
        const std::string_view value = as_text(in_.subspan(at_, size));
        at_ += size;
        return std::string(value);
    }
    std::vector<std::string> texts() {
        std::vector<std::string> values;
        for (std::uint32_t left = number(); left > 0 && !failed; --left)
            values.push_back(text());
        return values;
    }
    [[nodiscard]] bool at_end() const { return !failed && at_ == in_.size(); }
    bool failed = false;

private:
    Bytes in_;
    std::size_t at_ = 0;
};

constexpr std::size_t bytes_per_entry = 8 + 4 + 2 + 2 + 1 + 1 + 1;

/// Appends the bytes of `field` of each entry, lowest bytes first.
template <class Field>
void split(std::vector<std::byte>& out, std::span<const Entry> entries, Field field) {
    using Value = decltype(field(entries.front()));
    for (unsigned shift = 0; shift < sizeof(Value) * 8; shift += 8)
        for (const Entry& entry : entries)
            out.push_back(static_cast<std::byte>(std::uint64_t{field(entry)} >> shift & 0xff));
}

/// Takes one field of `count` entries off the front of `in`.
template <class Value, class Take>
void join(Bytes& in, std::size_t count, Take take) {
    for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t value = 0;
        for (std::size_t plane = 0; plane < sizeof(Value); ++plane)
            value |= std::to_integer<std::uint64_t>(in[plane * count + i]) << (8 * plane);
        take(i, static_cast<Value>(value));
    }
    in = in.subspan(count * sizeof(Value));
}

} // namespace

std::uint64_t checksum(Bytes data, std::uint64_t seed) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15; // 2^64 / golden ratio
    std::array<std::uint64_t, 4> lanes{seed, seed ^ odd, ~seed, seed + data.size()};
    const auto mix = [](std::uint64_t lane, std::uint64_t word) {
        return std::rotl((lane ^ word) * odd, 31);
    };
    std::size_t at = 0;
    for (; data.size() - at >= 32; at += 32)
        for (std::size_t i = 0; i < 4; ++i)
            lanes[i] = mix(lanes[i], load_le<std::uint64_t>(data, at + 8 * i));
    for (; at < data.size(); ++at)
        lanes[0] = mix(lanes[0], load_le<std::uint8_t>(data, at));
    std::uint64_t sum = 0;
    for (const std::uint64_t lane : lanes)
        sum = mix(sum, lane);
    return sum ^ sum >> 32;
}

std::uint64_t head_checksum(Bytes head, std::size_t sections) {
    const std::uint64_t sum = checksum(head.subspan(8, 16), 0);
    return checksum(head.subspan(32, header_size - 32 + sections * entry_size), sum);
}

std::vector<std::byte> pack(const About& about) {
    Writer writer;
    writer.text(about.release);
    writer.number(static_cast<std::uint32_t>(about.architecture));
    writer.texts(about.remarks);
    writer.number(about.module_symbols);
    return std::move(writer.out);
}

std::optional<About> unpack_about(Bytes bytes) {
    Reader reader(bytes);
    About about;
    about.release = reader.text();
    const std::uint32_t architecture = reader.number();
    reader.failed |= architecture > static_cast<std::uint32_t>(Architecture::arm64);
    about.architecture = static_cast<Architecture>(architecture);
    about.remarks = reader.texts();
    about.module_symbols = reader.number();
    if (!reader.at_end()) return std::nullopt;
    return about;
}

std::vector<std::byte> pack(std::span<const ModuleEntry> modules) {
    Writer writer;
    writer.number(static_cast<std::uint32_t>(modules.size()));
    for (const ModuleEntry& entry : modules) {
        writer.text(entry.module.name);
        writer.texts(entry.module.depends);
        writer.text(entry.module.path);
        writer.number(entry.btf_chunk);
        writer.number(entry.btf_offset);
        writer.number(entry.btf_size);
    }
    return std::move(writer.out);
}

std::optional<std::vector<ModuleEntry>> unpack_modules(Bytes bytes) {
    Reader reader(bytes);
    std::vector<ModuleEntry> modules;
    for (std::uint32_t left = reader.number(); left > 0 && !reader.failed; --left) {
        ModuleEntry entry;
        entry.module.name = reader.text();
        entry.module.depends = reader.texts();
        entry.module.path = reader.text();
        entry.btf_chunk = reader.number();
        entry.btf_offset = reader.number();
        entry.btf_size = reader.number();
        modules.push_back(std::move(entry));
    }
    if (!reader.at_end()) return std::nullopt;
    return modules;
}

std::vector<std::byte> pack_entries(std::span<const Entry> entries) {
    std::vector<std::byte> out;
    out.reserve(entries.size() * bytes_per_entry);
    split(out, entries, [](const Entry& entry) { return entry.address; });
    split(out, entries, [](const Entry& entry) { return entry.size; });
    split(out, entries, [](const Entry& entry) { return entry.module; });
    split(out, entries, [](const Entry& entry) { return entry.name_size; });
    split(out, entries, [](const Entry& entry) { return static_cast<unsigned char>(entry.type); });
    split(out, entries, [](const Entry& entry) { return static_cast<unsigned char>(entry.probe); });
    split(out, entries, [](const Entry& entry) { return entry.padding; });
    return out;
}

bool unpack_entries(Bytes block, std::size_t modules, std::vector<Entry>& to) {
    const std::size_t first = to.size(), count = block.size() / bytes_per_entry;
    if (block.size() != count * bytes_per_entry) return false;
    std::uint64_t names_end = 0;
    if (first > 0) names_end = std::uint64_t{to.back().name_offset} + to.back().name_size;
    to.resize(first + count);
    const std::span<Entry> entries = std::span(to).subspan(first);
    bool sane = true;
    join<std::uint64_t>(block, count,
                        [&](std::size_t i, auto value) { entries[i].address = value; });
    join<std::uint32_t>(block, count, [&](std::size_t i, auto value) { entries[i].size = value; });
    join<std::uint16_t>(block, count, [&](std::size_t i, auto value) {
        entries[i].module = value;
        sane = sane && value < modules;
    });
    join<std::uint16_t>(block, count, [&](std::size_t i, auto value) {
        entries[i].name_offset = static_cast<std::uint32_t>(names_end);
        entries[i].name_size = value;
        names_end += value;
    });
    sane = sane && names_end <= UINT32_MAX;
    join<std::uint8_t>(block, count, [&](std::size_t i, auto value) {
        entries[i].type = static_cast<char>(value);
    });
    join<std::uint8_t>(block, count, [&](std::size_t i, auto value) {
        entries[i].probe = static_cast<ProbeStatus>(value);
        sane = sane && value <= static_cast<std::uint8_t>(ProbeStatus::unknown);
    });
    join<std::uint8_t>(block, count,
                       [&](std::size_t i, auto value) { entries[i].padding = value; });
    return sane && names_end <= UINT32_MAX;
}

} // namespace kps::kernel::snapshot
