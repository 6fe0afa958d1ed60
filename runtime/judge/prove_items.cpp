#include "compiler/base/overloaded.hpp"
#include "runtime/judge/proof.hpp"
#include "runtime/judge/steps.hpp"
#include "runtime/judge/summary.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <tsl/robin_set.h>

namespace kps::judge {

namespace {

class ExistsProof : public Proof {
public:
    ExistsProof(const sema::StreamUse& use, bool some) : some_(some) { uses = {{&use, {}, true}}; }

    bool take(std::size_t, const Passing&) override {
        ++count_;
        return some_;
    }

    std::optional<Finding> finish() override {
        if (some_ && count_ == 0) return std::nullopt;
        Finding finding;
        finding.seen = std::to_string(count_);
        finding.expected = some_ ? ">= 1" : "== 0";
        return finding;
    }

private:
    bool some_;
    std::uint64_t count_ = 0;
};

Range exactly(std::uint64_t number) {
    return {{Wide{number}}, {Wide{number}}};
}

bool holds(const sema::Comparison& comparison, std::uint64_t number) {
    return satisfies(exactly(number), comparison) == Truth::yes;
}

/// Of numbers by key, or of one.
bool all_hold(const sema::Comparison& comparison, ByKey<std::uint64_t>& numbers) {
    return std::ranges::all_of(numbers,
                               [&](const auto& entry) { return holds(comparison, entry.value); });
}

void tell(Finding& finding, std::uint64_t number) {
    finding.measured = measured_of(exactly(number));
    finding.seen = std::to_string(number);
}

class CountProof : public Proof {
public:
    CountProof(const Observation& window, const sema::ExpectCount& expect)
        : window_(window), expect_(expect) {
        uses = {{&expect.use, expect.key, true}};
        if (expect.key.empty()) counts_.add(0, 0);
    }

    bool take(std::size_t, const Passing& passing) override {
        ++counts_[passing.key];
        return true;
    }

    std::optional<Finding> finish() override {
        if (counts_.size() == 0 && !holds(expect_.comparison, 0)) return std::nullopt;
        if (!all_hold(expect_.comparison, counts_)) return std::nullopt;
        Finding finding;
        finding.expected = print(expect_.comparison, {.is_signed = true}, window_.names());
        if (expect_.key.empty()) tell(finding, counts_.begin()->value);
        return finding;
    }

private:
    const Observation& window_;
    const sema::ExpectCount& expect_;
    ByKey<std::uint64_t> counts_;
};

class EveryProof : public Proof {
public:
    EveryProof(const Observation& window, const sema::ExpectEvery& expect)
        : expect_(expect), reader_(window, expect.use.stream) {
        uses = {{&expect.use, {}, true}};
    }

    bool take(std::size_t, const Passing& passing) override {
        ++count_;
        return reader_.truth(expect_.condition, passing.item) == Truth::yes;
    }

    std::optional<Finding> finish() override {
        if (count_ == 0 && !expect_.if_any) return std::nullopt;
        Finding finding;
        if (count_ == 0) finding.remarks.push_back(fmt::format("no hit of `{}`", expect_.use.text));
        return finding;
    }

private:
    const sema::ExpectEvery& expect_;
    Reader reader_;
    std::uint64_t count_ = 0;
};

class AggregateProof : public Proof {
public:
    AggregateProof(const Observation& window, const sema::ExpectAggregate& expect)
        : window_(window), expect_(expect), reader_(window, expect.use.stream),
          wanted_(wanted_of(expect.function)) {
        uses = {{&expect.use, expect.key, true}};
    }

    bool take(std::size_t, const Passing& passing) override {
        const hits::Operand operand = reader_.field(expect_.field, passing.item);
        const auto* integer = std::get_if<sema::Integer>(&operand);
        if (integer == nullptr) return false;
        Samples* samples = by_key_.find(passing.key);
        if (samples == nullptr) {
            samples = &by_key_.add(passing.key, {});
            samples->has_squares = wanted_ == Wanted::squares;
        }
        samples->add(wide(*integer));
        if (wanted_ == Wanted::values) samples->quantiles.add(wide(*integer));
        return true;
    }

    std::optional<Finding> finish() override {
        if (by_key_.size() == 0) return std::nullopt;
        const sema::ValueType& type = reader_.field_info(expect_.field).type;
        Range range;
        for (auto& [key, samples] : by_key_) {
            if (samples.known < samples_needed(expect_.function)) return std::nullopt;
            samples.quantiles.sort();
            range = measure(expect_.function, samples, type);
            if (satisfies(range, expect_.comparison) != Truth::yes) return std::nullopt;
        }
        Finding finding;
        finding.expected = print(expect_.comparison, type, window_.names());
        if (expect_.key.empty()) {
            finding.measured = measured_of(range);
            finding.seen = print_measure(range, expect_.comparison, type, window_.names());
        }
        return finding;
    }

private:
    const Observation& window_;
    const sema::ExpectAggregate& expect_;
    Reader reader_;
    Wanted wanted_;
    ByKey<Samples> by_key_;
};

class DistinctProof : public Proof {
public:
    DistinctProof(const Observation& window, const sema::ExpectDistinct& expect)
        : window_(window), expect_(expect), reader_(window, expect.use.stream),
          field_{expect.field} {
        uses = {{&expect.use, expect.key, true}};
    }

    bool take(std::size_t, const Passing& passing) override {
        const auto value = reader_.key(field_, passing.item);
        if (!value) return false;
        if (!values_.insert(std::uint64_t{passing.key} << 32 | *value).second) return true;
        ++numbers_[passing.key];
        return values_.size() < max_open_keys;
    }

    std::optional<Finding> finish() override {
        if (numbers_.size() == 0 || !all_hold(expect_.comparison, numbers_)) return std::nullopt;
        Finding finding;
        finding.expected = print(expect_.comparison, {}, window_.names());
        if (expect_.key.empty()) tell(finding, numbers_.begin()->value);
        return finding;
    }

private:
    const Observation& window_;
    const sema::ExpectDistinct& expect_;
    Reader reader_;
    std::vector<std::uint32_t> field_;
    tsl::robin_set<std::uint64_t, MixedHash> values_; ///< key and value
    ByKey<std::uint64_t> numbers_;                    ///< of values
};

} // namespace

std::unique_ptr<Proof> proof_of_witness(const sema::StreamUse& witness) {
    return std::make_unique<ExistsProof>(witness, true);
}

std::unique_ptr<Proof> proof_of_items(const Observation& window,
                                      const sema::Expectation& expectation) {
    using Made = std::unique_ptr<Proof>;
    return std::visit(Overloaded{
                          [](const sema::ExpectExists& e) -> Made {
                              return std::make_unique<ExistsProof>(e.use, e.some);
                          },
                          [&](const sema::ExpectCount& e) -> Made {
                              return e.per_second ? nullptr
                                                  : std::make_unique<CountProof>(window, e);
                          },
                          [&](const sema::ExpectEvery& e) -> Made {
                              return std::make_unique<EveryProof>(window, e);
                          },
                          [&](const sema::ExpectAggregate& e) -> Made {
                              return std::make_unique<AggregateProof>(window, e);
                          },
                          [&](const sema::ExpectDistinct& e) -> Made {
                              return std::make_unique<DistinctProof>(window, e);
                          },
                          [](const auto&) -> Made { return nullptr; },
                      },
                      expectation.node);
}

} // namespace kps::judge
