#pragma once

#include "compiler/kernel/symbol_list.hpp"

#include <map>

namespace kps::kernel {

/// What a view is put together from: all at hand for one made of facts, the modules' part read when
/// asked for in one of a snapshot.
struct KernelView::Parts {
    std::string release;
    Architecture architecture = Architecture::x86_64;
    std::string origin;
    CodeReader read_code; ///< null: no image is at hand
    std::unique_ptr<SymbolTable::Parts> symbol_parts = std::make_unique<SymbolTable::Parts>();
    std::unique_ptr<Btf> btf;
    ProbeFeatures features;
    KeptBytes config; ///< text
    std::vector<std::string> remarks;
    std::function<std::vector<Module>()> load_modules; ///< asked for once
    /// The bytes of a module's BTF (asked for once, by one thread at a time), or nothing.
    std::function<KeptBytes(ModuleIndex)> load_btf;

    /// Asked for once.
    std::function<std::vector<TraceEvent>()> load_events;

    std::optional<SymbolTable> symbols; ///< made of `symbol_parts` by the view
    mutable std::once_flag modules_loaded;
    mutable std::vector<Module> modules;
    mutable std::mutex lock; ///< of `module_btf` and `events`
    mutable std::optional<std::vector<TraceEvent>> events;
    mutable std::map<ModuleIndex, std::unique_ptr<Btf>> module_btf;
};

/// The first module of every view.
Module kernel_itself();

} // namespace kps::kernel
