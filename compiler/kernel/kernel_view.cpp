#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/code.hpp"
#include "compiler/kernel/view_parts.hpp"

#include <algorithm>
#include <cassert>

namespace kps::kernel {

std::string_view to_string(Architecture architecture) {
    return architecture == Architecture::x86_64 ? "x86_64" : "arm64";
}

// The texts are those of kernel/trace/trace.c `readme_msg`: the first two since 4.20, user memory
// since 5.3, members since 6.6 (parameters alone since 6.5), stored arguments since 6.9.
bool ProbeFeatures::arguments() const {
    return says("$arg<N>");
}
bool ProbeFeatures::maxactive() const {
    return says("r[maxactive]");
}
bool ProbeFeatures::event_probes() const {
    return says("<attached-group>.<attached-event>");
}
bool ProbeFeatures::user_memory() const {
    return says("[u]<offset>") && says("ustring");
}
bool ProbeFeatures::btf_arguments() const {
    return says("<argname>[->field");
}
bool ProbeFeatures::return_arguments() const {
    const std::size_t at = readme_.find("kernel return probes support:");
    if (at == std::string::npos) return false;
    return std::string_view(readme_).substr(at, readme_.find('\n', at) - at).contains("$arg<N>");
}

Module kernel_itself() {
    return {.name = "vmlinux", .depends = {}, .path = {}};
}

KernelView::KernelView(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
    parts_->symbols.emplace(std::move(parts_->symbol_parts));
}
KernelView::~KernelView() = default;

const std::string& KernelView::release() const {
    return parts_->release;
}
Architecture KernelView::architecture() const {
    return parts_->architecture;
}
const std::string& KernelView::origin() const {
    return parts_->origin;
}
const SymbolTable& KernelView::symbols() const {
    return *parts_->symbols;
}
const Btf* KernelView::btf() const {
    return parts_->btf.get();
}
const std::vector<Module>& KernelView::modules() const {
    std::call_once(parts_->modules_loaded, [this] { parts_->modules = parts_->load_modules(); });
    assert(!parts_->modules.empty());
    return parts_->modules;
}
const ProbeFeatures& KernelView::features() const {
    return parts_->features;
}
bool KernelView::has_config() const {
    return !parts_->config.bytes.empty();
}
std::string_view KernelView::config_text() const {
    return as_text(parts_->config.bytes);
}
const std::vector<std::string>& KernelView::remarks() const {
    return parts_->remarks;
}

const Btf* KernelView::module_btf(ModuleIndex module) const {
    if (module == 0) return btf();
    if (!btf() || module >= modules().size()) return nullptr;
    const std::scoped_lock guard(parts_->lock);
    const auto [at, is_new] = parts_->module_btf.try_emplace(module);
    if (!is_new) return at->second.get();
    KeptBytes bytes = parts_->load_btf(module);
    if (bytes.bytes.empty()) return nullptr;
    if (auto parsed = Btf::parse(std::move(bytes), btf()))
        at->second = std::make_unique<Btf>(std::move(*parsed));
    return at->second.get();
}

const std::vector<TraceEvent>& KernelView::events() const {
    const std::scoped_lock guard(parts_->lock);
    if (!parts_->events) parts_->events = parts_->load_events();
    return *parts_->events;
}

namespace {

std::uint64_t address_of(const SymbolTable& symbols, std::string_view name) {
    const std::vector<Symbol> found = symbols.find(name);
    return found.empty() ? 0 : found[0].address;
}

/// Whether the kernel replaces code around that address while it boots.
bool is_replaced(const KernelView::CodeReader& read, const SymbolTable& symbols,
                 std::uint64_t address) {
    const std::uint64_t table = address_of(symbols, "__alt_instructions");
    const std::uint64_t end = address_of(symbols, "__alt_instructions_end");
    if (table == 0 || end < table) return false;
    const CodeRange anywhere{address_of(symbols, "_text"), address_of(symbols, "_end")};
    return std::ranges::any_of(
        replaced_code(read(table, end - table), table, anywhere),
        [&](CodeRange range) { return range.begin < address && address < range.end; });
}

} // namespace

std::optional<bool> KernelView::begins_instruction(const Symbol& function,
                                                   std::uint64_t offset) const {
    if (offset == 0) return true;
    if (architecture() == Architecture::arm64) return offset % 4 == 0;
    if (function.module != 0 || !parts_->read_code) return std::nullopt;
    if (is_replaced(parts_->read_code, symbols(), function.address + offset)) return std::nullopt;
    return kernel::begins_instruction(parts_->read_code(function.address, function.size), offset);
}

std::optional<std::string_view> KernelView::config(std::string_view name) const {
    const std::string_view text = config_text();
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
        std::string_view rest = text.substr(at + name.size());
        if ((at > 0 && text[at - 1] != '\n') || !rest.starts_with('=')) continue;
        rest = rest.substr(1, rest.find('\n') - 1);
        if (rest.size() >= 2 && rest.starts_with('"') && rest.ends_with('"'))
            rest = rest.substr(1, rest.size() - 2);
        return rest;
    }
    return std::nullopt;
}

} // namespace kps::kernel
