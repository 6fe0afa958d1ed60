#include "tests/random_specs/catalogue.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace kps::random_specs {

namespace {

constexpr std::size_t most_functions_of_pattern = 8;
constexpr std::array<std::string_view, 9> read_everywhere = {
    "task_struct", "file", "inode", "sock", "sk_buff", "mm_struct", "dentry", "page", "rq"};

/// The name up to its second `_`, for a pattern.
std::string stem_of(std::string_view name) {
    const std::size_t first = name.find('_', 1);
    const std::size_t second = name.find('_', first + 1);
    return std::string(name.substr(0, second == std::string_view::npos ? first : second));
}

} // namespace

Catalogue::Catalogue(const kernel::KernelView& of) : view(of) {
    const kernel::Btf* const btf = view.btf();
    if (btf == nullptr) return;
    std::map<std::string, std::size_t> stems;
    for (const kernel::Symbol& symbol : view.symbols().all()) {
        if (symbol.module != 0) break; // the kernel's own stand first
        const bool can_be_probed = symbol.probe == kernel::ProbeStatus::probeable ||
                                   symbol.probe == kernel::ProbeStatus::unknown;
        if (!can_be_probed) continue;
        const auto named = btf->functions(symbol.name);
        if (named.size() != 1 || view.symbols().find(symbol.name).size() != 1) continue;
        const kernel::TypeId prototype = btf->type(named.front()).target;
        functions.push_back({symbol, btf->type(prototype).target, btf->parameters(prototype)});
        if (symbol.name.front() != '_') ++stems[stem_of(symbol.name)];
    }
    for (const auto& [stem, count] : stems)
        if (stem.size() > 3 && count > 1 && count <= most_functions_of_pattern)
            patterns.push_back(stem + "_*");
    std::set<std::string_view> seen;
    for (std::uint32_t id = 1; id < btf->type_count(); ++id) {
        const kernel::Type type = btf->type({id});
        const bool is_new = type.kind == kernel::TypeKind::struct_type && type.count > 2 &&
                            !type.name.empty() && seen.insert(type.name).second;
        if (is_new) structs.emplace_back(type.name, kernel::TypeId{id});
    }
    std::ranges::partition(structs, [](const auto& record) {
        return std::ranges::find(read_everywhere, record.first) != read_everywhere.end();
    });
    for (const char* name : {"jiffies", "panic_timeout", "system_state", "nr_threads"})
        if (view.symbols().find(name).size() == 1) variables.emplace_back(name);
    for (const char* name : {"runqueues", "kstat", "vm_event_states", "softnet_data"})
        if (view.symbols().find(name).size() == 1) per_cpu_variables.emplace_back(name);
}

} // namespace kps::random_specs
