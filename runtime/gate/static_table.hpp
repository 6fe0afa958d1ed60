#pragma once

#include "compiler/diagnostics/sink.hpp"
#include "compiler/semantics/resolved.hpp"
#include "runtime/gate/record.hpp"

namespace kps::gate {

/// A spec as it resolves on one kernel; `errors` has what keeps it from doing so.
struct OnKernel {
    const sema::ResolvedSpec& spec;
    const std::vector<diag::Diagnostic>& errors;

    [[nodiscard]] bool resolves() const { return errors.empty(); }
};

/// A row for each probe of a spec and for each of its fields: what became of it from the old kernel
/// to the new one, which is `kernel` in the record. Where the spec resolves on one of them only,
/// what its errors point at is `gone` (or `gained`) with their message. Where it resolves on
/// neither, one row says so.
std::vector<StaticRow> static_rows(const OnKernel& old, const OnKernel& now, std::size_t kernel,
                                   const SourceSet& sources);

} // namespace kps::gate
