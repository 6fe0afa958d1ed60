#include "tests/random_specs/test_writer.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace kps::random_specs {

namespace {

constexpr std::array<std::string_view, 6> comparisons = {"==", "!=", "<", "<=", ">", ">="};
constexpr std::array<std::string_view, 2> equalities = {"==", "!="};
constexpr std::array<std::string_view, 6> texts = {
    "cat", "sh", "/etc/hostname", "a", "eth0", "a text that is rather long, with some words more"};

} // namespace

std::string TestWriter::test() {
    std::string text = fmt::format("test \"random\" {{\n    run \"true\"\n    scope {}\n",
                                   choices_.chance(50) ? "workload" : "system");
    text += lets();
    for (const WrittenStream& stream : streams_) {
        const bool is_side = stream.name.contains('.');
        if (is_side && !choices_.chance(30)) continue;
        const std::size_t count = choices_.chance(75) ? 1 : choices_.within(2, 5);
        for (std::size_t i = 0; i < count; ++i)
            text += "    " + expectation(stream) + "\n";
    }
    for (const WrittenStream& let : lets_)
        text += "    " + expectation(let) + "\n";
    if (choices_.chance(15)) text += "    " + order() + "\n";
    if (choices_.chance(10)) text += fmt::format("    witness {}\n", streams_.front().name);
    return text + "}\n";
}

std::string TestWriter::lets() {
    std::string text;
    for (std::size_t i = choices_.below(3); i > 0; --i) {
        WrittenStream let = choices_.one_of(streams_);
        const std::string name = fmt::format("l{}", i);
        text += fmt::format("    let {} = {} where {}\n", name, let.name, condition(let, 2));
        let.name = name;
        lets_.push_back(std::move(let));
    }
    return text;
}

std::string TestWriter::use(const WrittenStream& stream, const std::string& field) {
    std::string text = stream.name + (field.empty() ? "" : "." + field);
    if (choices_.chance(50)) text += " where " + condition(stream, 3);
    return text;
}

std::string TestWriter::expectation(const WrittenStream& stream) {
    const std::string of = use(stream);
    switch (choices_.below(8)) {
    case 0: return "expect some " + of;
    case 1: return "expect no " + of;
    case 2: return fmt::format("expect count({}) < {}", of, choices_.within(1, 100));
    case 3:
        return fmt::format("expect count({}) in {}..9 by {}", of, choices_.below(9), key(stream));
    case 4:
    case 5:
        return fmt::format("expect every {}{}: {}", of, choices_.chance(60) ? " if any" : "",
                           condition(stream, 3));
    case 6: return aggregate(stream);
    default:
        return fmt::format("show top {} count({}) by {}", choices_.within(1, 20), of, key(stream));
    }
}

std::string TestWriter::aggregate(const WrittenStream& stream) {
    constexpr std::array<std::string_view, 6> functions = {"min", "max",    "mean",
                                                           "sum", "stddev", "p50"};
    const WrittenField* field = number_of(stream);
    std::string name = field != nullptr ? field->name : "cpu";
    std::string bound =
        fmt::format("{}", field != nullptr && field->bits < 3 ? 1 : choices_.within(2, 3));
    if (stream.kind != WrittenStream::Kind::hits && choices_.chance(50)) {
        name = "duration";
        bound = fmt::format("{}ms", choices_.within(1, 100));
    }
    if (choices_.chance(40)) return fmt::format("show hist({})", use(stream, name));
    return fmt::format("expect {}({}) {} {}{}", choices_.one_of(functions), use(stream, name),
                       choices_.one_of(equalities), bound,
                       choices_.chance(40) ? " by " + key(stream) : "");
}

std::string TestWriter::order() {
    const auto hits = [&] {
        const WrittenStream* stream = &choices_.one_of(streams_);
        while (stream->kind != WrittenStream::Kind::hits)
            stream = &choices_.one_of(streams_);
        return use(*stream);
    };
    const bool has_hits = std::ranges::any_of(streams_, [](const WrittenStream& stream) {
        return stream.kind == WrittenStream::Kind::hits;
    });
    if (!has_hits) return {};
    std::string text = "expect " + hits();
    for (std::size_t i = choices_.within(1, 2); i > 0; --i)
        text += " then " + hits();
    return text + (choices_.chance(50) ? " by tid within 1s" : "");
}

// ---------------------------------------------------------------- conditions

std::string TestWriter::condition(const WrittenStream& stream, unsigned depth) {
    if (depth == 0 || choices_.chance(40)) return comparison(stream);
    const std::string left = condition(stream, depth - 1);
    switch (choices_.below(5)) {
    case 0: return fmt::format("!({})", left);
    case 1:
    case 2: return fmt::format("({} && {})", left, condition(stream, depth - 1));
    case 3: return fmt::format("({} || {})", left, condition(stream, depth - 1));
    default: return fmt::format("(({}) ? {} : 0) != 0", left, choices_.within(1, 3));
    }
}

std::string TestWriter::comparison(const WrittenStream& stream) {
    if (stream.fields.empty() || choices_.chance(25)) return builtin(stream);
    const WrittenField& field = choices_.one_of(stream.fields);
    if (field.kind == WrittenField::Kind::other) return builtin(stream);
    if (field.kind == WrittenField::Kind::text) {
        std::string text(choices_.one_of(texts));
        if (field.limit != 0) text = text.substr(0, field.limit);
        return fmt::format("{} {} \"{}\"", field.name, choices_.one_of(equalities), text);
    }
    const WrittenField* const other = number_of(stream);
    if (!field.is_plain || other == nullptr || !choices_.chance(40))
        return number_comparison(field, field.name);
    constexpr std::array<std::string_view, 10> operators = {"+", "-", "*", "/",  "%",
                                                            "&", "|", "^", "<<", ">>"};
    return fmt::format("({} {} {}) {} {}", field.name, choices_.one_of(operators), other->name,
                       choices_.one_of(equalities), choices_.below(2));
}

std::string TestWriter::number_comparison(const WrittenField& field, const std::string& words) {
    if (field.bits < 4)
        return fmt::format("{} {} {}", words, choices_.one_of(equalities),
                           field.is_signed ? 0 : choices_.below(2));
    if (choices_.chance(20)) return fmt::format("{} in 1..{}", words, choices_.within(2, 6));
    if (choices_.chance(20))
        return fmt::format("{} & {} == {}", words, choices_.within(4, 7), choices_.below(4));
    const bool negative = field.is_signed && choices_.chance(30);
    return fmt::format("{} {} {}{}", words, choices_.one_of(comparisons), negative ? "-" : "",
                       choices_.within(1, 6));
}

std::string TestWriter::builtin(const WrittenStream& stream) {
    if (stream.kind != WrittenStream::Kind::hits && choices_.chance(40))
        return fmt::format("duration < {}us", choices_.within(1, 5000));
    switch (choices_.below(6)) {
    case 0: return fmt::format("cpu != {}", choices_.below(4));
    case 1: return fmt::format("pid > {}", choices_.within(1, 1000));
    case 2: return fmt::format("tid == {}", choices_.within(1, 1000));
    case 3: return fmt::format("time > {}s", choices_.within(1, 10));
    case 4: return fmt::format("func != \"{}\"", choices_.one_of(texts));
    default:
        return fmt::format("comm {} \"{}\"", choices_.one_of(equalities),
                           choices_.one_of(texts).substr(0, 15));
    }
}

std::string TestWriter::key(const WrittenStream& stream) {
    std::vector<std::string> all = {"cpu", "pid", "tid", "comm", "func"};
    for (const WrittenField& field : stream.fields)
        if (field.kind != WrittenField::Kind::other) all.push_back(field.name);
    if (choices_.chance(60)) return choices_.one_of(all);
    std::vector<std::string> parts;
    for (std::size_t i = choices_.within(2, 4); i > 0; --i) {
        const std::string& part = choices_.one_of(all);
        if (std::ranges::find(parts, part) == parts.end()) parts.push_back(part);
    }
    std::string text;
    for (const std::string& part : parts)
        text += (text.empty() ? "" : ", ") + part;
    return parts.size() == 1 ? text : "(" + text + ")";
}

const WrittenField* TestWriter::number_of(const WrittenStream& stream) {
    std::vector<const WrittenField*> numbers;
    for (const WrittenField& field : stream.fields)
        if (field.kind == WrittenField::Kind::number && field.is_plain && field.bits > 1)
            numbers.push_back(&field);
    return numbers.empty() ? nullptr : choices_.one_of(numbers);
}

std::string write_spec(const Catalogue& catalogue, std::uint64_t seed) {
    Choices choices(seed);
    ProbeWriter probes(catalogue, choices);
    std::size_t count = choices.within(1, 4);
    if (choices.chance(30)) count = choices.within(5, 12);
    if (choices.chance(5)) count = choices.within(13, 30);
    std::string text;
    std::vector<WrittenStream> streams;
    while (count-- > 0)
        text += probes.declaration(streams);
    std::vector<const WrittenStream*> hits;
    for (const WrittenStream& stream : streams)
        if (stream.kind == WrittenStream::Kind::hits) hits.push_back(&stream);
    if (hits.size() > 1 && choices.chance(15)) {
        text += fmt::format("span s0 = {} => {} by tid\n", hits[0]->name, hits[1]->name);
        streams.push_back({"s0", WrittenStream::Kind::span, hits[0]->fields});
    }
    return text + TestWriter(choices, streams).test();
}

} // namespace kps::random_specs
