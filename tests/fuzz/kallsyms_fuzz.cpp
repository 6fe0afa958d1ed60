// What follows the text of a kernel image: kallsyms tables and what they are found by. The first
// byte chooses the architecture.

#include "compiler/kernel/image.hpp"
#include "compiler/kernel/kallsyms.hpp"
#include "compiler/kernel/probeable.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/unit/kernel/synthetic_image.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kps;
    using namespace kps::kernel;
    fuzz::Input input(data, size);
    const bool is_arm64 = (input.byte() & 1) != 0;
    const std::uint64_t base = is_arm64 ? test::arm64_base : test::x86_base;
    const fuzz::Bytes tables = input.rest();
    const std::vector<test::SyntheticSection> sections{
        {".text", base, test::Data(64)},
        {".rodata", base + 0x1000, {tables.begin(), tables.end()}}};
    const test::Data file =
        test::elf_file(is_arm64 ? test::machine_arm64 : test::machine_x86_64, sections);
    const auto image = KernelImage::open(file);
    fuzz::require(image.has_value(), "the image around the tables is sound");
    auto kallsyms = decode_kallsyms(*image);
    if (!kallsyms) return 0;
    set_probe_status(*image, *kallsyms);
    std::uint64_t last = 0;
    for (const RawSymbol& symbol : kallsyms->symbols) {
        fuzz::require(kallsyms->name_of(symbol).size() == symbol.name_size, "names are complete");
        fuzz::require(symbol.address >= last, "symbols are in order");
        last = symbol.address;
    }
    return 0;
}
