#pragma once

#include "compiler/kernel/image_facts.hpp"

namespace kps::kernel {

/// What was read of one module.
struct ModuleFacts {
    std::string name{};                 ///< `virtio_net`, with `_`
    std::string path{};                 ///< in the package or on disk; empty if not known
    std::vector<std::string> depends{}; ///< names of the modules it needs
    std::string names{};                ///< texts that `symbols` are slices of
    std::vector<RawSymbol> symbols{};   ///< on disk: addresses are offsets in their sections
    std::vector<std::uint32_t> sizes{}; ///< of each symbol; empty: to the next one
    std::vector<std::byte> btf{};       ///< split BTF, may be empty

    void add(std::string_view symbol, std::uint64_t address, char type, ProbeStatus probe);
};

/// Everything that a source of a kernel tells, as plain data; what is not known is empty. Each
/// source (and a test that needs a kernel) fills one in and makes a view of it with `make_view`.
struct KernelFacts {
    std::string origin; ///< see `KernelView::origin`
    ImageFacts image;   ///< of the kernel itself, whatever it was read from
    std::vector<ModuleFacts> modules;
    std::vector<std::string> remarks; ///< see `KernelView::remarks`
    KernelView::CodeReader read_code; ///< null: no image is at hand
    /// Reads the events when they are asked for, instead of those of `image`; may be null.
    std::function<std::vector<TraceEvent>()> read_events{};

    /// Adds a symbol of the kernel itself.
    void add(std::string_view symbol, std::uint64_t address, char type = 'T',
             ProbeStatus probe = ProbeStatus::probeable);
};

/// Fails if the kernel's BTF is damaged; damaged BTF of a module leaves the module without.
Result<std::shared_ptr<const KernelView>> make_view(KernelFacts facts);

} // namespace kps::kernel
