#include "compiler/base/overloaded.hpp"
#include "runtime/recordings/format.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace kps::recordings {

namespace {

using hits::Hit;
using hits::Value;

enum State : std::uint8_t { unreadable = 0, integer = 1, text = 2, elements = 3, mixed = 4 };

State state_of(const Value& value) {
    return static_cast<State>(value.index());
}
static_assert(std::variant_size_v<Value> == mixed);

/// Where the hits of each source are.
std::vector<std::vector<std::uint32_t>> by_source(std::span<const Hit> hits, std::size_t sources) {
    std::vector<std::vector<std::uint32_t>> places(sources);
    for (std::uint32_t i = 0; i < hits.size(); ++i)
        places.at(hits[i].probe.value).push_back(i);
    return places;
}

/// The texts of a block, each once.
class Texts {
public:
    std::uint64_t index(std::string_view text) {
        const auto [known, is_new] = indexes_.try_emplace(text, texts_.size());
        if (is_new) texts_.push_back(text);
        return known->second;
    }
    void encode(Encoder& out) const {
        out.number(texts_.size());
        for (const std::string_view text : texts_)
            out.text(text);
    }

private:
    std::unordered_map<std::string_view, std::uint64_t> indexes_;
    std::vector<std::string_view> texts_;
};

std::vector<std::string_view> decode_texts(Decoder& in, hits::Storage& storage) {
    std::vector<std::string_view> texts(in.count());
    for (std::string_view& text : texts)
        text = storage.keep(in.text());
    return texts;
}

/// A column is made of one field of all hits of a source.
class ColumnEncoder {
public:
    ColumnEncoder(Encoder& out, Texts& texts) : out_(out), texts_(texts) {}

    void operator()(std::span<const Value> column) {
        const bool is_uniform = state_of(column.front()) != unreadable &&
                                std::ranges::all_of(column, [&](const Value& value) {
                                    return value.index() == column.front().index();
                                });
        out_.number(is_uniform ? state_of(column.front()) : mixed);
        if (!is_uniform)
            for (const Value& value : column)
                out_.number(state_of(value));
        std::uint64_t before = 0;
        for (const Value& value : column)
            std::visit(Overloaded{
                           [](hits::Unreadable) {},
                           [&](std::uint64_t number) {
                               out_.number(zigzag(number - std::exchange(before, number)));
                           },
                           [&](std::string_view string) { out_.number(texts_.index(string)); },
                           [&](const hits::Elements& array) {
                               out_.number(array.size());
                               for (const std::uint64_t element : array)
                                   out_.number(zigzag(element));
                           },
                       },
                       value);
    }

private:
    Encoder& out_;
    Texts& texts_;
};

class ColumnDecoder {
public:
    ColumnDecoder(Decoder& in, const std::vector<std::string_view>& texts, hits::Storage& storage)
        : in_(in), texts_(texts), storage_(storage) {}

    /// `set(i, value)` for each of `count` hits.
    template <class Set>
    void operator()(std::size_t count, Set set) {
        const std::uint64_t common = in_.number();
        if (common == unreadable || common > mixed) in_.fail();
        std::uint64_t before = 0;
        if (common == integer) {
            for (std::size_t i = 0; i < count; ++i)
                set(i, before += unzigzag(in_.number()));
            return;
        }
        states_.assign(count, static_cast<std::uint8_t>(common));
        if (common == mixed)
            for (std::uint8_t& state : states_)
                in_.narrow(state);
        for (std::size_t i = 0; i < count; ++i)
            set(i, value(states_[i], before));
    }
    [[nodiscard]] std::size_t element_bytes() const { return element_bytes_; }

private:
    Value value(std::uint8_t state, std::uint64_t& before) {
        switch (state) {
        case unreadable: return hits::Unreadable{};
        case integer: return before += unzigzag(in_.number());
        case text: {
            const std::uint64_t index = in_.number();
            if (index < texts_.size()) return texts_[index];
            break;
        }
        case elements: {
            const auto array = storage_.make<std::uint64_t>(in_.count());
            element_bytes_ += array.size_bytes();
            for (std::uint64_t& element : array)
                element = unzigzag(in_.number());
            return hits::Elements(array);
        }
        default: break;
        }
        in_.fail();
        return hits::Unreadable{};
    }

    Decoder& in_;
    const std::vector<std::string_view>& texts_;
    hits::Storage& storage_;
    std::vector<std::uint8_t> states_;
    std::size_t element_bytes_ = 0;
};

void encode_heads(Encoder& out, std::span<const Hit> hits, Texts& texts) {
    for (const Hit& hit : hits)
        out.number(hit.probe.value);
    std::uint64_t before = 0;
    for (const Hit& hit : hits)
        out.number(zigzag(hit.time_ns - std::exchange(before, hit.time_ns)));
    for (const Hit& hit : hits)
        out.number(hit.cpu);
    for (const Hit& hit : hits)
        out.number(hit.tid);
    for (const Hit& hit : hits)
        out.number(hit.pid);
    for (const Hit& hit : hits)
        out.number(hit.comm.data() == nullptr ? 0 : texts.index(hit.comm) + 1);
}

void decode_heads(Decoder& in, std::span<Hit> hits, const std::vector<std::string_view>& texts,
                  std::size_t sources) {
    for (Hit& hit : hits) {
        in.narrow(hit.probe.value);
        if (hit.probe.value >= sources) in.fail();
    }
    std::uint64_t before = 0;
    for (Hit& hit : hits)
        hit.time_ns = before += unzigzag(in.number());
    for (Hit& hit : hits)
        in.narrow(hit.cpu);
    for (Hit& hit : hits)
        in.narrow(hit.tid);
    for (Hit& hit : hits)
        in.narrow(hit.pid);
    for (Hit& hit : hits) {
        const std::uint64_t comm = in.number();
        if (comm > texts.size()) in.fail();
        if (in.good() && comm != 0) hit.comm = texts[comm - 1];
    }
}

/// Gives each hit room for its fields; false if the block cannot hold as many.
bool make_fields(std::span<Hit> hits, std::vector<std::span<Value>>& fields, const Sources& sources,
                 std::size_t most, hits::Storage& storage) {
    std::size_t total = 0;
    for (const Hit& hit : hits)
        total += sources.sources[hit.probe.value].fields.size();
    if (total > most) return false;
    std::span<Value> rest = storage.make<Value>(total);
    for (Hit& hit : hits) {
        const std::size_t count = sources.sources[hit.probe.value].fields.size();
        fields.push_back(rest.first(count));
        hit.fields = fields.back();
        rest = rest.subspan(count);
    }
    return true;
}

} // namespace

void encode_hits(Encoder& out, std::span<const Hit> hits, const Sources& sources) {
    Texts texts;
    Encoder rest;
    encode_heads(rest, hits, texts);
    const auto places = by_source(hits, sources.sources.size());
    ColumnEncoder encode(rest, texts);
    std::vector<Value> column;
    for (std::uint32_t source = 0; source < places.size(); ++source) {
        if (places[source].empty()) continue;
        for (std::size_t field = 0; field < sources.sources[source].fields.size(); ++field) {
            column.clear();
            for (const std::uint32_t place : places[source]) {
                const auto& fields = hits[place].fields;
                column.push_back(field < fields.size() ? fields[field] : Value{});
            }
            encode(column);
        }
    }
    out.number(hits.size());
    texts.encode(out);
    out.raw(rest.bytes());
}

std::size_t decode_hits(Decoder& in, const Sources& sources, hits::Trace& trace) {
    hits::Storage& storage = *trace.storage;
    const std::size_t text_bytes = in.left();
    const std::size_t before = trace.hits.size();
    const std::size_t count = in.count();
    if (count > most_hits_in_block) in.fail();
    if (!in.good()) return 0;
    trace.hits.resize(before + count);
    const std::span<Hit> hits = std::span(trace.hits).subspan(before);
    const std::vector<std::string_view> texts = decode_texts(in, storage);
    decode_heads(in, hits, texts, sources.sources.size());
    std::vector<std::span<Value>> fields;
    fields.reserve(hits.size());
    if (in.good() && !make_fields(hits, fields, sources, in.left(), storage)) in.fail();
    ColumnDecoder decode(in, texts, storage);
    const auto places = in.good() ? by_source(hits, sources.sources.size())
                                  : std::vector<std::vector<std::uint32_t>>{};
    for (std::uint32_t source = 0; source < places.size(); ++source)
        for (std::size_t field = 0; field < sources.sources[source].fields.size(); ++field)
            if (!places[source].empty())
                decode(places[source].size(), [&](std::size_t i, Value value) {
                    fields[places[source][i]][field] = value;
                });
    if (!in.complete()) {
        in.fail();
        trace.hits.resize(before);
    }
    const std::size_t values = fields.empty() ? 0 : text_bytes * sizeof(Value);
    return text_bytes + hits.size() * sizeof(Hit) + values + decode.element_bytes();
}

} // namespace kps::recordings
