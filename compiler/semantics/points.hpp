#pragma once

#include "compiler/semantics/c_types.hpp"
#include "compiler/semantics/expressions.hpp"

#include <expected>

namespace kps::sema {

/// A probe point as written, without what `else` and `optional` add.
struct PointRequest {
    PointKind kind = PointKind::entry;
    std::vector<syntax::SymbolName> symbols; ///< several: `all of`
    std::optional<syntax::Text> pattern;     ///< `any of`, instead of symbols
    std::uint64_t offset = 0;
    std::uint32_t maxactive = 0;
    Span span;
    std::optional<syntax::Text> program = std::nullopt; ///< that has the symbol: not the kernel
};

/// The request that a point of the syntax is; none if it is not supported or malformed, which is
/// reported.
std::optional<PointRequest> point_request(const Context& context, Expressions& expressions,
                                          const ExprScope& scope, const syntax::Point& point);

/// A function that can be probed.
struct FoundPoint {
    PointKind kind = PointKind::entry;
    std::string program; ///< see `Probe`
    std::string module;  ///< empty: the kernel itself
    std::string symbol;
    std::uint64_t offset = 0;      ///< of a program's function in its file
    std::uint64_t text_offset = 0; ///< see `Probe`
    std::uint32_t maxactive = 0;
    FunctionType function;
    const kernel::TraceEvent* event = nullptr; ///< of a tracepoint
    std::vector<std::string> remarks;
    Span span; ///< of the point as written
};

/// What became of a list of alternatives.
struct PointChoice {
    std::vector<FoundPoint> points;         ///< of the first that can be probed; empty if none can
    std::size_t index = 0;                  ///< of that one among the alternatives
    std::string chosen;                     ///< the alternative as written, if there are several
    std::string why_not;                    ///< one line, if there is none
    std::vector<diag::Diagnostic> failures; ///< one per alternative, if there is none
};
PointChoice choose_point(Context& context, const std::vector<PointRequest>& alternatives);

/// The point of an alternative that is not the chosen one. Of a function that the given kernel does
/// not have only the name is known. Fails if that is too little, or if there are several.
std::expected<FoundPoint, std::string> other_point(Context& context, const PointRequest& request);

/// Reports that no alternative of `name` can be probed.
void report_no_point(const Context& context, const syntax::Name& name, const PointChoice& choice);

/// Whether a symbol of that name exists, of whatever kind.
bool symbol_exists(const kernel::KernelView& kernel, const syntax::SymbolName& symbol);

} // namespace kps::sema
