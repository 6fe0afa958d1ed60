#include "compiler/semantics/requirements.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/arithmetic.hpp"
#include "compiler/semantics/expressions.hpp"
#include "compiler/semantics/points.hpp"
#include "compiler/semantics/spelling.hpp"

#include <algorithm>
#include <charconv>

namespace kps::sema {

namespace {

std::vector<std::uint32_t> numbers(std::string_view text) {
    std::vector<std::uint32_t> found;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        std::uint32_t number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error != std::errc()) break;
        found.push_back(number);
        if (next == end || *next != '.') break;
        at = next + 1;
    }
    return found;
}

using Reason = std::optional<std::string>;

Reason unmet_version(const Context& context, const syntax::KernelVersion& version) {
    if (context.kernel == nullptr) return std::nullopt;
    const std::string& release = context.kernel->release();
    const BinaryOp op = lowered(version.op);
    if (holds(op, compare_versions(release, version.version))) return std::nullopt;
    return fmt::format("needs kernel {} {}, this is {}", spelling(op), version.version, release);
}

Reason unmet_config(const Context& context, std::string_view name) {
    if (context.kernel == nullptr) return std::nullopt;
    const std::string full = (name.starts_with("CONFIG_") ? "" : "CONFIG_") + std::string(name);
    if (!context.kernel->has_config())
        return fmt::format("needs {}, and the configuration of {} is not known", full,
                           context.kernel->release());
    if (context.kernel->config(full)) return std::nullopt;
    return fmt::format("needs {}, which is not set in {}", full, context.kernel->release());
}

Reason unmet_symbol(const Context& context, const syntax::RequiresSymbol& wanted) {
    if (context.kernel == nullptr || symbol_exists(*context.kernel, wanted.symbol))
        return std::nullopt;
    return fmt::format("needs the symbol `{}`, which {} does not have",
                       context.words(wanted.symbol.span), context.kernel->release());
}

bool has_option(const kernel::KernelView& kernel, std::string_view name) {
    return !kernel.has_config() || kernel.config(name);
}

struct Feature {
    std::string_view name;
    bool (*is_there)(const kernel::KernelView& kernel);
};

// What the tracefs README says; where that is not known, the option it hangs on.
constexpr Feature features[] = {
    {"btf", [](const kernel::KernelView& k) { return k.btf() != nullptr; }},
    {"kprobes", [](const kernel::KernelView& k) { return has_option(k, "CONFIG_KPROBE_EVENTS"); }},
    {"uprobes", [](const kernel::KernelView& k) { return has_option(k, "CONFIG_UPROBE_EVENTS"); }},
    {"fprobe", [](const kernel::KernelView& k) { return has_option(k, "CONFIG_FPROBE"); }},
    {"bpf", [](const kernel::KernelView& k) { return has_option(k, "CONFIG_BPF_SYSCALL"); }},
    {"arguments", [](const kernel::KernelView& k) { return k.features().arguments(); }},
    {"named_arguments", [](const kernel::KernelView& k) { return k.features().btf_arguments(); }},
    {"return_arguments",
     [](const kernel::KernelView& k) { return k.features().return_arguments(); }},
    {"user_memory", [](const kernel::KernelView& k) { return k.features().user_memory(); }},
    {"maxactive", [](const kernel::KernelView& k) { return k.features().maxactive(); }},
};

Reason unmet_feature(const Context& context, const syntax::Name& name) {
    const auto feature = std::ranges::find(features, name.text, &Feature::name);
    if (feature == std::end(features)) {
        std::vector<std::string_view> names;
        std::vector<std::string> listed;
        for (const Feature& known : features) {
            names.push_back(known.name);
            listed.emplace_back(known.name);
        }
        context.sink.report(diag::unknown_feature, name.span, name.text)
            .remark("the features are " + listing(listed))
            .did_you_mean(nearest_names(name.text, names));
        return std::nullopt;
    }
    if (context.kernel == nullptr || feature->is_there(*context.kernel)) return std::nullopt;
    return fmt::format("needs the feature `{}`, which {} does not have", name.text,
                       context.kernel->release());
}

Reason unmet_architecture(const Context& context, const syntax::RequiresArch& wanted) {
    constexpr std::string_view known[] = {"x86_64", "arm64",   "arm",    "riscv64",
                                          "s390x",  "ppc64le", "mips64", "loongarch64"};
    std::vector<std::string> names;
    bool met = context.kernel == nullptr;
    for (const syntax::Name& name : wanted.names) {
        names.emplace_back(name.text);
        if (std::ranges::find(known, name.text) == std::end(known)) {
            context.sink.report(diag::unknown_architecture, name.span, name.text)
                .did_you_mean(nearest_names(name.text, known));
            met = true;
        }
        met = met || name.text == kernel::to_string(context.kernel->architecture());
    }
    if (met) return std::nullopt;
    return fmt::format("needs the architecture {}, this is {}", listing(names, "or"),
                       kernel::to_string(context.kernel->architecture()));
}

} // namespace

std::strong_ordering compare_versions(std::string_view release, std::string_view wanted) {
    const std::vector<std::uint32_t> want = numbers(wanted);
    std::vector<std::uint32_t> have = numbers(release);
    have.resize(want.size());
    return have <=> want;
}

Reason unmet(const Context& context, const syntax::Requires& condition) {
    return std::visit(
        Overloaded{
            [&](const syntax::RequiresKernel& r) { return unmet_version(context, r.version); },
            [&](const syntax::RequiresConfig& r) { return unmet_config(context, r.name.text); },
            [&](const syntax::RequiresSymbol& r) { return unmet_symbol(context, r); },
            [&](const syntax::RequiresFeature& r) { return unmet_feature(context, r.name); },
            [&](const syntax::RequiresArch& r) { return unmet_architecture(context, r); },
        },
        condition.node);
}

Reason unmet(const Context& context, const syntax::OnStatement& on) {
    return std::visit(
        Overloaded{
            [&](const syntax::RequiresKernel& r) { return unmet_version(context, r.version); },
            [&](const syntax::RequiresArch& r) { return unmet_architecture(context, r); },
        },
        on.condition);
}

} // namespace kps::sema
