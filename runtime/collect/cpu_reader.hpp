#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/fd.hpp"
#include "runtime/collect/messages.hpp"
#include "runtime/collect/tracefs.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kps::collect {

/// Reads the sub-buffers of one CPU of an instance from `per_cpu/cpuN/trace_pipe_raw`.
class CpuReader {
public:
    /// `instance` is a path below tracefs; `page_bytes` the size of its sub-buffers (a read of
    /// another size would get parts of them).
    static Result<CpuReader> open(Tracefs& tracefs, const std::string& instance, std::uint32_t cpu,
                                  std::size_t page_bytes);

    /// Hands on what has been recorded, also of the sub-buffer that is still being filled, without
    /// waiting, and at most `limit` sub-buffers; true if there may be more.
    bool read(std::size_t limit, const std::function<void(Page)>& take);
    [[nodiscard]] int fd() const { return file_.get(); }
    [[nodiscard]] std::uint32_t cpu() const { return cpu_; }

private:
    CpuReader(Fd file, std::uint32_t cpu, std::size_t page_bytes)
        : file_(std::move(file)), cpu_(cpu), page_bytes_(page_bytes) {}

    Fd file_;
    std::uint32_t cpu_;
    std::size_t page_bytes_;
};

/// The CPUs of an instance, in order.
std::vector<std::uint32_t> cpus_of(Tracefs& tracefs, const std::string& instance);

/// Size of an instance's sub-buffers: a page unless `buffer_subbuf_size_kb` (since 6.8) says else.
std::size_t page_bytes_of(Tracefs& tracefs, const std::string& instance);

/// The text of `per_cpu/cpuN/stats`; nothing if one of the counters is missing.
std::optional<CpuStats> parse_stats(std::string_view text, std::uint32_t cpu);

} // namespace kps::collect
