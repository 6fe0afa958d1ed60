#include "compiler/kernel/excerpt.hpp"

#include <algorithm>
#include <cctype>
#include <map>

namespace kps::kernel {

namespace {

// What the compiler itself asks for, whatever the spec says.
constexpr std::string_view always_asked_for[] = {"_text",
                                                 "__per_cpu_start",
                                                 "__per_cpu_end",
                                                 "__per_cpu_offset",
                                                 "CONFIG_KPROBE_EVENTS",
                                                 "CONFIG_UPROBE_EVENTS",
                                                 "CONFIG_FPROBE",
                                                 "CONFIG_BPF_SYSCALL"};

std::string config_lines(const KernelView& kernel, const Words& words) {
    if (!kernel.has_config()) return {};
    std::string text = "# what the spec can ask for\n";
    for (const std::string& word : words) {
        const std::string name = (word.starts_with("CONFIG_") ? "" : "CONFIG_") + word;
        const auto value = kernel.config(name);
        if (!value) continue;
        const bool is_plain = *value == "y" || *value == "m" ||
                              (!value->empty() && std::isdigit(value->front()) != 0);
        text += name + "=" + (is_plain ? std::string(*value) : '"' + std::string(*value) + '"');
        text += '\n';
    }
    return text;
}

/// The modules of the excerpt, by what they are in the kernel.
std::map<ModuleIndex, ModuleFacts> chosen_modules(const KernelView& kernel, const Words& words,
                                                  const std::vector<Symbol>& symbols) {
    std::map<ModuleIndex, ModuleFacts> chosen;
    const auto choose = [&](ModuleIndex index) {
        const Module& module = kernel.modules()[index];
        ModuleFacts& facts = chosen[index];
        facts.name = module.name;
        facts.path = module.path;
        facts.depends = module.depends;
    };
    for (ModuleIndex index = 1; index < kernel.modules().size(); ++index)
        if (words.contains(kernel.modules()[index].name)) choose(index);
    for (const Symbol& symbol : symbols)
        if (symbol.module != 0) choose(symbol.module);
    return chosen;
}

std::vector<Symbol> symbols_named(const KernelView& kernel, const Words& words) {
    std::vector<Symbol> symbols;
    for (const std::string& word : words) {
        std::ranges::copy(kernel.symbols().find(word), std::back_inserter(symbols));
        std::ranges::copy(kernel.symbols().suffixed(word), std::back_inserter(symbols));
    }
    std::ranges::sort(symbols, {}, &Symbol::address);
    return symbols;
}

void add_types(const KernelView& kernel, const Words& words,
               std::map<ModuleIndex, ModuleFacts>& modules, KernelFacts& facts) {
    if (kernel.btf() == nullptr) return;
    BtfExcerpt types(*kernel.btf(), words);
    std::vector<ModuleFacts*> with_types;
    for (auto& [index, module] : modules) {
        const Btf* const btf = kernel.module_btf(index);
        if (btf == nullptr) continue;
        types.add_module(*btf);
        with_types.push_back(&module);
    }
    facts.image.btf = types.bytes();
    for (std::size_t i = 0; i < with_types.size(); ++i)
        with_types[i]->btf = types.module_bytes(i);
}

} // namespace

void add_words(std::string_view text, Words& words) {
    const auto is_word = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    };
    for (auto at = text.begin(); at != text.end();) {
        const auto begin = std::find_if(at, text.end(), is_word);
        at = std::find_if_not(begin, text.end(), is_word);
        if (begin != at) words.emplace(begin, at);
    }
}

KernelFacts excerpt(const KernelView& kernel, const Words& given) {
    Words words = given;
    words.insert(std::begin(always_asked_for), std::end(always_asked_for));
    KernelFacts facts;
    facts.origin = kernel.origin();
    facts.remarks = kernel.remarks();
    facts.image.release = kernel.release();
    facts.image.architecture = kernel.architecture();
    facts.image.readme = kernel.features().readme();
    facts.image.config = config_lines(kernel, words);
    for (const TraceEvent& event : kernel.events())
        if (words.contains(event.group) && words.contains(event.name))
            facts.image.events.push_back(event);
    const std::vector<Symbol> symbols = symbols_named(kernel, words);
    auto modules = chosen_modules(kernel, words, symbols);
    for (const Symbol& symbol : symbols) {
        if (symbol.module == 0) {
            facts.add(symbol.name, symbol.address, symbol.type, symbol.probe);
            continue;
        }
        ModuleFacts& module = modules.at(symbol.module);
        module.add(symbol.name, symbol.address, symbol.type, symbol.probe);
        module.sizes.push_back(static_cast<std::uint32_t>(symbol.size));
    }
    add_types(kernel, words, modules, facts);
    for (auto& [index, module] : modules)
        facts.modules.push_back(std::move(module));
    return facts;
}

} // namespace kps::kernel
