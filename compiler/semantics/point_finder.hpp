#pragma once

#include "compiler/semantics/points.hpp"

namespace kps::sema {

/// Finds the functions of one alternative. Why it cannot be probed goes to `sink`, with similar
/// names if `suggest` (which searches the whole kernel).
class PointFinder {
public:
    PointFinder(Context& context, const PointRequest& request, bool suggest, diag::Sink& sink)
        : context_(context), kernel_(*context.kernel), request_(request), suggest_(suggest),
          sink_(sink) {}

    /// None: it cannot be probed, which is reported.
    std::vector<FoundPoint> find();

private:
    using Symbol = kernel::Symbol;

    std::vector<FoundPoint> find_matching(const syntax::Text& pattern);
    std::optional<FoundPoint> find_one(const syntax::SymbolName& name);
    FoundPoint found(const Symbol& symbol) const;

    std::optional<kernel::ModuleIndex> module(std::string_view name, Span span);
    std::optional<Symbol> single(const std::vector<Symbol>& symbols);
    [[nodiscard]] std::vector<std::string> modules_of(const std::vector<Symbol>& functions) const;
    void ambiguous(const std::vector<Symbol>& functions);
    void absent();
    void suffixed(const std::vector<Symbol>& variants);
    bool can_be_probed(const Symbol& symbol);
    bool offset_is_good(const Symbol& symbol);

    Context& context_;
    const kernel::KernelView& kernel_;
    const PointRequest& request_;
    bool suggest_;
    diag::Sink& sink_;
    // Of the symbol at hand.
    std::string_view name_;
    Span span_;
    std::optional<kernel::ModuleIndex> module_;
};

} // namespace kps::sema
