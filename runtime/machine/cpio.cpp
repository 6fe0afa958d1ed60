#include "runtime/machine/cpio.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <sys/stat.h>

namespace kps::machine {

namespace {

constexpr std::array<std::string_view, 4> merged_directories{"bin", "lib", "lib64", "sbin"};

std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const std::string_view part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), part.size() + 1));
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            parts.push_back(part);
        } else if (!parts.empty()) {
            parts.pop_back();
        }
    }
    return parts;
}

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

class ArchiveWriter {
public:
    void entry(std::string_view name, std::uint32_t mode, std::span<const std::byte> content,
               std::uint32_t major, std::uint32_t minor) {
        constexpr std::uint32_t root = 0;
        constexpr std::uint32_t no_time = 0;
        constexpr std::uint32_t links = 1;
        constexpr std::uint32_t no_checksum = 0;
        append(fmt::format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}"
                           "{:08x}{:08x}{:08x}",
                           ++inode_, mode, root, root, links, no_time, content.size(), 0, 0, major,
                           minor, name.size() + 1, no_checksum));
        append(name);
        bytes_.push_back(std::byte{0});
        pad();
        bytes_.insert(bytes_.end(), content.begin(), content.end());
        pad();
    }
    std::vector<std::byte> take() { return std::move(bytes_); }

private:
    void append(std::string_view text) {
        std::ranges::copy(bytes_of(text), std::back_inserter(bytes_));
    }
    void pad() { bytes_.resize((bytes_.size() + 3) / 4 * 4); }

    std::vector<std::byte> bytes_;
    std::uint32_t inode_ = 0;
};

} // namespace

std::string guest_path(std::string_view path) {
    std::vector<std::string_view> parts = parts_of(path);
    // The link itself (one part alone) stays where it is.
    if (parts.size() > 1 && std::ranges::count(merged_directories, parts.front()) != 0)
        parts.insert(parts.begin(), "usr");
    std::string result;
    for (const std::string_view part : parts) {
        if (!result.empty()) result += '/';
        result += part;
    }
    return result;
}

Initramfs::Initramfs() {
    for (const std::string_view name : merged_directories) {
        directory(fmt::format("usr/{}", name));
        link(name, fmt::format("usr/{}", name));
    }
}

void Initramfs::add(std::string_view path, Entry entry) {
    std::string name = guest_path(path);
    for (std::size_t slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1))
        entries_.try_emplace(name.substr(0, slash), Entry{S_IFDIR | 0755, {}});
    entries_.insert_or_assign(std::move(name), std::move(entry));
}

void Initramfs::directory(std::string_view path, std::uint32_t permissions) {
    add(path, {S_IFDIR | permissions, {}});
}

void Initramfs::file(std::string_view path, std::span<const std::byte> content,
                     std::uint32_t permissions) {
    add(path, {S_IFREG | permissions, {content.begin(), content.end()}});
}

void Initramfs::file(std::string_view path, std::string_view content, std::uint32_t permissions) {
    file(path, bytes_of(content), permissions);
}

void Initramfs::link(std::string_view path, std::string_view target) {
    const auto bytes = bytes_of(target);
    add(path, {S_IFLNK | 0777, {bytes.begin(), bytes.end()}});
}

void Initramfs::character_device(std::string_view path, std::uint32_t major, std::uint32_t minor) {
    add(path, {S_IFCHR | 0600, {}, major, minor});
}

bool Initramfs::contains(std::string_view path) const {
    return entries_.contains(guest_path(path));
}

std::vector<std::byte> Initramfs::archive() const {
    ArchiveWriter writer;
    for (const auto& [name, entry] : entries_)
        writer.entry(name, entry.mode, entry.content, entry.major, entry.minor);
    writer.entry("TRAILER!!!", 0, {}, 0, 0);
    return writer.take();
}

} // namespace kps::machine
