// Types of a kernel and of a module: two bytes with the size of the first, which comes then; what
// is left is the other.

#include "compiler/kernel/btf.hpp"
#include "tests/fuzz/input.hpp"

namespace kps::kernel {
namespace {

std::vector<std::byte> copy(fuzz::Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

void look_up(const Btf& btf, const Type& type) {
    if (type.name.empty()) return;
    fuzz::require(btf.find(type.kind, type.name).has_value(), "what has a name is found by it");
    if (type.kind == TypeKind::function)
        fuzz::require(!btf.functions(type.name).empty(), "functions are found by their names");
}

/// Everything about one type, summed up so that it is all looked at.
std::size_t visit(const Btf& btf, TypeId id) {
    const Type type = btf.type(id);
    look_up(btf, type);
    std::size_t sum = btf.size_of(id) + btf.strip(id).value + btf.spell(id).size();
    sum += btf.array(id).count;
    for (const Member& member : btf.members(id))
        sum += member.name.size() + member.bit_offset + member.bit_size;
    for (const Parameter& parameter : btf.parameters(id))
        sum += parameter.name.size();
    for (const Enumerator& enumerator : btf.enumerators(id))
        sum += btf.find_enumerators(enumerator.name).size();
    return sum;
}

/// From the first type on that is its own; one more than there are.
void visit_all(const Btf& btf, std::uint32_t first) {
    constexpr std::uint32_t most = 500;
    std::size_t sum = 0;
    for (std::uint32_t id = first; id <= btf.type_count() && id - first < most; ++id)
        sum += visit(btf, {id});
    static_cast<void>(sum);
}

} // namespace
} // namespace kps::kernel

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kps;
    fuzz::Input input(data, size);
    const std::size_t base_size = input.short_number();
    const auto base = kernel::Btf::parse(kernel::copy(input.bytes(base_size)));
    if (!base) return 0;
    kernel::visit_all(*base, 0);
    const auto module = kernel::Btf::parse(kernel::copy(input.rest()), &*base);
    if (module) kernel::visit_all(*module, base->type_count());
    return 0;
}
