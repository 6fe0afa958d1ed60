#include "runtime/recordings/open.hpp"

#include "compiler/kernel/file_io.hpp"

#include <fmt/core.h>

namespace kps::recordings {

namespace {

Result<Recording> read(Bytes file) {
    if (is_recording(file)) return read_recording(file);
    return fail("it is of no format that kps knows");
}

} // namespace

Result<Recording> open(const std::filesystem::path& path) {
    const auto file = kernel::MappedFile::open(path);
    if (!file) return std::unexpected(file.error());
    Result<Recording> recording = read(file->bytes());
    if (recording) return recording;
    return fail(fmt::format("cannot use {}: {}", path.string(), recording.error().message),
                recording.error().hint);
}

} // namespace kps::recordings
