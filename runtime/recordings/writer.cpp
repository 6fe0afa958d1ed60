#include "runtime/recordings/writer.hpp"

#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <zstd.h>

namespace kps::recordings {

namespace {

constexpr int level = 3; // as fast as hits come; higher ones gain a tenth

template <std::unsigned_integral T>
void put(std::vector<std::byte>& out, T value) {
    const Bytes bytes = std::as_bytes(std::span(&value, 1));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_head(std::vector<std::byte>& out) {
    const Bytes name = std::as_bytes(std::span(magic));
    out.insert(out.end(), name.begin(), name.end());
    put(out, major_version);
    put(out, minor_version);
    put(out, std::uint32_t{0});
}

/// False if it is larger than a reader takes.
bool put_block(std::vector<std::byte>& out, BlockKind kind, Bytes bytes) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                       ZSTD_freeCCtx);
    std::vector<std::byte> content{static_cast<std::byte>(kind)};
    content.insert(content.end(), bytes.begin(), bytes.end());
    if (content.size() > largest_block || !context) return false;
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::vector<std::byte> packed(ZSTD_compressBound(content.size()));
    const std::size_t size =
        ZSTD_compress2(context.get(), packed.data(), packed.size(), content.data(), content.size());
    if (ZSTD_isError(size) != 0) return false;
    put(out, static_cast<std::uint32_t>(size));
    put(out, static_cast<std::uint32_t>(content.size()));
    out.insert(out.end(), packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
    return true;
}

/// At most so many bytes of a block.
std::size_t size_of(const hits::Hit& hit) {
    std::size_t size = 32 + hit.comm.size();
    for (const hits::Value& value : hit.fields)
        size +=
            std::visit(Overloaded{
                           [](hits::Unreadable) { return std::size_t{1}; },
                           [](std::uint64_t) { return std::size_t{11}; },
                           [](std::string_view text) { return text.size() + 16; },
                           [](const hits::Elements& elements) { return elements.size() * 10 + 11; },
                       },
                       value);
    return size;
}

/// How many of the first hits make a block.
std::size_t fitting(std::span<const hits::Hit> hits) {
    std::size_t count = 0;
    for (std::size_t size = 0; count < std::min(hits.size(), most_hits_in_block); ++count) {
        size += size_of(hits[count]);
        if (count > 0 && size > wanted_block) break;
    }
    return count;
}

template <class Take>
void each_block(const hits::SymbolNames& names, Take take) {
    Encoder block;
    for (const auto& [address, name] : names) {
        encode_name(block, address, name);
        if (block.bytes().size() < wanted_block) continue;
        take(BlockKind::names, block.bytes());
        block = {};
    }
    if (!block.bytes().empty()) take(BlockKind::names, block.bytes());
}

/// `take(kind, bytes)` for every block of a test.
template <class Take>
void each_block(const Observed& test, const Sources& sources, Take take) {
    Encoder begin;
    encode_test_begin(begin, test);
    take(BlockKind::test_begin, begin.bytes());
    each_block(test.trace.symbols, take);
    for (std::span<const hits::Hit> rest = test.trace.hits; !rest.empty();) {
        const std::size_t count = fitting(rest);
        Encoder block;
        encode_hits(block, rest.first(count), sources);
        take(BlockKind::hits, block.bytes());
        rest = rest.subspan(count);
    }
    Encoder end;
    encode_test_end(end, test);
    take(BlockKind::test_end, end.bytes());
}

/// The same for what comes before the sources.
template <class Take>
void each_block(const Recording& about, Take take) {
    Encoder out;
    encode_about(out, about);
    take(BlockKind::about, out.bytes());
    for (Bytes rest = about.kernel; !rest.empty();) {
        const Bytes part = rest.first(std::min(rest.size(), wanted_block));
        take(BlockKind::kernel, part);
        rest = rest.subspan(part.size());
    }
}

} // namespace

std::vector<std::byte> encode(const Recording& recording) {
    std::vector<std::byte> bytes;
    put_head(bytes);
    const auto take = [&](BlockKind kind, Bytes block) { put_block(bytes, kind, block); };
    each_block(recording, take);
    for (const Sources& sources : recording.sources) {
        Encoder out;
        encode_sources(out, sources);
        take(BlockKind::sources, out.bytes());
    }
    for (const Observed& test : recording.tests)
        each_block(test, recording.sources.at(test.sources), take);
    take(BlockKind::end, {});
    return bytes;
}

Writer::Writer(std::filesystem::path path, int file, std::string temporary)
    : path_(std::move(path)), file_(file), temporary_(std::move(temporary)) {}

Writer::Writer(Writer&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)),
      temporary_(std::exchange(other.temporary_, {})), error_(other.error_),
      unwritten_(std::move(other.unwritten_)), sources_(std::move(other.sources_)) {}

Writer& Writer::operator=(Writer&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    std::swap(temporary_, other.temporary_);
    std::swap(error_, other.error_);
    std::swap(unwritten_, other.unwritten_);
    std::swap(sources_, other.sources_);
    return *this;
}

Writer::~Writer() {
    if (file_ >= 0) ::close(file_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<Writer> Writer::create(const std::filesystem::path& path, const Recording& about) {
    std::error_code ignored;
    const auto status = std::filesystem::status(path, ignored);
    const bool is_special =
        std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
    std::string temporary = is_special ? "" : path.string() + ".XXXXXX";
    const int file = is_special ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC)
                                : ::mkostemp(temporary.data(), O_CLOEXEC);
    if (file < 0)
        return fail(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
    if (!is_special) ::fchmod(file, 0644);
    Writer writer(path, file, std::move(temporary));
    put_head(writer.unwritten_);
    each_block(about, [&](BlockKind kind, Bytes bytes) { writer.add_block(kind, bytes); });
    return writer;
}

void Writer::add_block(BlockKind kind, Bytes bytes) {
    if (!put_block(unwritten_, kind, bytes) && error_ == 0) error_ = EFBIG;
    if (unwritten_.size() > wanted_block) flush();
}

void Writer::flush() {
    for (Bytes rest = unwritten_; !rest.empty() && error_ == 0;) {
        const ssize_t put = ::write(file_, rest.data(), rest.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0)
            error_ = errno;
        else
            rest = rest.subspan(static_cast<std::size_t>(put));
    }
    unwritten_.clear();
}

std::uint32_t Writer::add(Sources sources) {
    Encoder out;
    encode_sources(out, sources);
    add_block(BlockKind::sources, out.bytes());
    sources_.push_back(std::move(sources));
    return static_cast<std::uint32_t>(sources_.size() - 1);
}

void Writer::add(const Observed& test) {
    each_block(test, sources_.at(test.sources),
               [&](BlockKind kind, Bytes bytes) { add_block(kind, bytes); });
    flush();
    if (error_ != 0 || temporary_.empty()) return;
    if (::rename(temporary_.c_str(), path_.c_str()) == 0)
        temporary_.clear();
    else
        error_ = errno;
}

Result<void> Writer::finish() {
    add_block(BlockKind::end, {});
    flush();
    if (::close(std::exchange(file_, -1)) != 0 && error_ == 0) error_ = errno;
    if (error_ == 0) return {};
    return fail(fmt::format("cannot write {}: {}", path_.string(), std::strerror(error_)));
}

} // namespace kps::recordings
