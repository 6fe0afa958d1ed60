#pragma once

#include "compiler/diagnostics/messages.hpp"
#include "compiler/diagnostics/sink.hpp"
#include "compiler/semantics/resolved.hpp"
#include "compiler/syntax/ast.hpp"

namespace kps::sema {

/// A machine with its states but without edges and events. Reports a start or end that is missing,
/// states that no edge knows, that cannot be reached or that never end well; none if it did.
std::optional<Machine> states_of(const syntax::MachineDeclaration& declared, diag::Sink& sink);

} // namespace kps::sema
