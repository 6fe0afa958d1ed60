#include "kernel_stand_in.hpp"

#include "runtime/hits/evaluate.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace kps::reference {

namespace {

using hits::Operand;
using hits::Summed;
using plan::Evidence;
using plan::Form;

__extension__ using Number = __int128;
using Words = std::vector<std::uint64_t>;
using Item = Summed::Occurrence;

enum class Tri : std::uint8_t { no, unknown, yes };

/// What the kernel keeps of one tally.
struct State {
    struct Cell { // by key; without one by nothing; of unknown keys apart
        std::vector<hits::Value> key;
        std::map<std::uint32_t, Words> on_cpu;
        std::map<std::pair<std::uint32_t, int>, std::uint32_t> crossed; // by CPU and kind
        std::map<std::uint32_t, Number> worst;                          // by CPU
        bool has_member = false;
    };
    Cell plain;
    std::map<std::string, Cell> by_key;
    std::vector<Item> evidence;
};

class Kernel {
public:
    Kernel(const sema::ResolvedSpec& spec, const plan::KernelWork& work, const hits::Trace& whole)
        : spec_(spec), work_(work), whole_(whole), states_(work.tallies.size()),
          calls_(work.calls.size()), open_(work.calls.size()), ended_(work.calls.size()) {}

    Reduced operator()() {
        for (std::uint32_t i = 0; i < whole_.hits.size(); ++i) {
            if (is_sent(i)) sent_.insert(i);
            for (std::size_t tally = 0; tally < work_.tallies.size(); ++tally)
                if (is_of(work_.tallies[tally].use.stream, i)) count(tally, {i, Item::none});
            for (std::size_t call = 0; call < work_.calls.size(); ++call)
                pair(call, i);
        }
        for (std::size_t call = 0; call < work_.calls.size(); ++call)
            for (const auto& [task, open] : open_[call])
                for (const std::uint32_t entry : open)
                    calls_[call].vanished +=
                        ended_[call].contains(task) && entry < ended_[call].at(task);
        return reduced();
    }

private:
    [[nodiscard]] const hits::Hit& hit(std::uint32_t index) const { return whole_.hits[index]; }

    /// Of a stream of hits.
    [[nodiscard]] bool is_of(sema::StreamId stream, std::uint32_t index) const {
        const auto* of = std::get_if<sema::HitStream>(&spec_.streams[stream].node);
        return of != nullptr && std::ranges::count(of->probes, hit(index).probe) > 0;
    }

    [[nodiscard]] bool is_sent(std::uint32_t index) const {
        for (const plan::Sent& sent : work_.sent) {
            const auto* call = std::get_if<sema::CallStream>(&spec_.streams[sent.use.stream].node);
            const sema::ProbeId probe = hit(index).probe;
            if (call != nullptr && (probe == call->enter || probe == call->exit)) return true;
            if (is_of(sent.use.stream, index) && belongs(sent.use, {index, Item::none}) != Tri::no)
                return true;
        }
        return false;
    }

    void pair(std::size_t index, std::uint32_t at) {
        const auto& call = std::get<sema::CallStream>(spec_.streams[work_.calls[index]].node);
        const std::uint64_t task =
            std::uint64_t{hit(at).tid} << 32 | (hit(at).tid == 0 ? hit(at).cpu : 0);
        auto& open = open_[index][task];
        if (hit(at).probe == call.enter) {
            ++calls_[index].entered;
            open.push_back(at);
        } else if (hit(at).probe == call.exit) {
            if (open.empty()) {
                ++calls_[index].orphans;
                return;
            }
            ++calls_[index].ended;
            const std::uint32_t entry = open.back();
            open.pop_back();
            auto& ended = ended_[index][task];
            ended = std::max(ended, entry);
            for (std::size_t tally = 0; tally < work_.tallies.size(); ++tally)
                if (work_.tallies[tally].use.stream == work_.calls[index])
                    count(tally, {entry, at});
        }
    }

    [[nodiscard]] Operand field(sema::StreamId stream, std::uint32_t index,
                                const Item& item) const {
        const sema::StreamField& field = spec_.streams[stream].fields.at(index);
        const hits::Hit& opening = hit(item.opening);
        if (const auto* of = std::get_if<sema::StreamField::OfProbe>(&field.origin))
            return hits::operand_of((of->side == 0 ? opening : hit(item.closing)).fields[of->index],
                                    field.type);
        const auto number = [&](std::uint64_t bits) {
            return sema::integer_of(bits, field.type.size, field.type.is_signed);
        };
        switch (std::get<sema::Builtin>(field.origin)) {
        case sema::Builtin::time: return number(opening.time_ns);
        case sema::Builtin::cpu: return number(opening.cpu);
        case sema::Builtin::tid: return number(opening.tid);
        case sema::Builtin::pid: return number(opening.pid);
        case sema::Builtin::comm: return opening.comm;
        case sema::Builtin::func: return std::string_view(spec_.probes[opening.probe].symbol);
        case sema::Builtin::duration: return number(hit(item.closing).time_ns - opening.time_ns);
        }
        return hits::Unreadable{};
    }

    [[nodiscard]] Tri holds(sema::StreamId stream, sema::ExprId condition, const Item& item) const {
        const Operand result =
            hits::evaluate(spec_.exprs, condition, [&](sema::ExprId leaf) -> Operand {
                return field(stream, std::get<sema::FieldRef>(spec_.exprs[leaf].node).index, item);
            });
        const auto* integer = std::get_if<sema::Integer>(&result);
        if (integer == nullptr) return Tri::unknown;
        return integer->bits != 0 ? Tri::yes : Tri::no;
    }

    [[nodiscard]] Tri belongs(const sema::StreamUse& use, const Item& item) const {
        Tri all = Tri::yes;
        for (const sema::ExprId condition : use.where)
            all = std::min(all, holds(use.stream, condition, item));
        return all;
    }

    /// The cell that an item counts in, and whether its key is known.
    std::pair<State::Cell*, bool> cell_of(std::size_t index, const Item& item) {
        const plan::Tally& tally = work_.tallies[index];
        State& state = states_[index];
        std::string bytes;
        std::vector<hits::Value> key;
        for (const std::uint32_t part : tally.key) {
            const Operand value = field(tally.use.stream, part, item);
            if (const auto* integer = std::get_if<sema::Integer>(&value)) {
                bytes += std::to_string(integer->bits) + (integer->is_signed ? "s," : "u,");
                key.emplace_back(integer->bits);
            } else if (const auto* text = std::get_if<std::string_view>(&value)) {
                bytes += std::string(*text) + '\0';
                key.emplace_back(*text);
            } else {
                return {&state.plain, false};
            }
        }
        if (tally.key.empty()) return {&state.plain, true};
        State::Cell& cell = state.by_key[bytes];
        cell.key = key;
        return {&cell, true};
    }

    void count(std::size_t index, const Item& item) {
        const plan::Tally& tally = work_.tallies[index];
        const Tri member = belongs(tally.use, item);
        if (member == Tri::no) return;
        const auto [cell, key_known] = cell_of(index, item);
        const std::uint32_t cpu = hit(item.closing == Item::none ? item.opening : item.closing).cpu;
        Words& words = cell->on_cpu[cpu];
        words.resize(plan::words_of(tally.form));
        const auto first = [&](int kind) {
            return cell->crossed[{cpu, kind}]++ < plan::max_evidence;
        };
        bool crosses = false;
        ++words[member == Tri::yes ? 0 : 1];
        if (member == Tri::unknown) crosses |= first(0);
        const bool sends_members = tally.evidence == Evidence::members || !key_known;
        if (member == Tri::yes && sends_members) crosses |= first(1);
        if (member == Tri::yes && !tally.key.empty() && key_known)
            crosses |= !std::exchange(cell->has_member, true);
        if (tally.form == Form::every) {
            const Tri holding = holds(tally.use.stream, *tally.condition, item);
            if (holding == Tri::no && member == Tri::yes) {
                ++words[2];
                crosses |= first(2);
            } else if (holding != Tri::yes) {
                ++words[3];
                crosses |= first(3);
            }
        }
        if (tally.field && member == Tri::yes) {
            const Operand value = field(tally.use.stream, *tally.field, item);
            if (const auto* integer = std::get_if<sema::Integer>(&value))
                crosses |= measure(tally, *integer, cpu, *cell, words);
        }
        if (crosses) states_[index].evidence.push_back(item);
    }

    /// Whether the value is worse than all before.
    static bool measure(const plan::Tally& tally, sema::Integer of, std::uint32_t cpu,
                        State::Cell& cell, Words& words) {
        const auto [bits, is_signed] = of;
        const bool negative = is_signed && (bits >> 63) != 0;
        ++words[2];
        if (tally.form == Form::histogram) {
            std::uint32_t bucket = negative ? 0 : 1;
            for (std::uint64_t rest = bits; !negative && rest != 0; rest >>= 1)
                ++bucket;
            ++words[3 + bucket];
            return false;
        }
        const std::uint64_t ordered = is_signed ? bits ^ std::uint64_t{1} << 63 : bits;
        const auto number = static_cast<std::int64_t>(bits);
        words[3] = std::max(words[3], ~ordered);
        words[4] = std::max(words[4], ordered);
        words[5] += bits & 0xffffffff;
        words[6] += is_signed ? static_cast<std::uint64_t>(number >> 32) : bits >> 32;
        const Number value = is_signed ? Number{number} : Number{bits};
        Number bad = tally.evidence == Evidence::lowest ? -value : value;
        if (tally.evidence == Evidence::farthest) {
            bad = value < tally.centre ? tally.centre - value : value - tally.centre;
            bad = std::min(bad, Number{UINT64_MAX});
        }
        const auto [worst, fresh] = cell.worst.try_emplace(cpu, bad);
        if (fresh || bad > worst->second) {
            worst->second = bad;
            return true;
        }
        return false;
    }

    static Words total(const plan::Tally& tally, const State::Cell& cell) {
        Words sum(plan::words_of(tally.form));
        for (const auto& [cpu, words] : cell.on_cpu)
            for (std::size_t i = 0; i < sum.size(); ++i) {
                const bool is_max = tally.form == Form::values && (i == 3 || i == 4);
                sum[i] = is_max ? std::max(sum[i], words[i]) : sum[i] + words[i];
            }
        return sum;
    }

    Reduced reduced() {
        std::set<std::uint32_t> kept = sent_;
        for (const State& state : states_)
            for (const Item& item : state.evidence) {
                kept.insert(item.opening);
                if (item.closing != Item::none) kept.insert(item.closing);
            }
        Reduced result{whole_, {kept.begin(), kept.end()}};
        std::map<std::uint32_t, std::uint32_t> place;
        Summed summed{work_, {}, calls_, {}};
        result.trace.hits.clear();
        for (const std::uint32_t index : kept) {
            place[index] = static_cast<std::uint32_t>(result.trace.hits.size());
            result.trace.hits.push_back(hit(index));
            summed.sent.push_back(sent_.contains(index));
        }
        place[Item::none] = Item::none;
        for (std::size_t i = 0; i < states_.size(); ++i) {
            Summed::Tally tally{total(work_.tallies[i], states_[i].plain), {}, {}};
            for (const auto& [bytes, cell] : states_[i].by_key)
                tally.cells.push_back({cell.key, total(work_.tallies[i], cell)});
            for (const Item& item : states_[i].evidence)
                tally.evidence.push_back({place[item.opening], place[item.closing]});
            summed.tallies.push_back(std::move(tally));
        }
        result.trace.summed = std::move(summed);
        return result;
    }

    const sema::ResolvedSpec& spec_;
    const plan::KernelWork& work_;
    const hits::Trace& whole_;
    std::vector<State> states_;
    std::vector<Summed::Calls> calls_;
    std::vector<std::map<std::uint64_t, std::vector<std::uint32_t>>> open_; // by call and task
    std::vector<std::map<std::uint64_t, std::uint32_t>> ended_; // the last entry of those ended
    std::set<std::uint32_t> sent_;
};

} // namespace

Reduced reduce(const sema::ResolvedSpec& spec, const plan::KernelWork& work,
               const hits::Trace& whole) {
    return Kernel(spec, work, whole)();
}

} // namespace kps::reference
