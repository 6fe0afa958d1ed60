#include "compiler/kernel/facts.hpp"

#include "compiler/kernel/view_parts.hpp"

namespace kps::kernel {

namespace {

RawSymbol append(std::string& names, std::string_view name, std::uint64_t address, char type,
                 ProbeStatus probe) {
    const RawSymbol symbol{address, static_cast<std::uint32_t>(names.size()),
                           static_cast<std::uint32_t>(name.size()), type, probe};
    names += name;
    return symbol;
}

} // namespace

void ModuleFacts::add(std::string_view symbol, std::uint64_t address, char type,
                      ProbeStatus probe) {
    symbols.push_back(append(names, symbol, address, type, probe));
}

void KernelFacts::add(std::string_view symbol, std::uint64_t address, char type,
                      ProbeStatus probe) {
    image.symbols.push_back(append(image.names, symbol, address, type, probe));
}

Result<std::shared_ptr<const KernelView>> make_view(KernelFacts facts) {
    auto parts = std::make_unique<KernelView::Parts>();
    parts->release = std::move(facts.image.release);
    parts->architecture = facts.image.architecture;
    parts->origin = std::move(facts.origin);
    parts->read_code = std::move(facts.read_code);
    parts->features = ProbeFeatures(std::move(facts.image.readme));
    parts->config = keep(std::move(facts.image.config));
    parts->remarks = std::move(facts.remarks);
    if (!facts.image.btf.empty()) {
        auto btf = Btf::parse(std::move(facts.image.btf));
        if (!btf) return fail(parts->origin + ": " + btf.error().message);
        parts->btf = std::make_unique<Btf>(std::move(*btf));
    }
    parts->load_events = std::move(facts.read_events);
    if (!parts->load_events)
        parts->load_events = [events = std::move(facts.image.events)]() mutable {
            return std::move(events);
        };
    SymbolTable::Parts& symbols = *parts->symbol_parts;
    symbols.kernel = SymbolList(list_symbols(facts.image));
    auto modules = std::make_shared<std::vector<ModuleFacts>>(std::move(facts.modules));
    for (const ModuleFacts& module : *modules)
        symbols.module_symbols += module.symbols.size();
    parts->load_modules = [modules] {
        std::vector<Module> list{kernel_itself()};
        for (ModuleFacts& module : *modules)
            list.push_back(
                {std::move(module.name), std::move(module.depends), std::move(module.path)});
        return list;
    };
    SymbolRecords listed = list_symbols(*modules);
    symbols.filter = NameFilter::of(listed);
    symbols.load_modules = [listed = std::move(listed)]() mutable {
        return SymbolList(std::move(listed));
    };
    parts->load_btf = [modules](ModuleIndex module) {
        return keep(std::move(modules->at(module - 1).btf));
    };
    return std::make_shared<const KernelView>(std::move(parts));
}

} // namespace kps::kernel
