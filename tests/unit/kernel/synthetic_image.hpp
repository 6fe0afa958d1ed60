#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Small kernel images, written as the tools of the kernel write large ones.
namespace kps::kernel::test {

using Data = std::vector<std::byte>;

Data bytes_of(std::string_view text);

/// Appends little-endian values and keeps alignments.
class Writer {
public:
    void text(std::string_view value);
    void data(std::span<const std::byte> value);
    template <class T>
    void number(T value) {
        data(std::as_bytes(std::span(&value, 1)));
    }
    void align(std::size_t alignment) { pad_to((size() + alignment - 1) / alignment * alignment); }
    void pad_to(std::size_t size) { data_.resize(size); }
    [[nodiscard]] std::size_t size() const { return data_.size(); }
    [[nodiscard]] const Data& done() const { return data_; }

private:
    Data data_;
};

// Compression

enum class Packing { gzip, xz, zstd, lz4, lz4_legacy, lzma, bzip2 };
inline constexpr std::array all_packings{Packing::gzip,      Packing::xz,   Packing::zstd,
                                         Packing::lz4,       Packing::lzma, Packing::bzip2,
                                         Packing::lz4_legacy};

Data pack(std::span<const std::byte> data, Packing packing);

// kallsyms

struct SyntheticSymbol {
    std::uint64_t address = 0;
    char type = 't';
    std::string name;
};

enum class Order { addresses_first, names_first };
enum class Encoding { absolute, above_base, absolute_or_below_base, relative_to_itself };

struct Layout {
    std::string_view name;
    Order order = Order::names_first;
    Encoding encoding = Encoding::above_base;
    bool sequence = true; ///< with seqs_of_names
    bool long_lengths = true;
    std::size_t alignment = 8;
};

/// What kernels of different ages have.
inline constexpr std::array layouts{
    Layout{"v5.10_absolute", Order::addresses_first, Encoding::absolute, false, false},
    Layout{"v5.10_x86", Order::addresses_first, Encoding::absolute_or_below_base, false, false},
    Layout{"v5.10_arm64", Order::addresses_first, Encoding::above_base, false, false},
    Layout{"v6.1_x86", Order::addresses_first, Encoding::absolute_or_below_base, false},
    Layout{"v6.1_arm64", Order::addresses_first, Encoding::above_base, false},
    Layout{"v6.2_absolute", Order::addresses_first, Encoding::absolute},
    Layout{"v6.2_x86", Order::addresses_first, Encoding::absolute_or_below_base},
    Layout{"v6.2_arm64", Order::addresses_first, Encoding::above_base},
    Layout{"v6.4_absolute", Order::names_first, Encoding::absolute},
    Layout{"v6.4_x86", Order::names_first, Encoding::absolute_or_below_base},
    Layout{"v6.4_arm64", Order::names_first, Encoding::above_base},
    Layout{"v7.0", Order::names_first, Encoding::relative_to_itself, true, true, 4},
};

/// The tables as they lie from `address` on. Symbols are in order; `base` is below or at the first
/// that is not absolute.
Data kallsyms_tables(std::span<const SyntheticSymbol> symbols, const Layout& layout,
                     std::uint64_t address, std::uint64_t base);

// Images

struct SyntheticSection {
    std::string name;
    std::uint64_t address = 0; ///< 0: not loaded
    Data contents;
};

inline constexpr std::uint16_t machine_x86_64 = 62;
inline constexpr std::uint16_t machine_arm64 = 183;

/// Of them, `.bss` is said not to be in the file.
Data elf_file(std::uint16_t machine, std::span<const SyntheticSection> sections);

/// An arm64 Image of the sections, the first of which lies at `base` and leaves its first 64 bytes
/// to the header.
Data arm64_image(std::span<const SyntheticSection> sections, std::uint64_t base);

Data bzimage(std::span<const std::byte> payload);
Data zboot(std::span<const std::byte> payload);

// Kernels

inline constexpr std::uint64_t x86_base = 0xffffffff81000000;
inline constexpr std::uint64_t arm64_base = 0xffff800080000000;

/// A kernel whose text lies at `base`, with space up to `rodata_offset`, and whose tables lie
/// there.
struct SyntheticKernel {
    static constexpr std::uint64_t rodata_offset = 0x20000;
    static constexpr std::uint64_t data_offset = 0x80000;

    std::uint16_t machine = machine_x86_64;
    Layout layout = {"v6.4_x86", Order::names_first, Encoding::absolute_or_below_base};
    std::vector<SyntheticSymbol> symbols = {}; ///< put in order and filled up by `sections`
    Data text = {};
    std::string rodata = {};              ///< before the tables
    std::vector<std::uint64_t> data = {}; ///< at `data_offset`
    Data btf = {};

    [[nodiscard]] std::uint64_t base() const {
        return machine == machine_arm64 ? arm64_base : x86_base;
    }
    /// All symbols it is going to have: those given, `_stext` and fillers, by address.
    [[nodiscard]] std::vector<SyntheticSymbol> all_symbols() const;
    [[nodiscard]] std::vector<SyntheticSection> sections() const;
    /// An ELF file, or for arm64 an Image.
    [[nodiscard]] Data file() const;
};

} // namespace kps::kernel::test
