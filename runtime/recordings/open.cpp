#include "runtime/recordings/open.hpp"

#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/file_io.hpp"
#include "runtime/recordings/json_lines.hpp"
#include "runtime/recordings/text_trace.hpp"
#include "runtime/recordings/trace_dat.hpp"
#include "runtime/recordings/trace_dat_file.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::recordings {

namespace {

struct Content {
    std::shared_ptr<const void> owner;
    Bytes bytes;
    std::shared_ptr<const kernel::MappedFile> file; ///< null: it is in memory
};

/// Gives the memory back of what was read of a file, after each block of hits.
class Releasing : public HitSink {
public:
    Releasing(HitSink& sink, const kernel::MappedFile& file) : sink_(sink), file_(file) {}

    Fate begin(const Recording& so_far, const Observed& test) override {
        return sink_.begin(so_far, test);
    }
    bool take(const hits::Trace& hits) override {
        file_.release();
        return sink_.take(hits);
    }
    void end(const Observed& test) override { sink_.end(test); }

private:
    HitSink& sink_;
    const kernel::MappedFile& file_;
};

/// A pipe, or what tracefs has, is read as a whole.
Result<Content> content_of(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored) &&
        std::filesystem::file_size(path, ignored) > 0) {
        auto mapped = kernel::MappedFile::open(path);
        if (!mapped) return std::unexpected(mapped.error());
        const auto file = std::make_shared<kernel::MappedFile>(std::move(*mapped));
        return Content{file, file->bytes(), file};
    }
    auto read = kernel::read_file(path);
    if (!read) return std::unexpected(read.error());
    const auto owner = std::make_shared<std::vector<std::byte>>(std::move(*read));
    return Content{owner, *owner, nullptr};
}

} // namespace

Result<Recording> read(Bytes file, const Wanted& wanted, const Limits& limits, HitSink* sink) {
    constexpr std::size_t head_size = 4096;
    const std::string_view text = kernel::as_text(file);
    if (is_recording(file)) return read_recording(file, limits, sink);
    if (is_trace_dat(file)) return read_trace_dat(file, wanted, limits, sink);
    const std::string_view head = text.substr(0, std::min(text.size(), head_size));
    if (is_json_lines(head)) return read_json_lines(text);
    if (is_text_trace(head)) return read_text_trace(text, wanted);
    return fail("it is of no format that kps knows");
}

Result<Recording> open(const std::filesystem::path& path, const Wanted& wanted, HitSink* sink) {
    const auto content = content_of(path);
    if (!content) return std::unexpected(content.error());
    std::optional<Releasing> releasing;
    if (sink != nullptr && content->file != nullptr)
        sink = &releasing.emplace(*sink, *content->file);
    Result<Recording> recording = read(content->bytes, wanted, {}, sink);
    if (!recording)
        return fail(fmt::format("cannot use {}: {}", path.string(), recording.error().message),
                    recording.error().hint);
    recording->backing = content->owner;
    return recording;
}

} // namespace kps::recordings
