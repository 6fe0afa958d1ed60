#pragma once

#include "compiler/syntax/ast.hpp"

/// The parts of `dump`: S-expressions on one line.
namespace kps::syntax {

std::string dump(const File& file, ExprId id);
std::string dump(const File& file, const Stream& stream);
std::string dump(const File& file, const Field& field);
std::string dump(const File& file, const Point& point);
std::string dump(const File& file, const Expectation& expectation);
std::string dump(const Requires& condition);
std::string dump(const KernelVersion& version);
std::string dump(const SymbolName& symbol);
std::string dump(const Path& path);
std::string dump(const std::vector<Name>& names);
std::string dump_key(const std::optional<Key>& key);
/// ` (HEAD VALUE)`, or nothing.
std::string dump_optional(const File& file, std::string_view head, std::optional<ExprId> value);
/// Between double quotes, with what cannot be shown as `\xNN`.
std::string dump_text(std::string_view text);
std::string_view spelling(BinaryOperator op);

} // namespace kps::syntax
