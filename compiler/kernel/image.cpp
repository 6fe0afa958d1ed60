#include "compiler/kernel/image.hpp"

#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/elf.hpp"
#include "compiler/kernel/unpack.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/core.h>
#include <unordered_map>

namespace kps::kernel {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t relocation_relative = 1027; // R_AARCH64_RELATIVE, symbol 0

bool is_arm64_image(Bytes data) {
    return as_text(slice(data, 56, 4)) == "ARM\x64";
}

bool is_zboot(Bytes data) {
    return as_text(data).starts_with("MZ") && as_text(slice(data, 4, 4)) == "zimg";
}

bool is_bzimage(Bytes data) {
    return as_text(slice(data, 0x202, 4)) == "HdrS";
}

Bytes zboot_payload(Bytes data) {
    return slice(data, read_le<std::uint32_t>(data, 8).value_or(0),
                 read_le<std::uint32_t>(data, 12).value_or(0));
}

Result<Bytes> bzimage_payload(Bytes data) {
    constexpr std::uint16_t first_version_with_payload = 0x208;
    if (read_le<std::uint16_t>(data, 0x206).value_or(0) < first_version_with_payload)
        return fail(
            "an x86 kernel with a boot protocol before 2.08, which no kernel since 2.6.26 has");
    const unsigned declared_sectors = read_le<std::uint8_t>(data, 0x1f1).value_or(0);
    const std::uint64_t setup_sectors = declared_sectors == 0 ? 4 : declared_sectors;
    const std::uint64_t offset = read_le<std::uint32_t>(data, 0x248).value_or(0);
    const Bytes payload = slice(data, (setup_sectors + 1) * 512 + offset,
                                read_le<std::uint32_t>(data, 0x24c).value_or(0));
    if (payload.empty()) return fail("an x86 kernel whose payload is cut short");
    return payload;
}

/// Where kernels are linked to on arm64 is a multiple of 128 MiB (KIMAGE_VADDR in
/// arch/arm64/include/asm/memory.h, v5.8 to v7.2), and larger than they are, so that the pointers
/// in the image tell it: most share the same upper bits. 0 if there are none.
std::uint64_t link_address(Bytes image) {
    constexpr unsigned granule_bits = 27;
    constexpr std::size_t enough = 100'000;
    constexpr std::uint64_t small_negatives = ~std::uint64_t{0} >> granule_bits;
    std::unordered_map<std::uint64_t, std::size_t> counts;
    std::size_t seen = 0;
    for (std::size_t at = 0; at + 8 <= image.size() && seen < enough; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, image.data() + at, sizeof word);
        const std::uint64_t granule = word >> granule_bits;
        if (word >> 48 != 0xffff || granule == small_negatives) continue;
        ++counts[granule];
        ++seen;
    }
    const auto most = std::ranges::max_element(
        counts, {}, [](const auto& granule_and_count) { return granule_and_count.second; });
    return most == counts.end() ? 0 : most->first << granule_bits;
}

/// The run of relocations in a flat image, which has no headers that would tell.
Bytes find_relocations(Bytes image) {
    constexpr std::size_t fewest = 16;
    const auto is_relocation = [&](std::size_t at) {
        return read_le<std::uint64_t>(image, at + 8) == relocation_relative;
    };
    for (std::size_t at = 0; at + elf_relocation_size <= image.size(); at += 8) {
        std::size_t end = at;
        while (is_relocation(end))
            end += elf_relocation_size;
        if (end - at >= fewest * elf_relocation_size) return image.subspan(at, end - at);
    }
    return {};
}

} // namespace

Result<Bytes> unwrap_image(Bytes file, std::vector<std::byte>& unpacked) {
    constexpr int deepest = 4; // a gzip'd zboot of a gzip'd Image is the worst that makes sense
    Bytes data = file;
    for (int depth = 0; depth < deepest; ++depth) {
        if (is_elf(data) || is_arm64_image(data)) return data;
        if (is_bzimage(data)) {
            const auto payload = bzimage_payload(data);
            if (!payload) return std::unexpected(payload.error());
            data = *payload;
        } else if (is_zboot(data)) {
            data = zboot_payload(data);
        } else if (!is_compressed(data)) {
            break;
        }
        if (is_elf(data)) return data;
        auto out = unpack_payload(data);
        if (!out) return std::unexpected(out.error());
        unpacked = std::move(*out);
        data = unpacked;
    }
    return fail("not a kernel image: neither an ELF file, an x86 bzImage nor an arm64 Image");
}

Result<KernelImage> KernelImage::open(Bytes file) {
    KernelImage image;
    const auto bytes = unwrap_image(file, image.owned_);
    if (!bytes) return std::unexpected(bytes.error());
    image.bytes_ = *bytes;
    image.is_elf_ = kernel::is_elf(*bytes);
    if (!image.is_elf_)
        image.map_flat();
    else if (const auto mapped = image.map_elf(); !mapped)
        return std::unexpected(mapped.error());
    if (image.architecture_ == Architecture::arm64) image.relocate();
    return image;
}

Result<void> KernelImage::map_elf() {
    auto elf = parse_elf(bytes_);
    if (!elf) return std::unexpected(elf.error());
    if (elf->machine != elf_machine_x86_64 && elf->machine != elf_machine_arm64)
        return fail(fmt::format("an ELF file for machine {}, expected x86_64 ({}) or arm64 ({})",
                                elf->machine, elf_machine_x86_64, elf_machine_arm64));
    architecture_ = elf->machine == elf_machine_arm64 ? Architecture::arm64 : Architecture::x86_64;
    segments_ = std::move(elf->segments);
    sections_ = std::move(elf->sections);
    return {};
}

void KernelImage::map_flat() {
    architecture_ = Architecture::arm64;
    segments_ = {{.address = link_address(bytes_), .offset = 0, .size = bytes_.size()}};
}

void KernelImage::relocate() {
    const Bytes relocations = is_elf_ ? section(".rela.dyn") : find_relocations(bytes_);
    if (relocations.empty()) return;
    if (owned_.empty()) {
        owned_.assign(bytes_.begin(), bytes_.end());
        bytes_ = owned_;
    }
    for (std::size_t i = 0; i + elf_relocation_size <= relocations.size();
         i += elf_relocation_size) {
        const Bytes target = at(*read_le<std::uint64_t>(relocations, i), sizeof(std::uint64_t));
        const bool relative = *read_le<std::uint64_t>(relocations, i + 8) == relocation_relative;
        if (target.empty() || !relative) continue;
        const auto offset = static_cast<std::size_t>(target.data() - owned_.data());
        const auto value = load_le<std::uint64_t>(relocations, i + 16); // may lie in the target
        std::memcpy(owned_.data() + offset, &value, sizeof value);
    }
}

Bytes KernelImage::from(std::uint64_t address) const {
    for (const ElfSegment& segment : segments_)
        if (address >= segment.address && address - segment.address < segment.size)
            return bytes_.subspan(segment.offset, segment.size).subspan(address - segment.address);
    return {};
}

Bytes KernelImage::at(std::uint64_t address, std::uint64_t size) const {
    return slice(from(address), 0, size);
}

std::uint64_t KernelImage::address_of(std::uint64_t offset) const {
    for (const ElfSegment& segment : segments_)
        if (offset >= segment.offset && offset - segment.offset < segment.size)
            return segment.address + (offset - segment.offset);
    return 0;
}

bool KernelImage::starts_at(std::uint64_t address) const {
    return std::ranges::find(segments_, address, &ElfSegment::address) != segments_.end();
}

Bytes KernelImage::section(std::string_view name) const {
    const auto found = std::ranges::find(sections_, name, &ElfSection::name);
    return found == sections_.end() ? Bytes{} : bytes_.subspan(found->offset, found->size);
}

} // namespace kps::kernel
