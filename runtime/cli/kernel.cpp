#include "compiler/kernel/fetch.hpp"
#include "compiler/kernel/open.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/specs.hpp"

#include <algorithm>
#include <filesystem>

namespace kps::cli {

namespace {

using kernel::KernelView;

void show_symbols(const KernelView& view, Terminal& terminal) {
    std::string text;
    for (const kernel::Symbol& symbol : view.symbols().all()) {
        text += fmt::format("{:016x} {} {}", symbol.address, symbol.type, symbol.name);
        if (symbol.module != 0) text += fmt::format("\t[{}]", view.modules()[symbol.module].name);
        text += '\n';
    }
    terminal.out(text);
}

std::size_t count_probeable(const std::vector<kernel::Symbol>& symbols,
                            kernel::ProbeStatus status) {
    return static_cast<std::size_t>(std::ranges::count_if(
        symbols, [&](const kernel::Symbol& s) { return s.module == 0 && s.probe == status; }));
}

std::string yes_no(bool yes) {
    return yes ? "yes" : "no";
}

std::string types_line(const KernelView& view) {
    if (view.btf() == nullptr) return "no BTF";
    return fmt::format("{} (BTF, {:.1f} MB)", view.btf()->type_count(),
                       static_cast<double>(view.btf()->bytes().size()) / 1e6);
}

std::string features_line(const KernelView& view) {
    const kernel::ProbeFeatures& features = view.features();
    if (!features.known()) return "not known (no tracefs README)";
    return fmt::format("arguments {}, by name {}, in returns {}, user memory {}, maxactive {}",
                       yes_no(features.arguments()), yes_no(features.btf_arguments()),
                       yes_no(features.return_arguments()), yes_no(features.user_memory()),
                       yes_no(features.maxactive()));
}

void show_summary(const KernelView& view, Terminal& terminal) {
    using kernel::ProbeStatus;
    const std::vector<kernel::Symbol> symbols = view.symbols().all();
    const auto own = std::ranges::count(symbols, 0U, &kernel::Symbol::module);
    const auto row = [&](std::string_view name, const std::string& value) {
        terminal.out(fmt::format("{:<14} {}\n", name, value));
    };
    row("release", view.release());
    row("architecture", std::string(to_string(view.architecture())));
    row("read from", view.origin());
    row("symbols",
        fmt::format("{}, and {} in {} modules", own, symbols.size() - static_cast<std::size_t>(own),
                    view.modules().size() - 1));
    const std::size_t probeable = count_probeable(symbols, ProbeStatus::probeable);
    row("probeable", probeable == 0
                         ? "not known"
                         : fmt::format("{} functions; {} notrace, {} blacklisted, {} init",
                                       probeable, count_probeable(symbols, ProbeStatus::notrace),
                                       count_probeable(symbols, ProbeStatus::blacklisted),
                                       count_probeable(symbols, ProbeStatus::init)));
    row("types", types_line(view));
    row("events", view.events().empty() ? "not known" : std::to_string(view.events().size()));
    row("config", view.has_config() ? "known" : "not known");
    row("kprobe_events", features_line(view));
    for (const std::string& remark : view.remarks())
        row("note", remark);
}

} // namespace

int kernel_show(const KernelShowOptions& options, Terminal& terminal) {
    const auto view = open_kernel(options.kernel, terminal);
    if (!view) return terminal.fail(view.error());
    if (options.symbols)
        show_symbols(**view, terminal);
    else
        show_summary(**view, terminal);
    return Exit::ok;
}

int kernel_snapshot(const KernelSnapshotOptions& options, Terminal& terminal) {
    const auto step = progress_of(options.kernel, terminal);
    std::string path = options.output;
    if (path.empty()) {
        const auto view = open_kernel(options.kernel, terminal);
        if (!view) return terminal.fail(view.error());
        path = (*view)->release() + ".kpsk";
    }
    if (const auto written = kernel::snapshot_kernel(options.kernel, path, step); !written)
        return terminal.fail(written.error());
    std::error_code not_a_file; // a device has no size
    const auto size = static_cast<double>(std::filesystem::file_size(path, not_a_file));
    terminal.out(not_a_file ? path + "\n" : fmt::format("{}: {:.1f} MB\n", path, size / 1e6));
    return Exit::ok;
}

int kernel_fetch(const KernelFetchOptions& options, Terminal& terminal) {
    for (const std::string& name : options.kernels) {
        const auto fetched = kernel::fetch_kernel(name, progress_of(name, terminal));
        if (!fetched) return terminal.fail(fetched.error());
        terminal.out(fmt::format("{}: {}\n", name, fetched->release));
    }
    return Exit::ok;
}

int kernel_list(Terminal& terminal) {
    for (const kernel::CachedKernel& cached : kernel::cached_kernels()) {
        const std::string name = cached.names.empty() ? "-" : cached.names.front();
        terminal.out(fmt::format("{:<14} {:<32} {}\n", name, cached.release,
                                 cached.packages.empty() ? "-" : cached.packages.front().string()));
    }
    terminal.out("\nnames that can be fetched:\n");
    for (const kernel::KnownKernel& known : kernel::known_kernels())
        terminal.out(fmt::format("  {:<12} {}\n", known.name, known.description));
    return Exit::ok;
}

} // namespace kps::cli
