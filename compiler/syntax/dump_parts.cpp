#include "compiler/syntax/dump_parts.hpp"

#include "compiler/base/overloaded.hpp"

#include <fmt/core.h>

namespace kps::syntax {

namespace {

std::string dump(const File& file, const FieldType& type) {
    std::string text(type.name.text);
    if (type.enum_name) text += fmt::format(" {}", type.enum_name->text);
    if (type.bit_offset)
        text += fmt::format(" {} {}", syntax::dump(file, *type.bit_offset),
                            syntax::dump(file, *type.bit_width));
    if (type.count) text += fmt::format(" [{}]", syntax::dump(file, *type.count));
    return fmt::format("(: {})", text);
}

struct PointDumper {
    const File& file;

    std::string operator()(const EntryPoint& p) const {
        return fmt::format("(entry {})", dump(p.symbol));
    }
    std::string operator()(const ReturnPoint& p) const {
        return fmt::format("(return {}{})", dump(p.symbol),
                           dump_optional(file, "maxactive", p.maxactive));
    }
    std::string operator()(const OffsetPoint& p) const {
        return fmt::format("(offset {} {})", dump(p.symbol), dump(file, p.offset));
    }
    std::string operator()(const FileLinePoint& p) const {
        return fmt::format("(line {} {})", dump_text(p.file.value), dump(file, p.line));
    }
    std::string operator()(const FunctionLinePoint& p) const {
        return fmt::format("(line {} {})", dump(p.symbol), dump(file, p.line));
    }
    std::string operator()(const TracepointPoint& p) const {
        return fmt::format("(tracepoint {} {})", p.group.text, p.event.text);
    }
    std::string operator()(const AnyOfPoint& p) const {
        return fmt::format("({} any {})", p.is_return ? "return" : "entry",
                           dump_text(p.glob.value));
    }
    std::string operator()(const AllOfPoint& p) const {
        std::string text = fmt::format("({} all", p.is_return ? "return" : "entry");
        for (const SymbolName& symbol : p.symbols)
            text += " " + dump(symbol);
        return text + ")";
    }
    std::string operator()(const UserPoint& p) const {
        return fmt::format("(user {} {} {})", p.is_return ? "return" : "entry",
                           dump_text(p.path.value), p.symbol.text);
    }
};

} // namespace

std::string dump(const Path& path) {
    std::string text;
    for (const Name& part : path.parts)
        text += fmt::format("{}{}", text.empty() ? "" : ".", part.text);
    return text;
}

std::string dump(const std::vector<Name>& names) {
    std::string text;
    for (const Name& name : names)
        text += fmt::format("{}{}", text.empty() ? "" : " ", name.text);
    return fmt::format("({})", text);
}

std::string dump_key(const std::optional<Key>& key) {
    return key ? fmt::format(" (by {})", dump(key->fields)) : "";
}

std::string dump_optional(const File& file, std::string_view head, std::optional<ExprId> value) {
    return value ? fmt::format(" ({} {})", head, dump(file, *value)) : "";
}

std::string dump(const File& file, const Stream& stream) {
    if (!stream.where) return dump(stream.name);
    return fmt::format("({} where {})", dump(stream.name), dump(file, *stream.where));
}

std::string dump(const File& file, const Field& field) {
    std::string text(field.name.text);
    if (field.type) text += " " + dump(file, *field.type);
    for (const ExprId source : field.sources)
        text += fmt::format(" (= {})", dump(file, source));
    return fmt::format("(field {})", text);
}

std::string dump(const SymbolName& symbol) {
    if (!symbol.module) return std::string(symbol.symbol.text);
    return fmt::format("{}:{}", symbol.module->text, symbol.symbol.text);
}

std::string dump(const File& file, const Point& point) {
    return std::visit(PointDumper{file}, point.node);
}

std::string dump(const KernelVersion& version) {
    return fmt::format("(kernel {} {})", spelling(version.op), version.version);
}

std::string dump(const Requires& condition) {
    return std::visit(
        Overloaded{
            [](const RequiresKernel& c) { return dump(c.version); },
            [](const RequiresConfig& c) { return fmt::format("(config {})", c.name.text); },
            [](const RequiresSymbol& c) { return fmt::format("(symbol {})", dump(c.symbol)); },
            [](const RequiresFeature& c) { return fmt::format("(feature {})", c.name.text); },
            [](const RequiresArch& c) { return fmt::format("(arch {})", dump(c.names)); },
        },
        condition.node);
}

} // namespace kps::syntax
