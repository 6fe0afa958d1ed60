#include "compiler/base/overloaded.hpp"
#include "compiler/plan/kernel_work.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace kps::plan {

namespace {

using sema::Builtin;
using sema::TypeKind;

constexpr std::size_t most_tallies = 63;      // bits of `record::tallies`
constexpr std::uint32_t most_words = 4000;    // an entry of a per-CPU array has 32 KiB at most
constexpr std::uint32_t most_key_bytes = 256; // a key is built on the stack of 512 bytes
constexpr std::uint32_t integer_key_bytes = 16;

/// Why something cannot be computed in the kernel; empty if it can.
using Obstacle = std::string;

bool is_text(const sema::ValueType& type) {
    return type.kind == TypeKind::string;
}

/// What the kernel can compute of one stream of hits or calls.
class Computable {
public:
    Computable(const sema::ResolvedSpec& spec, sema::StreamId stream)
        : spec_(spec), stream_(spec.streams[stream]) {
        const auto* hits = std::get_if<sema::HitStream>(&stream_.node);
        several_functions_ = hits != nullptr && hits->probes.size() > 1;
    }

    [[nodiscard]] Obstacle condition(sema::ExprId id) const {
        return std::visit(Overloaded{
                              [](const sema::Constant&) -> Obstacle { return {}; },
                              [&](const sema::FieldRef& n) { return integer(n.index); },
                              [&](const sema::ExtractBits& n) { return condition(n.container); },
                              [&](const sema::Convert& n) { return condition(n.operand); },
                              [&](const sema::Unary& n) { return condition(n.operand); },
                              [&](const sema::Binary& n) { return binary(n); },
                              [&](const sema::Conditional& n) {
                                  return first_of(condition(n.condition), condition(n.then),
                                                  condition(n.otherwise));
                              },
                              [](const auto&) -> Obstacle { return "not a number"; },
                          },
                          spec_.exprs[id].node);
    }

    [[nodiscard]] Obstacle integer(std::uint32_t index) const {
        const sema::StreamField& field = stream_.fields.at(index);
        if (field.type.kind == TypeKind::integer) return {};
        return fmt::format("{} is not a number", field.name);
    }

    [[nodiscard]] Obstacle key(const std::vector<std::uint32_t>& fields) const {
        std::uint32_t bytes = 0;
        for (const std::uint32_t index : fields) {
            if (Obstacle obstacle = key_part(stream_.fields.at(index)); !obstacle.empty())
                return obstacle;
            const bool text = is_text(stream_.fields.at(index).type);
            bytes += text ? key_string_bytes : integer_key_bytes;
        }
        if (bytes <= most_key_bytes) return {};
        return fmt::format("a key of more than {} bytes", most_key_bytes);
    }

private:
    static Obstacle first_of(Obstacle a, Obstacle b, Obstacle c = {}) {
        if (!a.empty()) return a;
        return b.empty() ? std::move(c) : std::move(b);
    }

    [[nodiscard]] static bool is_function(const sema::StreamField& field) {
        const auto* builtin = std::get_if<Builtin>(&field.origin);
        return builtin != nullptr && *builtin == Builtin::func;
    }

    [[nodiscard]] Obstacle key_part(const sema::StreamField& field) const {
        if (field.type.kind == TypeKind::integer) return {};
        if (is_function(field)) return function();
        if (!is_text(field.type)) return fmt::format("{} is no key that it can hold", field.name);
        if (field.type.count != 0 && field.type.count <= key_string_bytes) return {};
        return fmt::format("the key {} may be longer than {} bytes", field.name, key_string_bytes);
    }

    [[nodiscard]] Obstacle function() const {
        if (!several_functions_) return {};
        return "func differs among the functions of one probe";
    }

    [[nodiscard]] Obstacle binary(const sema::Binary& node) const {
        if (is_string(node.left) || is_string(node.right)) return strings(node);
        return first_of(condition(node.left), condition(node.right));
    }

    [[nodiscard]] const sema::StreamField* field_of(sema::ExprId id) const {
        const auto* ref = std::get_if<sema::FieldRef>(&spec_.exprs[id].node);
        return ref != nullptr ? &stream_.fields.at(ref->index) : nullptr;
    }

    [[nodiscard]] bool is_string(sema::ExprId id) const {
        const sema::StreamField* field = field_of(id);
        return (field != nullptr ? field->type : spec_.exprs[id].type).kind != TypeKind::integer ||
               std::holds_alternative<sema::StringConstant>(spec_.exprs[id].node);
    }

    [[nodiscard]] Obstacle strings(const sema::Binary& node) const {
        const bool field_left = field_of(node.left) != nullptr;
        const sema::StreamField* field = field_of(field_left ? node.left : node.right);
        const auto* literal = std::get_if<sema::StringConstant>(
            &spec_.exprs[field_left ? node.right : node.left].node);
        const bool equality =
            node.op == sema::BinaryOp::equal || node.op == sema::BinaryOp::not_equal;
        if (field == nullptr || literal == nullptr || !equality || !is_text(field->type))
            return "strings are only compared with == and != to a literal";
        if (literal->value.size() > key_string_bytes)
            return fmt::format("a literal of more than {} bytes", key_string_bytes);
        return is_function(*field) ? function() : Obstacle{};
    }

    const sema::ResolvedSpec& spec_;
    const sema::Stream& stream_;
    bool several_functions_ = false;
};

bool is_quantile(sema::Aggregate function) {
    switch (function) {
    case sema::Aggregate::min:
    case sema::Aggregate::max:
    case sema::Aggregate::mean:
    case sema::Aggregate::sum:
    case sema::Aggregate::stddev: return false;
    case sema::Aggregate::p50:
    case sema::Aggregate::p90:
    case sema::Aggregate::p99:
    case sema::Aggregate::p99_9: return true;
    }
    std::unreachable();
}

class Divider {
public:
    Divider(const sema::ResolvedSpec& spec, bool pushdown) : spec_(spec), pushdown_(pushdown) {}

    KernelWork operator()(const sema::Test& test) {
        for (std::size_t i = 0; i < test.expectations.size(); ++i)
            add({Subject::Kind::expectation, i}, test.expectations[i]);
        for (std::size_t i = 0; i < test.witnesses.size(); ++i)
            add({Subject::Kind::witness, i}, test.witnesses[i]);
        for (std::size_t i = 0; i < test.shows.size(); ++i)
            std::visit([&](const auto& show) { add({Subject::Kind::show, i}, show); },
                       test.shows[i].node);
        return std::move(work_);
    }

private:
    void add(Subject subject, const sema::Expectation& expectation) {
        const auto send_all = [&](const char* why) {
            for (const sema::StreamUse* use : sema::uses_of(expectation))
                send(subject, *use, pushdown_ ? why : pushdown_off);
        };
        if (expectation.scope) return send_all("only a part of the run counts");
        std::visit(
            Overloaded{
                [&](const sema::ExpectExists& e) { add(subject, e); },
                [&](const sema::ExpectCount& e) { add(subject, e); },
                [&](const sema::ExpectEvery& e) { add(subject, e); },
                [&](const sema::ExpectAggregate& e) { add(subject, e); },
                [&](const sema::ExpectDistinct&) {
                    send_all("different values are told apart here");
                },
                [&](const sema::ExpectNoGap&) { send_all("gaps are between hits of all CPUs"); },
                [&](const auto&) {
                    send_all("what follows what is told by the order of all hits");
                },
            },
            expectation.node);
    }
    void add(Subject subject, const sema::ExpectAggregate& expect) {
        if (is_quantile(expect.function))
            send(subject, expect.use, pushdown_ ? "a quantile needs every value" : pushdown_off);
        else if (expect.function == sema::Aggregate::stddev)
            send(subject, expect.use, pushdown_ ? "squares need more than 64 bits" : pushdown_off);
        else
            offer(tally_of(subject, expect));
    }
    void add(Subject subject, const sema::ShowHistogram& show) {
        if (show.key.empty())
            offer(tally_of(subject, show));
        else
            send(subject, show.use, pushdown_ ? "a histogram for each key" : pushdown_off);
    }
    void add(Subject subject, const sema::ShowHits& show) {
        send(subject, show.use, pushdown_ ? "the hits are shown" : pushdown_off);
    }
    void add(Subject subject, const auto& asked) { offer(tally_of(subject, asked)); }

    void offer(Tally tally) {
        if (Obstacle obstacle = obstacle_to(tally); !obstacle.empty())
            return send(tally.subject, tally.use, obstacle);
        if (is_new_call(tally.use.stream)) work_.calls.push_back(tally.use.stream);
        work_.tallies.push_back(std::move(tally));
    }

    [[nodiscard]] bool is_new_call(sema::StreamId stream) const {
        return std::holds_alternative<sema::CallStream>(spec_.streams[stream].node) &&
               std::ranges::find(work_.calls, stream) == work_.calls.end();
    }

    [[nodiscard]] Obstacle obstacle_to(const Tally& tally) const {
        if (!pushdown_) return Obstacle(pushdown_off);
        if (std::holds_alternative<sema::SpanStream>(spec_.streams[tally.use.stream].node))
            return "spans are paired by key in user space";
        const Computable computable(spec_, tally.use.stream);
        for (const sema::ExprId condition : tally.use.where)
            if (Obstacle obstacle = computable.condition(condition); !obstacle.empty())
                return obstacle;
        Obstacle obstacle;
        if (tally.condition) obstacle = computable.condition(*tally.condition);
        if (obstacle.empty() && tally.field) obstacle = computable.integer(*tally.field);
        if (obstacle.empty()) obstacle = computable.key(tally.key);
        return obstacle.empty() ? lack_of_room(tally) : obstacle;
    }

    [[nodiscard]] Obstacle lack_of_room(const Tally& tally) const {
        if (work_.tallies.size() >= most_tallies)
            return fmt::format("the test has more than {} such", most_tallies);
        const std::uint32_t words = sums_layout(work_).words + words_of(tally.form) +
                                    (is_new_call(tally.use.stream) ? call_words : 0);
        return words <= most_words ? Obstacle{} : "there is no room for more sums";
    }

    void send(Subject subject, const sema::StreamUse& use, const std::string& why) {
        const auto* span = std::get_if<sema::SpanStream>(&spec_.streams[use.stream].node);
        if (span == nullptr) {
            work_.sent.push_back({subject, use, why});
        } else {
            send(subject, span->from, why);
            send(subject, span->to, why);
        }
    }

    const sema::ResolvedSpec& spec_;
    bool pushdown_;
    KernelWork work_;
};

} // namespace

KernelWork divide(const sema::ResolvedSpec& spec, const sema::Test& test, bool pushdown) {
    return Divider(spec, pushdown)(test);
}

} // namespace kps::plan
