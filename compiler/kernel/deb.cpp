#include "compiler/kernel/deb.hpp"

#include "compiler/kernel/xz_stream.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <fmt/core.h>
#include <memory>
#include <optional>

namespace kps::kernel {

namespace {

using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

constexpr std::size_t read_size = 1 << 18;
constexpr la_int64_t largest_file = la_int64_t{1} << 30;
constexpr std::size_t growth = 1 << 24; // a size may be told that nothing stands behind

Archive new_reader() {
    return {archive_read_new(), archive_read_free};
}

std::string reason(archive* reader) {
    const char* why = archive_error_string(reader);
    return why ? why : "damaged package";
}

std::unexpected<Error> failure(const std::filesystem::path& deb, archive* reader) {
    return fail(fmt::format("{}: {}", deb.string(), reason(reader)));
}

/// The current member of the outer archive, in pieces.
Result<XzStream::Bytes> read_member(archive* outer) {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    for (;;) {
        const int status = archive_read_data_block(outer, &block, &size, &offset);
        if (status == ARCHIVE_EOF) return {};
        if (status != ARCHIVE_OK) return fail(reason(outer));
        if (size > 0) return XzStream::Bytes(static_cast<const std::byte*>(block), size);
    }
}

/// Feeds the inner archive with what the source gives, which must not be empty before the end.
la_ssize_t feed(archive* inner, void* source, const void** block) {
    const auto bytes = (*static_cast<XzStream::Source*>(source))();
    if (!bytes) {
        archive_set_error(inner, EIO, "%s", bytes.error().message.c_str());
        return -1;
    }
    *block = bytes->data();
    return static_cast<la_ssize_t>(bytes->size());
}

Result<std::vector<std::byte>> read_entry(archive* tar, archive_entry* entry,
                                          const std::filesystem::path& deb) {
    const la_int64_t size = archive_entry_size(entry);
    if (size < 0 || size > largest_file)
        return fail(
            fmt::format("{}: {} is too large", deb.string(), archive_entry_pathname(entry)));
    std::vector<std::byte> bytes;
    const auto whole = static_cast<std::size_t>(size);
    for (std::size_t done = 0; done < whole;) {
        bytes.resize(std::min(whole, done + growth));
        const la_ssize_t got = archive_read_data(tar, bytes.data() + done, bytes.size() - done);
        if (got < 0) return failure(deb, tar);
        if (got == 0) return fail(deb.string() + " is cut short");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

/// Moves the outer archive to its member `data.tar.*` and gives its name.
Result<std::string> find_data(archive* outer, const std::filesystem::path& deb) {
    archive_entry* entry = nullptr;
    for (;;) {
        const int status = archive_read_next_header(outer, &entry);
        if (status == ARCHIVE_EOF) return fail(deb.string() + " has no data.tar");
        if (status != ARCHIVE_OK) return failure(deb, outer);
        const char* name = archive_entry_pathname(entry);
        if (name && std::string_view(name).starts_with("data.tar")) return name;
    }
}

Result<void> visit_tar(archive* tar, const std::filesystem::path& deb,
                       const std::function<bool(std::string_view)>& wants,
                       const std::function<bool(std::string, std::vector<std::byte>)>& take) {
    archive_entry* entry = nullptr;
    for (;;) {
        const int status = archive_read_next_header(tar, &entry);
        if (status == ARCHIVE_EOF) return {};
        if (status != ARCHIVE_OK) return failure(deb, tar);
        const char* name = archive_entry_pathname(entry);
        if (archive_entry_filetype(entry) != AE_IFREG || !name) continue;
        std::string_view path = name;
        if (path.starts_with("./")) path.remove_prefix(2);
        if (!wants(path)) continue;
        auto bytes = read_entry(tar, entry, deb);
        if (!bytes) return std::unexpected(bytes.error());
        if (!take(std::string(path), std::move(*bytes))) return {};
    }
}

} // namespace

Result<void> visit_deb(const std::filesystem::path& deb,
                       const std::function<bool(std::string_view)>& wants,
                       const std::function<bool(std::string, std::vector<std::byte>)>& take) {
    const Archive outer = new_reader(), tar = new_reader();
    archive_read_support_format_ar(outer.get());
    if (archive_read_open_filename(outer.get(), deb.c_str(), read_size) != ARCHIVE_OK)
        return failure(deb, outer.get());
    const auto member = find_data(outer.get(), deb);
    if (!member) return std::unexpected(member.error());
    XzStream::Source source = [&] { return read_member(outer.get()); };
    std::optional<XzStream> xz;
    if (member->ends_with(".xz")) {
        xz.emplace(std::move(source));
        source = [&] { return xz->next(); };
    } else {
        // What dpkg writes or wrote; others make libarchive start programs.
        archive_read_support_filter_zstd(tar.get());
        archive_read_support_filter_gzip(tar.get());
        archive_read_support_filter_bzip2(tar.get());
        archive_read_support_filter_lzma(tar.get());
    }
    archive_read_support_format_tar(tar.get());
    if (archive_read_open(tar.get(), &source, nullptr, feed, nullptr) != ARCHIVE_OK)
        return failure(deb, tar.get());
    return visit_tar(tar.get(), deb, wants, take);
}

Result<void> visit_debs(std::span<const std::filesystem::path> debs,
                        const std::function<bool(std::string_view)>& wants,
                        const std::function<bool(std::string, std::vector<std::byte>)>& take) {
    bool stopped = false;
    for (const std::filesystem::path& deb : debs) {
        auto visited = visit_deb(deb, wants, [&](std::string path, std::vector<std::byte> bytes) {
            stopped = !take(std::move(path), std::move(bytes));
            return !stopped;
        });
        if (!visited || stopped) return visited;
    }
    return {};
}

} // namespace kps::kernel
