// A file that is to be a kernel image, a module or a compressed stream.

#include "compiler/kernel/code.hpp"
#include "compiler/kernel/image_facts.hpp"
#include "compiler/kernel/module.hpp"
#include "compiler/kernel/unpack.hpp"
#include "tests/fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kps;
    using namespace kps::kernel;
    const auto file = std::as_bytes(std::span(data, size));
    if (const auto facts = read_image(file))
        for (const RawSymbol& symbol : facts->symbols)
            fuzz::require(facts->name_of(symbol).size() == symbol.name_size, "names are complete");
    if (const auto elf = bootable_elf(file))
        fuzz::require(is_elf(*elf), "what can be booted is an ELF file");
    if (const auto module = read_module(file, "lib/modules/input.ko"))
        fuzz::require(module->sizes.size() == module->symbols.size(), "each symbol has a size");
    static_cast<void>(begins_instruction(file, size));
    static_cast<void>(replaced_code(file, 0x1000, {0, UINT64_MAX}));
    return 0;
}
