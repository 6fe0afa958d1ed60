#include "compiler/kernel/deb.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <fmt/core.h>
#include <memory>

namespace kps::kernel {

namespace {

using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

constexpr std::size_t read_size = 1 << 18;
constexpr la_int64_t largest_file = la_int64_t{1} << 30;

Archive new_reader() {
    return {archive_read_new(), archive_read_free};
}

std::unexpected<Error> failure(const std::filesystem::path& deb, archive* reader) {
    const char* why = archive_error_string(reader);
    return fail(fmt::format("{}: {}", deb.string(), why ? why : "damaged package"));
}

/// Feeds the inner archive with the bytes of the outer one's current member.
la_ssize_t read_member(archive* inner, void* outer, const void** block) {
    auto* from = static_cast<archive*>(outer);
    std::size_t size = 0;
    la_int64_t offset = 0;
    for (;;) {
        const int status = archive_read_data_block(from, block, &size, &offset);
        if (status == ARCHIVE_EOF) return 0;
        if (status != ARCHIVE_OK) {
            archive_set_error(inner, EIO, "%s", archive_error_string(from));
            return -1;
        }
        if (size > 0) return static_cast<la_ssize_t>(size); // 0 would mean the end
    }
}

Result<std::vector<std::byte>> read_entry(archive* tar, archive_entry* entry,
                                          const std::filesystem::path& deb) {
    const la_int64_t size = archive_entry_size(entry);
    if (size < 0 || size > largest_file)
        return fail(
            fmt::format("{}: {} is too large", deb.string(), archive_entry_pathname(entry)));
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    std::size_t done = 0;
    while (done < bytes.size()) {
        const la_ssize_t got = archive_read_data(tar, bytes.data() + done, bytes.size() - done);
        if (got < 0) return failure(deb, tar);
        if (got == 0) return fail(deb.string() + " is cut short");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

/// Moves the outer archive to its member `data.tar.*`.
Result<void> find_data(archive* outer, const std::filesystem::path& deb) {
    archive_entry* entry = nullptr;
    for (;;) {
        const int status = archive_read_next_header(outer, &entry);
        if (status == ARCHIVE_EOF) return fail(deb.string() + " has no data.tar");
        if (status != ARCHIVE_OK) return failure(deb, outer);
        const char* name = archive_entry_pathname(entry);
        if (name && std::string_view(name).starts_with("data.tar")) return {};
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
    if (auto found = find_data(outer.get(), deb); !found) return found;
    archive_read_support_filter_all(tar.get());
    archive_read_support_format_tar(tar.get());
    if (archive_read_open(tar.get(), outer.get(), nullptr, read_member, nullptr) != ARCHIVE_OK)
        return failure(deb, tar.get());
    archive_entry* entry = nullptr;
    for (;;) {
        const int status = archive_read_next_header(tar.get(), &entry);
        if (status == ARCHIVE_EOF) return {};
        if (status != ARCHIVE_OK) return failure(deb, tar.get());
        const char* name = archive_entry_pathname(entry);
        if (archive_entry_filetype(entry) != AE_IFREG || !name) continue;
        std::string_view path = name;
        if (path.starts_with("./")) path.remove_prefix(2);
        if (!wants(path)) continue;
        auto bytes = read_entry(tar.get(), entry, deb);
        if (!bytes) return std::unexpected(bytes.error());
        if (!take(std::string(path), std::move(*bytes))) return {};
    }
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
