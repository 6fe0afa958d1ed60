#pragma once

#include "runtime/judge/fields.hpp"

#include <string>
#include <vector>

/// Conditions in words, for evidence.
namespace kps::judge {

/// Names of the fields that the conditions of `use` are about, each once.
std::vector<std::string> fields_of(const sema::ResolvedSpec& spec, const sema::StreamUse& use);

/// Why a condition does not hold for an item.
struct Violation {
    std::string note;          ///< `ret is -EACCES, not -ENOENT`
    std::string seen = {};     ///< `-EACCES`; empty unless one value was compared with a constant
    std::string expected = {}; ///< `== -ENOENT`
    std::vector<std::string> decisive = {};
};

/// Of a conjunction only what does not hold is told. `reader` reads the stream of the condition.
Violation explain(const Observation& seen, sema::StreamId stream, Reader& reader,
                  sema::ExprId condition, const Item& item);

} // namespace kps::judge
