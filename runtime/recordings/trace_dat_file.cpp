#include "runtime/recordings/trace_dat_file.hpp"

#include "runtime/recordings/trace_dat_cursor.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <set>

namespace kps::recordings {

namespace {

constexpr std::string_view trace_magic = "\x17\x08\x44tracing";

enum Section : std::uint16_t { // of version 7
    header_info = 16,
    event_formats = 18,
    command_lines = 21,
};
enum Option : std::uint16_t { done = 0, cpu_stat = 2, buffer = 3 };
constexpr std::uint16_t is_compressed = 1;

class FileReader {
public:
    FileReader(Bytes file, std::uint64_t limit) : file_(file), limit_(limit) {}

    Result<TraceDat> read() {
        Cursor in(file_.subspan(trace_magic.size()));
        const std::string_view version = in.text();
        const bool big_endian = in.number<std::uint8_t>() != 0;
        in.number<std::uint8_t>(); // size of a long
        out_.page_size = in.number<std::uint32_t>();
        if (big_endian) return fail("it is big-endian, which is not supported");
        if (version != "6" && version != "7")
            return fail(fmt::format("it is trace.dat of version {}, this program reads 6 and 7",
                                    version.substr(0, 8)));
        if (!in.good() || out_.page_size < 64 || out_.page_size > (1U << 24))
            return fail("it is a damaged trace.dat");
        if (version == "6")
            read_version_6(in);
        else
            read_version_7(in);
        if (!problem_.empty()) return fail(problem_);
        if (!in.good() || out_.header_page.empty() || out_.formats.empty())
            return fail("it is a damaged trace.dat, or cut short before its events");
        return std::move(out_);
    }

private:
    // ---------------------------------------------------------------- both versions

    void read_headers(Cursor& in) {
        in.text();
        out_.header_page = in.text(in.number<std::uint64_t>());
        in.text();
        out_.header_event = in.text(in.number<std::uint64_t>());
    }
    void read_formats(Cursor& in) {
        for (auto groups = in.number<std::uint32_t>(); groups > 0 && in.good(); --groups) {
            const std::string_view group = in.text();
            for (auto count = in.number<std::uint32_t>(); count > 0 && in.good(); --count)
                out_.formats.push_back({group, in.text(in.number<std::uint64_t>())});
        }
    }
    void add_cpu(std::uint32_t number, std::uint64_t offset, std::uint64_t size) {
        const std::uint64_t there =
            offset > file_.size() ? 0 : std::min<std::uint64_t>(size, file_.size() - offset);
        if (there < size) out_.cut_short = "pages are missing at its end";
        out_.cpus.push_back({number, {{kernel::slice(file_, there == 0 ? 0 : offset, there)}}});
    }

    // ---------------------------------------------------------------- version 6

    void read_version_6(Cursor& in) {
        read_headers(in);
        for (auto own = in.number<std::uint32_t>(); own > 0 && in.good(); --own)
            in.bytes(in.number<std::uint64_t>());
        read_formats(in);
        in.bytes(in.number<std::uint32_t>()); // symbols
        in.bytes(in.number<std::uint32_t>()); // formats of trace_printk
        out_.command_lines = in.text(in.number<std::uint64_t>());
        const auto cpus = in.number<std::uint32_t>();
        std::string_view kind = in.text(10);
        while (kind.starts_with("options") && in.good()) {
            read_options_6(in);
            kind = in.text(10);
        }
        if (!kind.starts_with("flyrecord")) {
            if (in.good()) problem_ = "it holds the output of a latency tracer, no events";
            return;
        }
        for (std::uint32_t cpu = 0; cpu < cpus && in.good(); ++cpu) {
            const auto offset = in.number<std::uint64_t>();
            const auto size = in.number<std::uint64_t>();
            if (in.good()) add_cpu(cpu, offset, size);
        }
    }
    void read_options_6(Cursor& in) {
        while (in.good()) {
            const auto id = in.number<std::uint16_t>();
            if (id == done) return;
            Cursor option(in.bytes(in.number<std::uint32_t>()));
            if (id == cpu_stat) out_.cpu_stats.push_back(option.text());
            if (id != buffer) continue;
            option.number<std::uint64_t>();
            out_.other_buffers.emplace_back(option.text());
        }
    }

    // ---------------------------------------------------------------- version 7

    void read_version_7(Cursor& in) {
        out_.compression = in.text();
        in.text(); // of which version
        std::set<std::uint64_t> seen;
        for (auto at = in.number<std::uint64_t>(); at != 0 && problem_.empty();) {
            if (!seen.insert(at).second) return refuse("it is a damaged trace.dat");
            at = read_options_7(at);
        }
    }

    /// Returns where the next ones are.
    std::uint64_t read_options_7(std::uint64_t at) {
        Cursor options(section(at));
        while (options.good() && !options.empty()) {
            const auto id = options.number<std::uint16_t>();
            Cursor option(options.bytes(options.number<std::uint32_t>()));
            if (!options.good()) break;
            if (id == done) return option.number<std::uint64_t>();
            take_option_7(id, option);
        }
        if (problem_.empty()) out_.cut_short = "its end is missing";
        return 0;
    }
    void take_option_7(std::uint16_t id, Cursor& option) {
        if (id == cpu_stat) {
            out_.cpu_stats.push_back(option.text());
        } else if (id == buffer) {
            read_buffer(option);
        } else if (id == header_info || id == event_formats || id == command_lines) {
            Cursor content(section(option.number<std::uint64_t>()));
            if (id == header_info) read_headers(content);
            if (id == event_formats) read_formats(content);
            if (id == command_lines)
                out_.command_lines = content.text(content.number<std::uint64_t>());
            if (!content.good()) refuse("it is a damaged trace.dat");
        }
    }

    /// The content of a section behind its head: id, flags, name, size.
    Bytes section(std::uint64_t at) {
        Cursor in(kernel::slice(file_, at, at > file_.size() ? 0 : file_.size() - at));
        in.number<std::uint16_t>();
        const auto flags = in.number<std::uint16_t>();
        in.number<std::uint32_t>();
        const Bytes content = in.bytes(in.number<std::uint64_t>());
        if (!in.good()) refuse("it is cut short");
        if ((flags & is_compressed) == 0) return content;
        Cursor packed(content);
        return unpack(packed);
    }

    void read_buffer(Cursor& option) {
        const auto at = option.number<std::uint64_t>();
        const std::string_view name = option.text();
        option.text(); // clock
        const auto page_size = option.number<std::uint32_t>();
        if (!name.empty()) {
            out_.other_buffers.emplace_back(name);
            return;
        }
        if (page_size >= 64 && page_size <= (1U << 24)) out_.page_size = page_size;
        const bool packed = (kernel::read_le<std::uint16_t>(file_, at + 2).value_or(0) & 1) != 0;
        for (auto cpus = option.number<std::uint32_t>(); cpus > 0 && option.good(); --cpus) {
            const auto cpu = option.number<std::uint32_t>();
            const auto offset = option.number<std::uint64_t>();
            const auto size = option.number<std::uint64_t>();
            if (!option.good()) return refuse("it is a damaged trace.dat");
            const std::uint64_t count_size = packed && size > 0 ? 4 : 0; // is not counted
            add_cpu(cpu, offset, size + count_size);
            if (count_size > 0) find_chunks(out_.cpus.back());
        }
    }

    void find_chunks(TraceDat::Cpu& cpu) {
        Cursor in(cpu.pages.front().bytes);
        cpu.pages.clear();
        for (auto chunks = in.number<std::uint32_t>(); chunks > 0; --chunks) {
            const auto chunk = take_packed(in);
            if (!chunk) {
                out_.cut_short = damaged_pages;
                break;
            }
            cpu.pages.push_back(*chunk);
        }
    }

    /// Packed size, unpacked size and what is packed; none if it is not all there.
    std::optional<Packed> take_packed(Cursor& in) {
        const auto packed_size = in.number<std::uint32_t>();
        const auto size = in.number<std::uint32_t>();
        const Bytes bytes = in.bytes(packed_size);
        if (!in.good() || size == 0) return std::nullopt;
        if (!Unpacker::is_known(out_.compression))
            refuse(fmt::format("it is compressed by `{}`, which is not supported",
                               out_.compression.substr(0, 20)));
        used_ += size;
        if (used_ > limit_) refuse(fmt::format("it takes more than {} MiB", limit_ >> 20));
        return Packed{bytes, size};
    }

    /// Of a section.
    Bytes unpack(Cursor& in) {
        const auto packed = take_packed(in);
        if (!packed) refuse("it is cut short");
        if (!problem_.empty()) return {};
        Unpacker unpack(out_.compression);
        std::vector<std::byte>& bytes = out_.sections.emplace_back();
        if (unpack(*packed, bytes)) return bytes;
        refuse("it is damaged");
        return {};
    }

    void refuse(std::string problem) {
        if (problem_.empty()) problem_ = std::move(problem);
    }

    Bytes file_;
    std::uint64_t limit_;
    std::uint64_t used_ = 0;
    std::string problem_;
    TraceDat out_;
};

} // namespace

bool is_trace_dat(Bytes head) {
    return kernel::as_text(head).starts_with(trace_magic);
}

Result<TraceDat> take_apart(Bytes file, std::uint64_t limit) {
    return FileReader(file, limit).read();
}

} // namespace kps::recordings
