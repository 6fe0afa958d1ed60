#pragma once

#include "compiler/kernel/btf.hpp"
#include "compiler/kernel/events.hpp"

#include <functional>
#include <memory>

namespace kps::kernel {

enum class Architecture : std::uint8_t { x86_64, arm64 };

std::string_view to_string(Architecture architecture); ///< "x86_64", "arm64"

/// What the kernel's own tables say about a probe at the entry of a symbol.
enum class ProbeStatus : std::uint8_t {
    probeable,
    not_text, ///< data, or an absolute or weak-undefined symbol
    init,     ///< in .init.text, gone after boot
    notrace,  ///< no ftrace site and kprobe events refuse those (CONFIG_KPROBE_EVENTS_ON_NOTRACE)
    blacklisted, ///< NOKPROBE_SYMBOL, or in .entry, .noinstr, .kprobes or .irqentry text
    unknown,     ///< the source of this view does not tell (for example a bare System.map)
};

using ModuleIndex = std::uint32_t; ///< into `KernelView::modules()`; 0 is the kernel itself

struct Symbol {
    std::uint64_t address = 0; ///< link-time for images; of this boot for the running system; in a
                               ///< module on disk, the offset in its section
    std::uint64_t size = 0;    ///< to the next symbol of its section; 0 if not known
    std::string_view name;
    char type = '?'; ///< as in /proc/kallsyms
    ProbeStatus probe = ProbeStatus::unknown;
    ModuleIndex module = 0;
};

/// The symbols of a kernel and its modules; lookup by name in O(log n).
class SymbolTable {
public:
    [[nodiscard]] std::size_t size() const;
    /// Every symbol with exactly that name, in the kernel first.
    [[nodiscard]] std::vector<Symbol> find(std::string_view name) const;
    /// Symbols named `base.SUFFIX`: what a compiler made of a function (`.isra.0`, `.cold`, ...).
    [[nodiscard]] std::vector<Symbol> suffixed(std::string_view base) const;
    /// Names of functions (text symbols, no `__pfx_`, `__cfi_` or suffixed ones) near a
    /// misspelling.
    [[nodiscard]] std::vector<std::string> nearest_functions(std::string_view name) const;
    /// The functions of one module, or of the kernel itself, whose names match a shell pattern
    /// (`tcp_*`), in the order of their names; no `__pfx_`, `__cfi_` or suffixed ones.
    [[nodiscard]] std::vector<Symbol> functions_like(const std::string& pattern,
                                                     ModuleIndex module) const;
    /// All functions in the order of their names (of one name the kernel's first) with those that
    /// have a suffix: symbols that are text by type and place, no `__pfx_` and `__cfi_` ones.
    [[nodiscard]] std::vector<Symbol> text() const;
    /// In the order of addresses, the kernel's first, then module by module.
    [[nodiscard]] std::vector<Symbol> all() const;

    struct Parts; // symbol_list.hpp
    explicit SymbolTable(std::unique_ptr<Parts> parts);
    SymbolTable(SymbolTable&&) noexcept;
    SymbolTable& operator=(SymbolTable&&) noexcept;
    ~SymbolTable();

private:
    std::unique_ptr<Parts> parts_;
};

/// Where `kprobe_events` of this kernel stands: texts of its tracefs README, found in the image or
/// read from the live file; see `Documentation/trace/kprobetrace.rst`.
class ProbeFeatures {
public:
    explicit ProbeFeatures(std::string readme = {}) : readme_(std::move(readme)) {}
    [[nodiscard]] const std::string& readme() const { return readme_; }
    [[nodiscard]] bool known() const { return !readme_.empty(); }
    [[nodiscard]] bool arguments() const;        ///< `$argN`
    [[nodiscard]] bool btf_arguments() const;    ///< arguments and members by name
    [[nodiscard]] bool return_arguments() const; ///< `$argN` in a return probe (stored at entry)
    [[nodiscard]] bool user_memory() const;      ///< `+uOFFS(...)`, `ustring`
    [[nodiscard]] bool maxactive() const;
    [[nodiscard]] bool event_probes() const; ///< `e:`, probes on events

private:
    [[nodiscard]] bool says(std::string_view text) const { return readme_.contains(text); }

    std::string readme_;
};

struct Module {
    std::string name;                 ///< `virtio_net`, with `_`
    std::vector<std::string> depends; ///< names of the modules it needs
    std::string path;                 ///< in the package or on disk; empty if built in
};

/// Everything a spec is resolved against; one value whatever it was read from. It owns its data;
/// string_views and types handed out live as long as it does.
class KernelView {
public:
    /// Reads memory of the kernel image at addresses it was linked for; empty if it cannot.
    using CodeReader =
        std::function<std::vector<std::byte>(std::uint64_t address, std::uint64_t size)>;

    [[nodiscard]] const std::string& release() const; ///< `6.12.117+deb12-cloud-amd64`
    [[nodiscard]] Architecture architecture() const;
    /// Where it was read from, for messages: `debian:6.12 (snapshot)`, `running system`, a path.
    [[nodiscard]] const std::string& origin() const;

    [[nodiscard]] const SymbolTable& symbols() const;
    /// `nullptr` if the kernel has no BTF.
    [[nodiscard]] const Btf* btf() const;
    /// Split BTF of a module, parsed when first asked for; `nullptr` if it has none.
    [[nodiscard]] const Btf* module_btf(ModuleIndex module) const;
    /// [0] is the kernel itself, named `vmlinux`.
    [[nodiscard]] const std::vector<Module>& modules() const;
    [[nodiscard]] const ProbeFeatures& features() const;
    /// The kernel's own events that can be recorded, by group and name, read when first asked for;
    /// of a running kernel those of its loaded modules too. None: they are not known.
    [[nodiscard]] const std::vector<TraceEvent>& events() const;
    /// Whether an instruction begins `offset` bytes from the start of a function. Nothing if that
    /// is not known: a module's function, code that is replaced while the kernel boots, no image at
    /// hand (the running system, a directory, a snapshot given by its path).
    [[nodiscard]] std::optional<bool> begins_instruction(const Symbol& function,
                                                         std::uint64_t offset) const;
    /// `config("CONFIG_KPROBES")` is `y`, `m`, a number or a string; empty optional if unset or
    /// unknown.
    [[nodiscard]] std::optional<std::string_view> config(std::string_view name) const;
    [[nodiscard]] bool has_config() const;
    /// All of it, as `/boot/config-RELEASE` has it; empty if unknown.
    [[nodiscard]] std::string_view config_text() const;
    /// Why something is missing (`kptr_restrict hides addresses`), one line each, for reports.
    [[nodiscard]] const std::vector<std::string>& remarks() const;

    struct Parts; // view_parts.hpp
    explicit KernelView(std::unique_ptr<Parts> parts);
    KernelView(const KernelView&) = delete;
    KernelView& operator=(const KernelView&) = delete;
    ~KernelView();

private:
    std::unique_ptr<Parts> parts_;
};

/// Reads a kernel named as the command line names it: `running`, `debian:6.12` and the like (from
/// the cache, fetched when absent), a path of a vmlinux, vmlinuz, `.deb`, directory or snapshot.
/// What other words may follow `debian:` is in fetch.hpp.
Result<std::shared_ptr<const KernelView>> open_kernel(const std::string& name);

} // namespace kps::kernel
