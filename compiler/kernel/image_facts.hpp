#pragma once

#include "compiler/base/result.hpp"
#include "compiler/kernel/events.hpp"
#include "compiler/kernel/kallsyms.hpp"
#include "compiler/kernel/kernel_view.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kps::kernel {

/// What a kernel image tells about itself. The lists and texts an image lacks are empty.
struct ImageFacts {
    std::string release; ///< from the banner, `6.12.117+deb12-cloud-amd64`
    Architecture architecture = Architecture::x86_64;
    std::string names;
    std::vector<RawSymbol> symbols; ///< in the order of the image's kallsyms: by address
    std::vector<std::byte> btf;     ///< the `.BTF` section
    std::string config;             ///< text of CONFIG_IKCONFIG, if built in
    std::string readme;             ///< tracefs README, starts with `tracing mini-HOWTO:`
    std::vector<TraceEvent> events; ///< see `KernelView::events`

    [[nodiscard]] std::string_view name_of(const RawSymbol& symbol) const {
        return std::string_view(names).substr(symbol.name_offset, symbol.name_size);
    }
};

/// Reads a kernel as it lies on disk: an ELF vmlinux, an x86 bzImage, an arm64 Image (plain, gzip'd
/// or in an EFI zboot). Fails if it is none of these or its symbol tables cannot be found.
Result<ImageFacts> read_image(std::span<const std::byte> file);

/// The ELF vmlinux inside of such a file, for a PVH boot. Fails if it holds a flat image.
Result<std::vector<std::byte>> bootable_elf(std::span<const std::byte> file);

} // namespace kps::kernel
