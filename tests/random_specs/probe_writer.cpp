#include "tests/random_specs/probe_writer.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace kps::random_specs {

namespace {

constexpr unsigned most_fields = 12;
constexpr unsigned most_steps = 6;
constexpr std::array<std::string_view, 10> registers = {"di", "si", "dx", "cx", "r8",
                                                        "r9", "ax", "bx", "sp", "bp"};
constexpr std::array<std::string_view, 12> integer_types = {
    "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "x8", "x16", "x32", "x64"};

bool is_record(const kernel::Btf& btf, kernel::TypeId type) {
    const kernel::TypeKind kind = btf.type(btf.strip(type)).kind;
    return kind == kernel::TypeKind::struct_type || kind == kernel::TypeKind::union_type;
}

} // namespace

// ---------------------------------------------------------------- points

std::string ProbeWriter::declaration(std::vector<WrittenStream>& streams) {
    const std::size_t kind = choices_.below(100);
    if (kind < 35) return call(streams);
    if (kind < 60) return function_probe(streams, false);
    if (kind < 75) return function_probe(streams, true);
    if (kind < 85) return offset_probe(streams);
    if (kind < 95) return tracepoint(streams);
    return many(streams);
}

void ProbeWriter::add_registers(Point& point) {
    for (int i = 0; i < 2; ++i) {
        point.words.push_back(fmt::format("%{}", choices_.one_of(registers)));
        point.words.push_back(fmt::format("stack[{}]", choices_.below(40)));
    }
}

void ProbeWriter::add_casts(Point& point) {
    for (int i = 0; i < 2 && !point.words.empty(); ++i) {
        const std::size_t known = choices_.chance(50) ? 9 : catalogue_.structs.size();
        const auto& [name, type] = catalogue_.structs[choices_.below(known)];
        const char* const form =
            choices_.chance(25) ? "user((struct {} *){})" : "((struct {} *){})";
        point.roots.push_back(
            {fmt::format(fmt::runtime(form), name, choices_.one_of(point.words)), type, true});
    }
}

ProbeWriter::Point ProbeWriter::entry(const Function& function) {
    Point point;
    const kernel::Btf& btf = *catalogue_.view.btf();
    for (std::size_t i = 0; i < std::min<std::size_t>(function.parameters.size(), 6); ++i) {
        const kernel::Parameter& parameter = function.parameters[i];
        if (parameter.name.empty() || is_record(btf, parameter.type)) continue;
        std::string text(parameter.name);
        for (int weight = 0; weight < 3; ++weight)
            point.roots.push_back({text, parameter.type});
        if (btf.type(btf.strip(parameter.type)).kind == kernel::TypeKind::integer)
            point.indexes.push_back(text);
        if (choices_.chance(50)) point.words.push_back(fmt::format("arg{}", i + 1));
    }
    if (choices_.chance(40)) add_registers(point);
    add_casts(point);
    return point;
}

ProbeWriter::Point ProbeWriter::exit(const Function& function) {
    Point point;
    if (choices_.chance(40)) add_registers(point);
    add_casts(point);
    const kernel::Btf& btf = *catalogue_.view.btf();
    if (function.result.value == 0 || is_record(btf, function.result)) return point;
    for (int weight = 0; weight < 4; ++weight)
        point.roots.push_back({"retval", function.result});
    if (btf.type(btf.strip(function.result)).kind == kernel::TypeKind::integer)
        point.indexes.emplace_back("retval");
    return point;
}

ProbeWriter::Point ProbeWriter::somewhere() {
    Point point;
    add_registers(point);
    point.indexes = point.words;
    add_casts(point);
    add_casts(point);
    return point;
}

std::string ProbeWriter::call(std::vector<WrittenStream>& streams) {
    const Function& of = function();
    WrittenStream enter{new_name(), WrittenStream::Kind::hits, {}};
    WrittenStream whole{enter.name, WrittenStream::Kind::calls, {}};
    WrittenStream exit_side{enter.name + ".exit", WrittenStream::Kind::hits, {}};
    enter.name += ".enter";
    std::string text = fmt::format(
        "call {} on `{}` {{\n  enter {{\n{}  }}\n  exit {{\n{}  }}\n}}\n", whole.name,
        of.symbol.name, fields(entry(of), enter.fields), fields(exit(of), exit_side.fields));
    whole.fields = enter.fields;
    whole.fields.insert(whole.fields.end(), exit_side.fields.begin(), exit_side.fields.end());
    whole.fields.push_back(
        {"duration", WrittenField::Kind::other, false, false, 64, 0}); // has conditions of its own
    streams.push_back(std::move(whole));
    streams.push_back(std::move(enter));
    streams.push_back(std::move(exit_side));
    return text;
}

std::string ProbeWriter::function_probe(std::vector<WrittenStream>& streams, bool returns) {
    const Function& of = function();
    WrittenStream& stream = streams.emplace_back(new_name());
    return fmt::format("probe {} on {} `{}` {{\n{}}}\n", stream.name, returns ? "return" : "entry",
                       of.symbol.name, fields(returns ? exit(of) : entry(of), stream.fields));
}

std::string ProbeWriter::offset_probe(std::vector<WrittenStream>& streams) {
    const Function* of = &function();
    std::size_t offset = 0;
    for (int tries = 0; tries < 50; ++tries) {
        const std::size_t there = choices_.within(1, std::min<std::size_t>(of->symbol.size, 64));
        if (catalogue_.view.begins_instruction(of->symbol, there) == true &&
            there < of->symbol.size) {
            offset = there;
            break;
        }
        of = &function();
    }
    WrittenStream& stream = streams.emplace_back(new_name());
    return fmt::format("probe {} on at `{}`+{:#x} {{\n{}}}\n", stream.name, of->symbol.name, offset,
                       fields(somewhere(), stream.fields));
}

std::string ProbeWriter::tracepoint(std::vector<WrittenStream>& streams) {
    if (catalogue_.view.events().empty()) return function_probe(streams, false);
    const kernel::TraceEvent& event = choices_.one_of(catalogue_.view.events());
    WrittenStream& stream = streams.emplace_back(new_name());
    std::string text =
        fmt::format("probe {} on tracepoint {}:{} {{\n", stream.name, event.group, event.name);
    for (const kernel::EventField& of : event.fields) {
        const bool is_array = of.type.ends_with(']');
        const bool is_text = is_array && of.type.contains("char[");
        if ((is_array && !is_text) || of.type.starts_with("__rel_loc") || of.size > 8) {
            if (!is_text || of.type.starts_with("__rel_loc")) continue;
        }
        WrittenField written{fmt::format("f{}", fields_++),
                             WrittenField::Kind::number,
                             of.is_signed,
                             false,
                             of.size * 8,
                             0};
        if (is_text) written.kind = WrittenField::Kind::text;
        text += fmt::format("  {} = `{}`\n", written.name, of.name);
        stream.fields.push_back(std::move(written));
    }
    return text + "}\n";
}

std::string ProbeWriter::many(std::vector<WrittenStream>& streams) {
    WrittenStream& stream = streams.emplace_back(new_name());
    const bool returns = choices_.chance(30);
    return fmt::format("probe {} on {} any of \"{}\" {{\n{}}}\n", stream.name,
                       returns ? "return" : "entry", choices_.one_of(catalogue_.patterns),
                       fields(somewhere(), stream.fields));
}

// ---------------------------------------------------------------- fields

std::string ProbeWriter::fields(const Point& point, std::vector<WrittenField>& written) {
    const std::size_t count =
        choices_.chance(70) ? choices_.within(1, 4) : choices_.within(1, most_fields);
    std::string text;
    for (std::size_t tries = 0; written.size() < count && tries < 4 * count; ++tries) {
        WrittenField next{fmt::format("f{}", fields_), WrittenField::Kind::other};
        const auto line = field(point, next);
        if (!line) continue;
        ++fields_;
        text += "    " + *line + "\n";
        written.push_back(std::move(next));
    }
    return text;
}

std::optional<Leaf> ProbeWriter::path(const Point& point) {
    if (point.roots.empty()) return std::nullopt;
    const Root& root = choices_.one_of(point.roots);
    Paths paths(*catalogue_.view.btf(), choices_, point.indexes);
    const unsigned steps = static_cast<unsigned>(choices_.within(1, most_steps));
    return root.is_target ? paths.through(root.text, root.type, steps)
                          : paths.from(root.text, root.type, steps);
}

std::optional<std::string> ProbeWriter::field(const Point& point, WrittenField& written) {
    const std::size_t what = choices_.below(100);
    if (what < 4) {
        written.kind = WrittenField::Kind::text;
        written.limit = 15;
        return written.name + " = comm";
    }
    if (what < 12 && !point.words.empty()) {
        const std::string type = integer_type(written);
        return fmt::format("{} : {} = {}", written.name, type, choices_.one_of(point.words));
    }
    if (what < 16 && !catalogue_.variables.empty()) {
        const std::string type = integer_type(written);
        return fmt::format("{} : {} = @{}", written.name, type,
                           choices_.one_of(catalogue_.variables));
    }
    if (what < 18) return written.name + " = stack";
    if (what < 20 && !catalogue_.per_cpu_variables.empty())
        return fmt::format("{} : bytes[{}] = this_cpu(@{})", written.name, choices_.within(1, 64),
                           choices_.one_of(catalogue_.per_cpu_variables));
    if (what < 34) {
        const auto source = computed(point, 3);
        if (!source) return std::nullopt;
        const std::string type = integer_type(written);
        return fmt::format("{} : {} = {}", written.name, type, *source);
    }
    const auto leaf = path(point);
    if (!leaf) return std::nullopt;
    switch (leaf->kind) {
    case Leaf::Kind::integer:
    case Leaf::Kind::pointer: return number_field(*leaf, written);
    case Leaf::Kind::text: return text_field(*leaf, written);
    case Leaf::Kind::array:
    case Leaf::Kind::structure: return written.name + bytes_field(*leaf);
    }
    return std::nullopt;
}

std::string ProbeWriter::integer_type(WrittenField& written) {
    const std::string_view type = choices_.one_of(integer_types);
    written.kind = WrittenField::Kind::number;
    written.is_plain = true;
    written.is_signed = type.front() == 's';
    written.bits = static_cast<unsigned>(std::stoul(std::string(type.substr(1))));
    return std::string(type);
}

std::string ProbeWriter::number_field(const Leaf& leaf, WrittenField& written) {
    written.kind = WrittenField::Kind::number;
    written.is_signed = leaf.is_signed;
    written.bits = leaf.bits > 0 ? leaf.bits : leaf.size * 8;
    written.is_plain = !leaf.is_enum && leaf.kind == Leaf::Kind::integer;
    if (leaf.is_bool) written.bits = 1;
    const auto typed = [&](std::string_view type) {
        return fmt::format("{} : {} = {}", written.name, type, leaf.text);
    };
    const std::size_t how = choices_.below(100);
    if (how < 40) return fmt::format("{} = {}", written.name, leaf.text);
    if (how < 46 && leaf.kind == Leaf::Kind::integer && !leaf.is_bool) {
        const unsigned offset = static_cast<unsigned>(choices_.below(leaf.size * 8));
        const unsigned width = static_cast<unsigned>(choices_.within(1, leaf.size * 8 - offset));
        written.is_signed = false;
        written.bits = width;
        written.is_plain = true;
        return typed(fmt::format("bits({}, {})", offset, width));
    }
    if (how < 50) {
        written.is_signed = false;
        written.bits = 1;
        return typed("bool");
    }
    if (how < 54 && leaf.size >= 4) {
        written.is_signed = true;
        written.is_plain = false;
        written.bits = leaf.size * 8;
        return typed("errno");
    }
    if (how < 58 && leaf.kind == Leaf::Kind::pointer) {
        written.is_plain = false;
        return typed("symbol");
    }
    if (how < 60 && leaf.kind == Leaf::Kind::pointer) {
        written.is_plain = false;
        return fmt::format("{} : x64 = this_cpu({})", written.name, leaf.text);
    }
    return typed(integer_type(written));
}

std::string ProbeWriter::text_field(const Leaf& leaf, WrittenField& written) {
    written.kind = WrittenField::Kind::text;
    const char* const type = choices_.chance(20) ? "ustring" : "string";
    if (choices_.chance(40)) return fmt::format("{} : {} = {}", written.name, type, leaf.text);
    written.limit = static_cast<unsigned>(choices_.chance(80) ? choices_.within(1, 64)
                                                              : choices_.within(1, 1000));
    return fmt::format("{} : {}[{}] = {}", written.name, type, written.limit, leaf.text);
}

std::string ProbeWriter::bytes_field(const Leaf& leaf) {
    const bool is_array = leaf.kind == Leaf::Kind::array;
    if (is_array && choices_.chance(30)) return " = " + leaf.text;
    const std::size_t count =
        choices_.chance(90) ? choices_.within(1, 64) : choices_.within(1, 600);
    if (choices_.chance(50)) return fmt::format(" : bytes[{}] = {}", count, leaf.text);
    return fmt::format(" : {}[{}] = {}", choices_.one_of(integer_types), count, leaf.text);
}

/// An expression over what the point has, in parentheses where it needs some.
std::optional<std::string> ProbeWriter::computed(const Point& point, unsigned depth) {
    if (depth == 0 || (depth < 3 && choices_.chance(25))) {
        for (int tries = 0; tries < 5; ++tries)
            if (const auto leaf = path(point);
                leaf && leaf->kind == Leaf::Kind::integer && !leaf->is_enum)
                return leaf->text.starts_with('*') ? "(" + leaf->text + ")" : leaf->text;
        return std::nullopt;
    }
    constexpr std::array<std::string_view, 14> operators = {"+", "-",  "*",  "/",  "%",  "&", "|",
                                                            "^", "<<", ">>", "&&", "||", "+", "&"};
    constexpr std::array<std::string_view, 3> unary = {"-", "~", "!"};
    const auto left = computed(point, depth - 1);
    const auto right =
        choices_.chance(25) ? std::to_string(choices_.within(1, 1000)) : computed(point, depth - 1);
    if (!left || !right) return std::nullopt;
    const std::size_t what = choices_.below(100);
    if (what < 12) return fmt::format("({}({}))", choices_.one_of(unary), *left);
    if (what < 22) {
        const auto condition = computed(point, depth - 1);
        if (!condition) return std::nullopt;
        return fmt::format("(({}) ? {} : {})", *condition, *left, *right);
    }
    if (what < 30) return fmt::format("(({})({}))", choices_.chance(50) ? "u32" : "s16", *left);
    return fmt::format("({} {} {})", *left, choices_.one_of(operators), *right);
}

} // namespace kps::random_specs
