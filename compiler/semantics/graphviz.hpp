#pragma once

#include "compiler/semantics/resolve.hpp"

#include <string>

/// Drawings of a spec for Graphviz, from what it says alone: no kernel is needed.
namespace kps::sema {

/// Which file imports which and which template it uses; the names that these get label the edges.
std::string draw_imports(const LoadedSpec& spec);

/// Every state machine of the spec and of what it imports: its start is a dot, accepted states have
/// two rings, edges are labelled with what takes them.
std::string draw_machines(const LoadedSpec& spec, const SourceSet& sources);

/// Which test uses which probes, calls, spans and machines, and which of these use others.
std::string draw_tests(const LoadedSpec& spec);

} // namespace kps::sema
