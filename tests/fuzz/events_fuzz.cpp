// The kernel's own events: a byte with how many the table of an image has, two with the size of its
// types, the types, and its memory, which begins with the table. Then the same as a text.

#include "compiler/kernel/image_events.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/unit/kernel/synthetic_image.hpp"

namespace kps::kernel {
namespace {

Kallsyms symbols(std::uint64_t table, std::uint64_t end) {
    Kallsyms all;
    for (const auto& [name, address] :
         {std::pair{"__start_ftrace_events", table}, std::pair{"__stop_ftrace_events", end},
          std::pair{"sys_call_table", end}, std::pair{"__x64_sys_look", std::uint64_t{0x1000}}}) {
        const std::string_view text = name;
        all.symbols.push_back({address, static_cast<std::uint32_t>(all.names.size()),
                               static_cast<std::uint32_t>(text.size())});
        all.names += text;
    }
    return all;
}

void read_image(fuzz::Input input) {
    const std::uint64_t count = input.byte();
    const fuzz::Bytes types = input.bytes(input.short_number());
    const fuzz::Bytes memory = input.rest();
    const std::vector<test::SyntheticSection> sections{
        {".data", test::x86_base, {memory.begin(), memory.end()}}};
    const test::Data file = test::elf_file(test::machine_x86_64, sections);
    const auto image = KernelImage::open(file);
    const auto btf = Btf::parse({types.begin(), types.end()});
    if (!btf) return;
    const Kallsyms kallsyms = symbols(test::x86_base, test::x86_base + 8 * count);
    for (const TraceEvent& event : read_events(*image, kallsyms, *btf))
        fuzz::require(!event.group.empty() && !event.name.empty(), "an event has a name");
}

void read_text(std::string_view text) {
    static_cast<void>(parse_format("group", text));
    const std::string printed = print_events(parse_events(text));
    fuzz::require(print_events(parse_events(printed)) == printed, "events are printed as read");
}

} // namespace
} // namespace kps::kernel

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kps;
    kernel::read_image(fuzz::Input(data, size));
    kernel::read_text(fuzz::text_of(std::as_bytes(std::span(data, size))));
    return 0;
}
