#pragma once

#include "compiler/base/result.hpp"
#include "compiler/kernel/elf.hpp"
#include "compiler/kernel/kernel_view.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace kps::kernel {

/// A kernel as it lies in memory, at the addresses it was linked for. A relocatable arm64 kernel
/// has its relocations (R_AARCH64_RELATIVE in RELA form) applied.
class KernelImage {
public:
    /// Unwraps and reads a file: an ELF vmlinux, an x86 bzImage (Documentation/arch/x86/boot.rst,
    /// protocol 2.08 and later), an arm64 Image (Documentation/arch/arm64/booting.rst), an EFI
    /// zboot of one (drivers/firmware/efi/libstub/zboot-header.S, v6.1), or one of these in a
    /// compressed stream. `file` must outlive the result.
    static Result<KernelImage> open(std::span<const std::byte> file);

    KernelImage(KernelImage&&) = default;
    KernelImage& operator=(KernelImage&&) = default;
    KernelImage(const KernelImage&) = delete;
    KernelImage& operator=(const KernelImage&) = delete;
    ~KernelImage() = default;

    [[nodiscard]] Architecture architecture() const { return architecture_; }
    [[nodiscard]] bool is_elf() const { return is_elf_; }
    /// The unwrapped file: the ELF file or the flat image.
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

    /// Memory at an address, empty if any part of it is not in the image.
    [[nodiscard]] std::span<const std::byte> at(std::uint64_t address, std::uint64_t size) const;
    /// From an address on as far as the image goes on without a gap, empty if it is not in it.
    [[nodiscard]] std::span<const std::byte> from(std::uint64_t address) const;
    /// The address of a byte of `bytes()`, 0 if it is not loaded.
    [[nodiscard]] std::uint64_t address_of(std::uint64_t offset) const;
    /// Whether the image, or a segment of it, is loaded from exactly this address on.
    [[nodiscard]] bool starts_at(std::uint64_t address) const;
    /// Contents of an ELF section, empty if there is none of that name.
    [[nodiscard]] std::span<const std::byte> section(std::string_view name) const;

private:
    KernelImage() = default;
    Result<void> map_elf();
    void map_flat();
    void relocate();

    Architecture architecture_ = Architecture::x86_64;
    bool is_elf_ = false;
    std::vector<std::byte> owned_; ///< what `bytes_` refers to, unless that is the caller's file
    std::span<const std::byte> bytes_;
    std::vector<ElfSegment> segments_;
    std::vector<ElfSection> sections_;
};

/// Unwraps `file` as `KernelImage::open` does, without reading what is inside.
/// `unpacked` keeps what had to be unpacked; the result is a part of it or of `file`.
Result<std::span<const std::byte>> unwrap_image(std::span<const std::byte> file,
                                                std::vector<std::byte>& unpacked);

} // namespace kps::kernel
