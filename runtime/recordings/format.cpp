#include "runtime/recordings/format.hpp"

namespace kps::recordings {

namespace {

void encode_texts(Encoder& out, const std::vector<std::string>& texts) {
    out.number(texts.size());
    for (const std::string& text : texts)
        out.text(text);
}

std::vector<std::string> decode_texts(Decoder& in) {
    std::vector<std::string> texts;
    for (std::size_t left = in.count(); left > 0 && in.good(); --left)
        texts.emplace_back(in.text());
    return texts;
}

template <class E>
E decode_enum(Decoder& in, E last) {
    const std::uint64_t number = in.number();
    if (number > static_cast<std::uint64_t>(last)) {
        in.fail();
        return {};
    }
    return static_cast<E>(number);
}

void encode_type(Encoder& out, const sema::ValueType& type) {
    out.number(static_cast<std::uint64_t>(type.kind));
    out.number(type.size);
    out.flag(type.is_signed);
    out.number(type.count);
    out.number(static_cast<std::uint64_t>(type.display));
    out.number(type.enumeration ? type.enumeration->value + std::uint64_t{1} : 0);
}

sema::ValueType decode_type(Decoder& in, std::size_t enums) {
    sema::ValueType type;
    type.kind = decode_enum(in, sema::TypeKind::array);
    in.narrow(type.size);
    type.is_signed = in.flag();
    in.narrow(type.count);
    type.display = decode_enum(in, sema::Display::text);
    const std::uint64_t enumeration = in.number();
    const bool is_size =
        type.size == 1 || type.size == 2 || type.size == 4 || type.size == 8 || type.size == 0;
    if (enumeration > enums || !is_size) in.fail();
    if (enumeration != 0) type.enumeration = {static_cast<std::uint32_t>(enumeration - 1)};
    return type;
}

void encode_loss(Encoder& out, const hits::Loss& loss) {
    out.number(loss.probe ? loss.probe->value + std::uint64_t{1} : 0);
    out.number(loss.cpu ? *loss.cpu + std::uint64_t{1} : 0);
    out.number(loss.begin_ns);
    out.number(loss.end_ns);
    out.number(loss.count);
    out.text(loss.cause);
}

hits::Loss decode_loss(Decoder& in) {
    hits::Loss loss;
    const std::uint64_t probe = in.number();
    const std::uint64_t cpu = in.number();
    if (probe > UINT32_MAX || cpu > UINT32_MAX) in.fail();
    if (probe != 0) loss.probe = {static_cast<std::uint32_t>(probe - 1)};
    if (cpu != 0) loss.cpu = static_cast<std::uint32_t>(cpu - 1);
    loss.begin_ns = in.number();
    loss.end_ns = in.number();
    loss.count = in.number();
    loss.cause = in.text();
    return loss;
}

void encode_command(Encoder& out, const hits::CommandResult& run) {
    out.text(run.command);
    out.number(zigzag(static_cast<std::uint64_t>(std::int64_t{run.exit_status})));
    out.number(zigzag(static_cast<std::uint64_t>(std::int64_t{run.signal})));
    out.flag(run.timed_out);
    out.number(run.duration_ns);
    out.text(run.output);
}

hits::CommandResult decode_command(Decoder& in) {
    hits::CommandResult run;
    run.command = in.text();
    run.exit_status = static_cast<std::int32_t>(unzigzag(in.number()));
    run.signal = static_cast<std::int32_t>(unzigzag(in.number()));
    run.timed_out = in.flag();
    run.duration_ns = in.number();
    run.output = in.text();
    return run;
}

sema::EnumType decode_enum_type(Decoder& in) {
    sema::EnumType type;
    type.name = in.text();
    type.enumerators.resize(in.count());
    for (auto& enumerator : type.enumerators) {
        enumerator.name = in.text();
        enumerator.value = static_cast<std::int64_t>(unzigzag(in.number()));
    }
    return type;
}

Source decode_source(Decoder& in, std::size_t enums) {
    Source source;
    source.group = in.text();
    source.name = in.text();
    source.fields.resize(in.count());
    for (Source::Field& field : source.fields) {
        field.name = in.text();
        field.type = decode_type(in, enums);
    }
    return source;
}

} // namespace

void encode_about(Encoder& out, const Recording& about) {
    out.text(about.release);
    out.text(about.architecture);
    out.text(about.started);
    out.text(about.made_by);
}

void decode_about(Decoder& in, Recording& about) {
    about.release = in.text();
    about.architecture = in.text();
    about.started = in.text();
    about.made_by = in.text();
}

void encode_sources(Encoder& out, const Sources& sources) {
    out.text(sources.path);
    out.number(sources.enums.size());
    for (const sema::EnumType& type : sources.enums) {
        out.text(type.name);
        out.number(type.enumerators.size());
        for (const auto& enumerator : type.enumerators) {
            out.text(enumerator.name);
            out.number(zigzag(static_cast<std::uint64_t>(enumerator.value)));
        }
    }
    out.number(sources.sources.size());
    for (const Source& source : sources.sources) {
        out.text(source.group);
        out.text(source.name);
        out.number(source.fields.size());
        for (const Source::Field& field : source.fields) {
            out.text(field.name);
            encode_type(out, field.type);
        }
    }
}

Sources decode_sources(Decoder& in) {
    Sources sources;
    sources.path = in.text();
    for (std::size_t left = in.count(); left > 0 && in.good(); --left)
        sources.enums.add(decode_enum_type(in));
    for (std::size_t left = in.count(); left > 0 && in.good(); --left)
        sources.sources.push_back(decode_source(in, sources.enums.size()));
    return sources;
}

void encode_test_begin(Encoder& out, const Observed& test) {
    out.text(test.test);
    out.number(test.sources);
    out.text(test.backend);
    out.number(test.trace.live_ns);
}

Observed decode_test_begin(Decoder& in) {
    Observed test;
    test.test = in.text();
    in.narrow(test.sources);
    test.backend = in.text();
    test.trace.live_ns = in.number();
    return test;
}

void encode_test_end(Encoder& out, const Observed& test) {
    out.number(test.duration_ns);
    out.text(test.error);
    encode_texts(out, test.error_remarks);
    out.number(test.trace.end_ns);
    out.flag(test.trace.cut_short.has_value());
    out.text(test.trace.cut_short.value_or(""));
    encode_texts(out, test.trace.failed_setup);
    out.number(test.trace.losses.size());
    for (const hits::Loss& loss : test.trace.losses)
        encode_loss(out, loss);
    out.number(test.trace.runs.size());
    for (const hits::CommandResult& run : test.trace.runs)
        encode_command(out, run);
    out.number(test.trace.hits.size());
}

void decode_test_end(Decoder& in, Observed& test) {
    test.duration_ns = in.number();
    test.error = in.text();
    test.error_remarks = decode_texts(in);
    test.trace.end_ns = in.number();
    const bool is_cut_short = in.flag();
    const std::string_view why = in.text();
    if (is_cut_short) test.trace.cut_short = why;
    test.trace.failed_setup = decode_texts(in);
    for (std::size_t left = in.count(); left > 0 && in.good(); --left)
        test.trace.losses.push_back(decode_loss(in));
    for (std::size_t left = in.count(); left > 0 && in.good(); --left)
        test.trace.runs.push_back(decode_command(in));
}

void encode_name(Encoder& out, std::uint64_t address, std::string_view name) {
    out.number(address);
    out.text(name);
}

hits::SymbolNames decode_names(Decoder& in) {
    hits::SymbolNames names;
    while (in.left() > 0) {
        const std::uint64_t address = in.number();
        names.emplace_hint(names.end(), address, in.text());
    }
    return in.good() ? names : hits::SymbolNames{};
}

} // namespace kps::recordings
