#pragma once

#include "runtime/hits/ring_buffer_page.hpp"
#include "runtime/recordings/foreign.hpp"
#include "runtime/recordings/trace_dat_file.hpp"

namespace kps::recordings {

/// The records of one CPU in a trace.dat, in order, the first of them at once. What its pages say
/// of lost and damaged ones goes to the trace when they are reached.
class CpuRecords {
public:
    /// The arguments are kept.
    CpuRecords(const hits::PageLayout& layout, const TraceDat& file, const TraceDat::Cpu& cpu,
               Unpacker& unpack, ForeignTrace& out);

    /// None at the end; valid until `advance`.
    [[nodiscard]] const std::optional<hits::RawRecord>& record() const { return record_; }
    void advance();

    [[nodiscard]] std::uint32_t cpu() const { return cpu_.number; }
    /// Those that were reached.
    [[nodiscard]] std::uint64_t count() const { return count_; }
    /// It ended early: pages could not be unpacked.
    [[nodiscard]] bool is_cut_short() const { return is_cut_short_; }

private:
    bool next_page();
    bool next_pages();

    const hits::PageLayout& layout_;
    const TraceDat::Cpu& cpu_;
    std::size_t page_size_;
    Unpacker& unpack_;
    ForeignTrace& out_;
    std::size_t next_ = 0; // of `cpu_.pages`
    std::vector<std::byte> unpacked_;
    Bytes pages_; // after the one at hand
    std::optional<hits::PageReader> page_;
    std::optional<hits::RawRecord> record_;
    std::uint64_t count_ = 0;
    bool is_cut_short_ = false;
};

/// Gives `take` each of all records, with its CPU, in the order of time as far as those of each CPU
/// are in it; stops when `take` returns false.
void in_order_of_time(
    std::vector<CpuRecords>& cpus,
    const std::function<bool(std::uint32_t cpu, const hits::RawRecord& record)>& take);

} // namespace kps::recordings
