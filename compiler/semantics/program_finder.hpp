#pragma once

#include "compiler/kernel/elf.hpp"
#include "compiler/semantics/points.hpp"

namespace kps::sema {

/// Finds a function of a program or library in the symbols of its ELF file. Why it cannot be probed
/// goes to `sink`.
class ProgramFinder {
public:
    ProgramFinder(const Context& context, const PointRequest& request, diag::Sink& sink)
        : context_(context), request_(request), sink_(sink), path_(request.program->value),
          name_(request.symbols.front().symbol) {}

    std::optional<FoundPoint> find();

private:
    using Symbol = kernel::ElfSymbol;

    bool path_is_good();
    std::optional<FoundPoint> find_in(std::span<const std::byte> file);
    std::optional<std::uint64_t> address(const kernel::ElfSymbols& all);
    void absent(const kernel::ElfSymbols& all);
    void not_a_function(const std::vector<Symbol>& symbols);
    void ambiguous(const std::vector<Symbol>& functions);

    const Context& context_;
    const PointRequest& request_;
    diag::Sink& sink_;
    const std::string& path_;
    const syntax::Name& name_;
};

} // namespace kps::sema
