#pragma once

#include "compiler/base/result.hpp"
#include "compiler/kernel/image.hpp"
#include "compiler/kernel/kernel_view.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kps::kernel {

/// A symbol of an image; its name is a slice of the text that comes with the list.
struct RawSymbol {
    std::uint64_t address = 0; ///< link-time
    std::uint32_t name_offset = 0;
    std::uint32_t name_size = 0;
    char type = '?'; ///< as in /proc/kallsyms
    ProbeStatus probe = ProbeStatus::unknown;
};

struct Kallsyms {
    std::string names;
    std::vector<RawSymbol> symbols; ///< in the order of the tables: by address

    [[nodiscard]] std::string_view name_of(const RawSymbol& symbol) const {
        return std::string_view(names).substr(symbol.name_offset, symbol.name_size);
    }
};

/// Decodes the symbol tables that a kernel carries in its .rodata for /proc/kallsyms. No header
/// points at them, so they are found by what they hold. Written by scripts/kallsyms.c and read by
/// kernel/kallsyms.c; every layout from v5.10 to v7.2 is tried, whatever the kernel's version:
///
/// - order: addresses, num_syms, names, markers, token_table, token_index up to v6.3;
///   num_syms, names, markers, token_table, token_index, addresses since v6.4. From v6.2 on,
///   seqs_of_names comes after the markers or after the addresses; it is not needed here.
/// - a name is its length in tokens and the tokens, the first letter of the text is the type. The
///   length is one byte up to v6.0, ULEB128 of at most two since v6.1. Every 256th name has a
///   marker, its offset in names.
/// - addresses: 64 bits each (without CONFIG_KALLSYMS_BASE_RELATIVE, up to v6.10); 32 bits and a
///   base, either unsigned or (CONFIG_KALLSYMS_ABSOLUTE_PERCPU, up to v6.14) an absolute value if
///   positive and `base - 1 - value` if negative; 32 bits relative to the entry itself since v7.0.
///
/// `probe` is left unknown. Fails if no layout fits the image.
Result<Kallsyms> decode_kallsyms(const KernelImage& image);

} // namespace kps::kernel
