#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kps::test {

using Files = std::vector<std::pair<std::string, std::string>>;

/// A tar.xz (or with another filter, such as `archive_write_add_filter_gzip`) of these files.
inline std::string make_tar(const Files& files,
                            int (*filter)(archive*) = archive_write_add_filter_xz) {
    std::string out(1 << 22, '\0');
    std::size_t used = 0;
    archive* writer = archive_write_new();
    filter(writer);
    archive_write_set_format_gnutar(writer);
    archive_write_set_bytes_in_last_block(writer, 1);
    archive_write_open_memory(writer, out.data(), out.size(), &used);
    for (const auto& [name, content] : files) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, ("./" + name).c_str());
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
        archive_write_header(writer, entry);
        archive_write_data(writer, content.data(), content.size());
        archive_entry_free(entry);
    }
    archive_write_close(writer);
    archive_write_free(writer);
    out.resize(used);
    return out;
}

/// An `ar` archive of these members.
inline std::string make_ar(const Files& members) {
    std::string out = "!<arch>\n";
    for (const auto& [name, content] : members) {
        std::string header(60, ' ');
        const auto put = [&header](std::size_t at, std::string_view text) {
            header.replace(at, text.size(), text);
        };
        put(0, name), put(16, "0"), put(28, "0"), put(34, "0"), put(40, "100644");
        put(48, std::to_string(content.size()));
        put(58, "`\n");
        out += header + content;
        if (content.size() % 2 != 0) out += '\n';
    }
    return out;
}

inline std::string make_deb(const Files& files) {
    return make_ar({{"debian-binary", "2.0\n"},
                    {"control.tar.xz", make_tar({{"control", "Package: x\n"}})},
                    {"data.tar.xz", make_tar(files)}});
}

} // namespace kps::test
