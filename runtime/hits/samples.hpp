#pragma once

#include "compiler/plan/records.hpp"
#include "runtime/hits/hit.hpp"
#include "runtime/hits/ring_buffer_page.hpp"

#include <array>
#include <map>
#include <tuple>

namespace kps::hits {

/// What a BPF program wrote of a hit.
struct SampleRecord {
    Hit hit;
    bool sent = false;         ///< not only as evidence
    std::uint64_t tallies = 0; ///< bit N: evidence of tally N
};

/// The records of a sample: none of a long string, the two of a call.
struct Sample {
    std::size_t count = 0;
    std::array<SampleRecord, 2> records;
};

/// Reads samples (compiler/plan/records.hpp) one after the other.
class SampleReader {
public:
    /// `probes` is kept.
    explicit SampleReader(const Table<sema::Probe>& probes);

    /// Nothing if it is damaged. A long string is kept for the record that it belongs to; a string
    /// whose long string is not there is unreadable, of a call it is cut.
    std::optional<Sample> read(Bytes sample, Storage& storage);

private:
    using Place = std::tuple<std::uint64_t, std::uint32_t, std::uint32_t, std::uint32_t,
                             std::uint32_t>; // time, cpu, tid, probe, field

    bool read_long_string(Bytes sample, Storage& storage);
    /// All but texts and fields. Returns the length of the record, 0 if it is damaged.
    std::size_t read_head(Bytes bytes, SampleRecord& record) const;
    void read_fields(Bytes record, Hit& hit, bool of_call, Storage& storage) const;
    Value text(Bytes record, const Hit& hit, std::uint32_t field, bool of_call,
               Storage& storage) const;

    const Table<sema::Probe>& probes_;
    std::vector<plan::RecordLayout> layouts_; // as many as probes
    std::map<Place, std::string_view> long_strings_;
};

} // namespace kps::hits
