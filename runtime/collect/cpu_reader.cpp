#include "runtime/collect/cpu_reader.hpp"

#include "runtime/collect/files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

namespace kps::collect {
namespace {

std::optional<std::uint64_t> leading_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end == text.data()) return std::nullopt;
    return value;
}

} // namespace

Result<CpuReader> CpuReader::open(Tracefs& tracefs, const std::string& instance, std::uint32_t cpu,
                                  std::size_t page_bytes) {
    auto file = tracefs.open(instance + "/per_cpu/cpu" + std::to_string(cpu) + "/trace_pipe_raw");
    if (!file) return std::unexpected(file.error());
    return CpuReader(std::move(*file), cpu, page_bytes);
}

bool CpuReader::read(std::size_t limit, const std::function<void(Page)>& take) {
    for (std::size_t count = 0; count < limit; ++count) {
        Page page{cpu_, std::vector<std::byte>(page_bytes_)};
        ssize_t got = 0;
        do
            got = ::read(file_.get(), page.bytes.data(), page.bytes.size());
        while (got < 0 && errno == EINTR);
        if (got <= 0) return false;
        page.bytes.resize(static_cast<std::size_t>(got));
        take(std::move(page));
    }
    return true;
}

std::vector<std::uint32_t> cpus_of(Tracefs& tracefs, const std::string& instance) {
    std::vector<std::uint32_t> cpus;
    for (const std::string& name : tracefs.list(instance + "/per_cpu")) {
        if (!name.starts_with("cpu")) continue;
        const auto number = leading_number(std::string_view(name).substr(3));
        if (number) cpus.push_back(static_cast<std::uint32_t>(*number));
    }
    std::ranges::sort(cpus);
    return cpus;
}

std::size_t page_bytes_of(Tracefs& tracefs, const std::string& instance) {
    const auto text = tracefs.read(instance + "/buffer_subbuf_size_kb");
    const auto kib = text ? leading_number(*text) : std::nullopt;
    return kib && *kib > 0 ? *kib * 1024 : static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::optional<CpuStats> parse_stats(std::string_view text, std::uint32_t cpu) {
    CpuStats stats{.cpu = cpu};
    const std::array<std::pair<std::string_view, std::uint64_t*>, 5> wanted = {{
        {"entries", &stats.entries},
        {"overrun", &stats.overrun},
        {"commit overrun", &stats.commit_overrun},
        {"dropped events", &stats.dropped},
        {"read events", &stats.read},
    }};
    std::size_t found = 0;
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        const auto* const row = std::ranges::find(
            wanted, line.substr(0, colon), &std::pair<std::string_view, std::uint64_t*>::first);
        const auto value = leading_number(line.substr(colon + 2));
        if (row == wanted.end() || !value) continue;
        *row->second = *value;
        ++found;
    }
    return found == wanted.size() ? std::optional(stats) : std::nullopt;
}

} // namespace kps::collect
