#include "runtime/hits/summed.hpp"

#include "runtime/hits/ring_buffer_page.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <optional>

namespace kps::hits {

namespace {

using Words = std::vector<std::uint64_t>;
constexpr std::size_t word_bytes = 8;

bool is_maximum(plan::Form form, std::size_t word) {
    return form == plan::Form::values && (word == 3 || word == 4 || word == 7);
}

/// Adds the words of a cell on one CPU.
void add_cell(Words& cell, plan::Form form, Bytes from) {
    for (std::size_t i = 0; i < cell.size(); ++i) {
        const std::uint64_t word = read_integer(from, i * word_bytes, word_bytes).value_or(0);
        cell[i] = is_maximum(form, i) ? std::max(cell[i], word) : cell[i] + word;
    }
}

/// The value of each CPU, or the one value; none if it is not of `words` words.
std::optional<std::vector<Bytes>> split(const collect::MapContents& map, Bytes value,
                                        std::size_t words) {
    const std::size_t parts = std::max<std::size_t>(map.cpus, 1);
    const std::size_t bytes = words * word_bytes;
    if (value.size() / parts != bytes || value.size() % parts != 0) return std::nullopt;
    std::vector<Bytes> all;
    for (std::size_t at = 0; at < value.size(); at += bytes)
        all.push_back(value.subspan(at, bytes));
    return all;
}

Error not_as_expected(const collect::MapContents& map) {
    return {fmt::format("the map `{}` is not as it was compiled", map.map), {}};
}

void add_calls(Summed::Calls& calls, Bytes from) {
    const auto word = [&](std::size_t i) {
        return read_integer(from, i * word_bytes, word_bytes).value_or(0);
    };
    calls.entered += word(0);
    calls.ended += word(1);
    calls.orphans += word(2);
    calls.vanished += word(3);
}

Result<void> add_map_of_sums(Summed& summed, const collect::MapContents& map) {
    const plan::SumsLayout layout = plan::sums_layout(summed.work);
    for (const collect::MapContents::Entry& entry : map.entries) {
        const auto cpus = split(map, entry.value, layout.words);
        if (!cpus) return std::unexpected(not_as_expected(map));
        for (const Bytes cpu : *cpus) {
            for (std::size_t i = 0; i < summed.calls.size(); ++i)
                add_calls(summed.calls[i], cpu.subspan(layout.calls[i] * word_bytes));
            for (std::size_t i = 0; i < summed.tallies.size(); ++i)
                add_cell(summed.tallies[i].words, summed.work.tallies[i].form,
                         cpu.subspan(layout.tallies[i] * word_bytes));
        }
    }
    return {};
}

/// Takes a part of a key off the front; none if it is too short.
std::optional<Value> take_part(Bytes& key, const sema::ValueType& type, Storage& storage) {
    const bool is_text = type.kind == sema::TypeKind::string;
    const std::size_t size = is_text ? plan::key_string_bytes : 2 * word_bytes;
    if (key.size() < size) return std::nullopt;
    const Bytes part = key.first(size);
    key = key.subspan(size);
    if (!is_text) return read_integer(part, 0, word_bytes).value_or(0);
    const std::string_view text = text_of(part);
    return storage.keep(text.substr(0, text.find('\0')));
}

Result<void> add_map_of_keys(Summed& summed, std::size_t index, const sema::ResolvedSpec& spec,
                             const collect::MapContents& map, Storage& storage) {
    const plan::Tally& tally = summed.work.tallies[index];
    const auto& fields = spec.streams[tally.use.stream].fields;
    for (const collect::MapContents::Entry& entry : map.entries) {
        Summed::Cell cell{{}, Words(plan::words_of(tally.form))};
        Bytes key = entry.key;
        for (const std::uint32_t field : tally.key) {
            const auto part = take_part(key, fields.at(field).type, storage);
            if (!part) return std::unexpected(not_as_expected(map));
            cell.key.push_back(*part);
        }
        const auto cpus = split(map, entry.value, cell.words.size());
        if (!cpus || !key.empty()) return std::unexpected(not_as_expected(map));
        for (const Bytes cpu : *cpus)
            add_cell(cell.words, tally.form, cpu);
        summed.tallies[index].cells.push_back(std::move(cell));
    }
    return {};
}

/// N of `keys_N`.
std::optional<std::size_t> tally_of(std::string_view map) {
    constexpr std::string_view prefix = "keys_";
    if (!map.starts_with(prefix)) return std::nullopt;
    std::size_t number = 0;
    const auto [end, error] =
        std::from_chars(map.data() + prefix.size(), map.data() + map.size(), number);
    if (error != std::errc{} || end != map.data() + map.size()) return std::nullopt;
    return number;
}

/// The probes that `program` is attached to the points of.
std::vector<sema::ProbeId> probes_of(const sema::ResolvedSpec& spec, const collect::Job& job,
                                     const std::string& program) {
    std::vector<sema::ProbeId> probes;
    for (const collect::Attachment& attachment : job.bpf->attach) {
        if (attachment.program != program) continue;
        for (const collect::Attachment::Target& target : attachment.targets) {
            const sema::ProbeId probe{static_cast<std::uint32_t>(target.cookie)};
            const bool known = std::ranges::find(probes, probe) != probes.end();
            if (target.cookie < spec.probes.size() && !known) probes.push_back(probe);
        }
    }
    return probes;
}

} // namespace

Summed nothing_summed(plan::KernelWork work) {
    Summed summed;
    summed.work = std::move(work);
    for (const plan::Tally& tally : summed.work.tallies)
        summed.tallies.push_back({Words(plan::words_of(tally.form)), {}, {}});
    summed.calls.resize(summed.work.calls.size());
    return summed;
}

Result<void> add_sums(Summed& summed, const sema::ResolvedSpec& spec,
                      const collect::MapContents& map, Storage& storage) {
    if (map.map == "sums") return add_map_of_sums(summed, map);
    const auto index = tally_of(map.map);
    if (!index) return {};
    if (*index >= summed.tallies.size() || summed.work.tallies[*index].key.empty())
        return std::unexpected(not_as_expected(map));
    return add_map_of_keys(summed, *index, spec, map, storage);
}

void add_addresses(const Summed& summed, const sema::ResolvedSpec& spec, Addresses& addresses) {
    for (std::size_t i = 0; i < summed.tallies.size(); ++i) {
        const plan::Tally& tally = summed.work.tallies[i];
        const auto& fields = spec.streams[tally.use.stream].fields;
        for (const Summed::Cell& cell : summed.tallies[i].cells)
            for (std::size_t part = 0; part < cell.key.size(); ++part)
                add_addresses(cell.key[part], fields.at(tally.key[part]).type, addresses);
    }
}

Result<std::vector<Loss>> read_losses(const sema::ResolvedSpec& spec,
                                      const collect::MapContents& map) {
    std::vector<Loss> losses;
    for (const collect::MapContents::Entry& entry : map.entries) {
        const auto probe = read_integer(entry.key, 0, 4);
        const auto cpus = split(map, entry.value, 3);
        if (!probe || !cpus) return std::unexpected(not_as_expected(map));
        Loss loss{.begin_ns = UINT64_MAX, .end_ns = 0, .cause = "the ring buffer was full"};
        for (const Bytes cpu : *cpus) {
            const std::uint64_t count = read_integer(cpu, 0, word_bytes).value_or(0);
            if (count == 0) continue;
            loss.count += count;
            loss.begin_ns = std::min(loss.begin_ns, *read_integer(cpu, word_bytes, word_bytes));
            loss.end_ns = std::max(loss.end_ns, *read_integer(cpu, 2 * word_bytes, word_bytes));
        }
        if (loss.count == 0) continue;
        if (*probe >= spec.probes.size()) return std::unexpected(not_as_expected(map));
        loss.probe = sema::ProbeId{static_cast<std::uint32_t>(*probe)};
        loss.end_ns = std::max(loss.end_ns, loss.begin_ns);
        losses.push_back(std::move(loss));
    }
    return losses;
}

std::vector<Loss> losses_of(const sema::ResolvedSpec& spec, const collect::Job& job,
                            const collect::ProgramProfile& profile) {
    std::vector<Loss> losses;
    for (const sema::ProbeId probe : probes_of(spec, job, profile.program)) {
        const std::string& name = spec.probes[probe].name;
        const auto add = [&](std::uint64_t count, std::string cause) {
            if (count == 0) return;
            losses.push_back({.probe = probe, .count = count, .cause = std::move(cause)});
        };
        add(profile.skipped, fmt::format("cpu busy with another probe: {} hits of {} were skipped",
                                         profile.skipped, name));
        add(profile.missed, fmt::format("the kernel missed {} hits of {}", profile.missed, name));
    }
    return losses;
}

} // namespace kps::hits
