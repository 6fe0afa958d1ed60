// A snapshot. Its size and checksum are set right first, so that what they guard is reached.

#include "compiler/kernel/snapshot.hpp"

#include "compiler/kernel/btf.hpp"
#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/snapshot_sections.hpp"
#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <cstring>

namespace kps::kernel {
namespace {

template <class T>
void store(std::vector<std::byte>& file, std::size_t at, T value) {
    std::memcpy(file.data() + at, &value, sizeof value);
}

void seal(std::vector<std::byte>& file) {
    using namespace snapshot;
    if (file.size() < header_size) return;
    store(file, 16, std::uint64_t{file.size()});
    const fuzz::Bytes all = file;
    const std::uint64_t count = load_le<std::uint32_t>(file, 12);
    const fuzz::Bytes table = slice(all, header_size, count * entry_size);
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < table.size(); at += entry_size)
        sum = checksum(slice(all, load_le<std::uint64_t>(table, at + 8),
                             load_le<std::uint64_t>(table, at + 16)),
                       sum);
    store(file, 32, sum);
    store(file, 24, head_checksum(all, table.size() / entry_size));
}

void visit(const Btf& btf) {
    const std::uint32_t types = std::min(btf.type_count(), 500U);
    for (std::uint32_t i = 0; i < types; ++i) {
        const Type type = btf.type({i});
        static_cast<void>(btf.spell({i}));
        static_cast<void>(btf.size_of({i}));
        fuzz::require(btf.members({i}).size() <= type.count, "a member is told of");
        static_cast<void>(btf.find(type.kind, type.name));
        static_cast<void>(btf.functions(type.name));
    }
    static_cast<void>(btf.find(TypeKind::struct_type, "file"));
    static_cast<void>(btf.find_enumerators("ON"));
}

void visit(const KernelView& view) {
    const SymbolTable& symbols = view.symbols();
    std::size_t looked_up = 0;
    for (const Symbol& symbol : symbols.all()) {
        fuzz::require(symbol.module < view.modules().size(), "a symbol belongs to a module");
        if (++looked_up > 50) continue;
        static_cast<void>(symbols.find(symbol.name));
        static_cast<void>(symbols.suffixed(symbol.name));
    }
    static_cast<void>(symbols.nearest_functions("vfs_raed"));
    for (ModuleIndex module = 0; module < view.modules().size() && module < 8; ++module) {
        static_cast<void>(symbols.functions_like("*_open", module));
        if (const Btf* btf = module == 0 ? view.btf() : view.module_btf(module)) visit(*btf);
    }
    static_cast<void>(view.config("CONFIG_KPROBES"));
    static_cast<void>(view.events());
}

} // namespace
} // namespace kps::kernel

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kps;
    const fuzz::Bytes input = std::as_bytes(std::span(data, size));
    std::vector<std::byte> file(input.begin(), input.end());
    kernel::seal(file);
    const fuzz::MemoryFile memory(file);
    const auto view = kernel::open_snapshot(memory.path(), "input");
    if (view) kernel::visit(**view);
    return 0;
}
