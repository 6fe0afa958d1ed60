#include "compiler/bpf_backend/program.hpp"

#include <algorithm>
#include <utility>

// What a program adds to the counters that compiler/plan/kernel_work.hpp describes.
namespace kps::bpf {

namespace {

constexpr std::uint32_t members = 0;
constexpr std::uint32_t doubtful = 1;
constexpr std::uint32_t violating = 2;
constexpr std::uint32_t undecided = 3;
constexpr std::uint32_t readable = 2;
constexpr std::uint32_t low = 3;
constexpr std::uint32_t high = 4;
constexpr std::uint32_t sum_low = 5;
constexpr std::uint32_t sum_high = 6;
constexpr std::uint32_t badness = 7;
constexpr std::uint32_t first_bucket = 3;
constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;
constexpr std::uint64_t only_if_absent = 1; ///< BPF_NOEXIST
/// How often a maximum is tried to be raised that others raise at the same time.
constexpr int attempts = 3;

} // namespace

bool ProbeProgram::tally_hit(llvm::Value* bits) {
    bool tallied = false;
    for (std::size_t i = 0; i < request_.work->tallies.size(); ++i) {
        const sema::StreamId stream = request_.work->tallies[i].use.stream;
        if (!is_hit_of(stream)) continue;
        tally(i, {stream}, bits);
        tallied = true;
    }
    return tallied;
}

void ProbeProgram::tally(std::size_t index, const Subject& subject, llvm::Value* bits) {
    const plan::Tally& tally = request_.work->tallies[index];
    unit_.at(tally.use.span);
    const Values::Truth truth = belongs(subject, tally.use);
    unit_.when(unit_.build().CreateNot(truth.no), [&] {
        const Hit::Branch branch(hit_);
        count_item(index, subject, truth, bits);
    });
}

void ProbeProgram::count_item(std::size_t index, const Subject& subject, const Values::Truth& truth,
                              llvm::Value* bits) {
    const plan::Tally& tally = request_.work->tallies[index];
    const auto in_sums = [&](bool keyless) {
        const Hit::Branch branch(hit_);
        llvm::Value* const cell =
            unit_.offset(sums(), std::uint64_t{maps_.layout().tallies[index]} * word_bytes);
        update(index, subject, truth, cell, keyless, bits);
    };
    if (tally.key.empty()) return in_sums(false);
    llvm::Value* known = nullptr;
    llvm::Value* const key = key_of(tally, subject, known);
    const auto in_map = [&] {
        llvm::Value* const cell = cell_of_key(index, key);
        unit_.either(
            unit_.build().CreateICmpNE(cell, unit_.null()),
            [&] {
                const Hit::Branch branch(hit_);
                update(index, subject, truth, cell, false, bits);
            },
            [&] { in_sums(true); });
    };
    unit_.either(known, in_map, [&] { in_sums(true); });
}

void ProbeProgram::count(llvm::Value* cell, std::uint32_t word, std::uint32_t most,
                         llvm::Value* bit, llvm::Value* bits) {
    auto& build = unit_.build();
    llvm::Value* const before = unit_.add_atomic(cell, word * word_bytes, unit_.word(1));
    if (most == 0) return;
    llvm::Value* const wanted = build.CreateMul(unit_.is_less(before, most), bit);
    unit_.store(build.CreateOr(unit_.load(bits, 0), wanted), bits, 0);
}

void ProbeProgram::update(std::size_t index, const Subject& subject, const Values::Truth& truth,
                          llvm::Value* cell, bool keyless, llvm::Value* bits) {
    const plan::Tally& tally = request_.work->tallies[index];
    llvm::Value* const bit = unit_.word(std::uint64_t{1} << index);
    std::uint32_t most = tally.key.empty() ? 0 : 1;
    if (keyless || tally.evidence == plan::Evidence::members) most = plan::max_evidence;
    unit_.either(
        truth.yes, [&] { count(cell, members, most, bit, bits); },
        [&] { count(cell, doubtful, plan::max_evidence, bit, bits); });
    if (tally.form == plan::Form::every)
        return update_every(tally, subject, truth, cell, bit, bits);
    if (tally.form == plan::Form::hits) return;
    unit_.when(truth.yes, [&] {
        const Hit::Branch branch(hit_);
        if (tally.form == plan::Form::values)
            update_values(tally, subject, cell, bit, bits);
        else
            update_histogram(tally, subject, cell);
    });
}

void ProbeProgram::update_every(const plan::Tally& tally, const Subject& subject,
                                const Values::Truth& truth, llvm::Value* cell, llvm::Value* bit,
                                llvm::Value* bits) {
    auto& build = unit_.build();
    const Values::Truth holds = values_.truth(tally.condition.value(), reader(subject));
    unit_.when(build.CreateNot(holds.yes), [&] {
        unit_.either(
            build.CreateAnd(truth.yes, holds.no),
            [&] { count(cell, violating, plan::max_evidence, bit, bits); },
            [&] { count(cell, undecided, plan::max_evidence, bit, bits); });
    });
}

void ProbeProgram::raise(llvm::Value* cell, std::uint32_t word, llvm::Value* value,
                         const std::function<void()>& then) {
    auto& build = unit_.build();
    llvm::Value* const at = unit_.offset(cell, word * word_bytes);
    const std::function<void(int)> attempt = [&](int left) {
        llvm::Value* const now = unit_.load(at, 0);
        unit_.when(build.CreateICmpUGT(value, now), [&] {
            const auto order = llvm::AtomicOrdering::Monotonic;
            llvm::Value* const done = build.CreateExtractValue(
                build.CreateAtomicCmpXchg(at, now, value, llvm::MaybeAlign(8), order, order), 1);
            unit_.either(done, then, [&] {
                const Hit::Branch branch(hit_);
                if (left > 1)
                    attempt(left - 1);
                else
                    hit_.count_loss();
            });
        });
    };
    attempt(attempts);
}

void ProbeProgram::update_values(const plan::Tally& tally, const Subject& subject,
                                 llvm::Value* cell, llvm::Value* bit, llvm::Value* bits) {
    auto& build = unit_.build();
    const Operand operand = stream_field(subject, tally.field.value());
    const auto* const value = std::get_if<Number>(&operand);
    if (value == nullptr) return;
    const auto is_evidence = [&] {
        unit_.store(build.CreateOr(unit_.load(bits, 0), bit), bits, 0);
    };
    const auto nothing = [] {};
    const auto if_evidence = [&](plan::Evidence kind) -> std::function<void()> {
        return tally.evidence == kind ? std::function<void()>(is_evidence) : nothing;
    };
    unit_.when(value->known, [&] {
        const Hit::Branch branch(hit_);
        count(cell, readable, tally.evidence == plan::Evidence::none ? 0 : 1, bit, bits);
        llvm::Value* const ordered =
            value->is_signed ? build.CreateXor(value->bits, unit_.word(sign_bit)) : value->bits;
        raise(cell, low, build.CreateNot(ordered), if_evidence(plan::Evidence::lowest));
        raise(cell, high, ordered, if_evidence(plan::Evidence::highest));
        llvm::Value* const upper = value->is_signed ? build.CreateAShr(value->bits, unit_.word(32))
                                                    : build.CreateLShr(value->bits, unit_.word(32));
        unit_.add_atomic(cell, sum_low * word_bytes,
                         build.CreateAnd(value->bits, unit_.word(0xffffffff)));
        unit_.add_atomic(cell, sum_high * word_bytes, upper);
        if (tally.evidence == plan::Evidence::farthest)
            raise(cell, badness, distance(*value, tally.centre), is_evidence);
    });
}

/// As an unsigned number, or the largest if it is more than that.
llvm::Value* ProbeProgram::distance(const Number& value, std::int64_t centre) {
    auto& build = unit_.build();
    llvm::Value* const from = unit_.word(static_cast<std::uint64_t>(centre));
    llvm::Value* const above = build.CreateSub(value.bits, from);
    if (!value.is_signed && centre < 0) { // the sum may wrap
        llvm::Value* const wraps = build.CreateICmpULT(above, value.bits);
        return build.CreateSelect(wraps, unit_.word(~std::uint64_t{0}), above);
    }
    llvm::Value* const is_above = value.is_signed ? build.CreateICmpSGE(value.bits, from)
                                                  : build.CreateICmpUGE(value.bits, from);
    return build.CreateSelect(is_above, above, build.CreateSub(from, value.bits));
}

/// The place of the highest bit by halving: the instruction set has nothing for it.
void ProbeProgram::update_histogram(const plan::Tally& tally, const Subject& subject,
                                    llvm::Value* cell) {
    auto& build = unit_.build();
    const Operand operand = stream_field(subject, tally.field.value());
    const auto* const value = std::get_if<Number>(&operand);
    if (value == nullptr) return;
    unit_.when(value->known, [&] {
        unit_.add_atomic(cell, readable * word_bytes, unit_.word(1));
        llvm::Value* rest = unit_.forgotten(value->bits);
        llvm::Value* place = unit_.word(0);
        for (std::uint64_t half = 32; half > 0; half /= 2) {
            llvm::Value* const is_above =
                build.CreateICmpUGE(rest, unit_.word(std::uint64_t{1} << half));
            llvm::Value* const by = build.CreateSelect(is_above, unit_.word(half), unit_.word(0));
            rest = build.CreateLShr(rest, by);
            place = build.CreateAdd(place, by);
        }
        // 1 is left of what is not 0
        llvm::Value* bucket = build.CreateAdd(build.CreateAdd(place, rest), unit_.word(1));
        if (value->is_signed)
            bucket = build.CreateSelect(build.CreateICmpSLT(value->bits, unit_.word(0)),
                                        unit_.word(0), bucket);
        // seen by the verifier: 0 to 127 of which more than `histogram_buckets` do not occur
        bucket = unit_.opaque(bucket);
        unit_.when(build.CreateICmpULT(bucket, unit_.word(plan::histogram_buckets)), [&] {
            llvm::Value* const at = build.CreateGEP(
                build.getInt64Ty(), unit_.offset(cell, first_bucket * word_bytes), bucket);
            unit_.add_atomic(at, 0, unit_.word(1));
        });
    });
}

// ---------------------------------------------------------------- keys

llvm::Value* ProbeProgram::key_of(const plan::Tally& tally, const Subject& subject,
                                  llvm::Value*& known) {
    auto& build = unit_.build();
    llvm::Value* const key = unit_.unset_stack("key", key_bytes(request_.spec, tally));
    known = build.getTrue();
    std::uint32_t at = 0;
    for (const std::uint32_t field : tally.key) {
        const Operand part = stream_field(subject, field);
        if (const auto* number = std::get_if<Number>(&part)) {
            unit_.store(number->bits, key, at);
            llvm::Value* const sign =
                number->is_signed ? build.CreateLShr(number->bits, unit_.word(63)) : unit_.word(0);
            unit_.store(sign, key, at + word_bytes);
            known = build.CreateAnd(known, number->known);
            at += 2 * word_bytes;
            continue;
        }
        const auto* text = std::get_if<Text>(&part);
        const auto* literal = std::get_if<Literal>(&part);
        for (std::uint32_t i = 0; i < plan::key_string_bytes; i += word_bytes) {
            if (text != nullptr && i < text->capacity) {
                unit_.store(unit_.load(text->bytes, i), key, at + i);
                continue;
            }
            std::uint64_t word = 0;
            for (std::uint32_t j = 0; literal != nullptr && j < word_bytes; ++j)
                if (i + j < literal->text.size())
                    word |= std::uint64_t{static_cast<unsigned char>(literal->text[i + j])}
                            << (8 * j);
            unit_.store(unit_.word(word), key, at + i);
        }
        if (text != nullptr) known = build.CreateAnd(known, text->known);
        at += plan::key_string_bytes;
    }
    return key;
}

llvm::Value* ProbeProgram::cell_of_key(std::size_t index, llvm::Value* key) {
    auto& build = unit_.build();
    llvm::Value* const map = maps_.keys(index);
    llvm::Value* const found = unit_.local_pointer();
    build.CreateStore(unit_.call_pointer(Helper::map_lookup_elem, {map, key}), found);
    const auto cell = [&] { return build.CreateLoad(build.getPtrTy(), found); };
    unit_.when(build.CreateICmpEQ(cell(), unit_.null()), [&] {
        const auto bytes = words_of(request_.work->tallies[index].form) * word_bytes;
        unit_.call(Helper::map_update_elem,
                   {map, key, unit_.stack("new cell", bytes), unit_.word(only_if_absent)});
        build.CreateStore(unit_.call_pointer(Helper::map_lookup_elem, {map, key}), found);
    });
    return cell();
}

} // namespace kps::bpf
