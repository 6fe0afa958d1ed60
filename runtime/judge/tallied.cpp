#include "runtime/judge/tallied.hpp"

#include "compiler/semantics/operands.hpp"
#include "runtime/judge/summarizer.hpp"

#include <algorithm>
#include <map>

namespace kps::judge {

namespace {

using hits::Summed;

/// Whether an expression or field depends on which hits a call was paired of.
class PairingMatters {
public:
    PairingMatters(const Observation& seen, sema::StreamId stream)
        : exprs_(seen.spec().exprs), fields_(seen.spec().streams[stream].fields),
          returns_sure_(seen.returns_are_sure()) {}

    [[nodiscard]] bool in(const plan::Tally& asked) const {
        const auto of_expr = [this](sema::ExprId id) { return in_expr(id); };
        const auto of_field = [this](std::uint32_t index) { return in_field(index); };
        return std::ranges::any_of(asked.use.where, of_expr) ||
               std::ranges::any_of(asked.key, of_field) ||
               (asked.condition && of_expr(*asked.condition)) ||
               (asked.field && of_field(*asked.field));
    }

private:
    [[nodiscard]] bool in_field(std::uint32_t index) const {
        return !is_sure(fields_.at(index), false, returns_sure_);
    }
    [[nodiscard]] bool in_expr(sema::ExprId id) const {
        const sema::Expr& expr = exprs_[id];
        if (const auto* field = std::get_if<sema::FieldRef>(&expr.node))
            return in_field(field->index);
        return std::ranges::any_of(sema::operands_of(expr),
                                   [this](sema::ExprId operand) { return in_expr(operand); });
    }

    const Table<sema::Expr>& exprs_;
    const std::vector<sema::StreamField>& fields_;
    bool returns_sure_;
};

/// The value that a word of the order of unsigned numbers stands for.
Wide value_of(std::uint64_t word, bool is_signed) {
    constexpr std::uint64_t sign = std::uint64_t{1} << 63;
    return is_signed ? Wide{static_cast<std::int64_t>(word ^ sign)} : Wide{word};
}

Samples samples_of(const std::vector<std::uint64_t>& words, bool is_signed) {
    Samples samples;
    samples.known = words[2];
    if (samples.known == 0) return samples;
    samples.low = value_of(~words[3], is_signed);
    samples.high = value_of(words[4], is_signed);
    const Wide upper = is_signed ? Wide{static_cast<std::int64_t>(words[6])} : Wide{words[6]};
    samples.sum = upper * (Wide{1} << 32) + Wide{words[5]};
    return samples;
}

static_assert(Item::none == Summed::Occurrence::none);

class FromTally {
public:
    FromTally(const Observation& seen, const plan::Tally& asked, const Summed::Tally& told,
              const std::vector<Item>& shown)
        : seen_(seen), asked_(asked), told_(told),
          fields_(seen.spec().streams[asked.use.stream].fields),
          summarizer_(seen, asked, Wanted::sums) {
        for (const Item& item : shown)
            summarizer_.add(item, {});
    }

    /// What crossed is all that is known of `calls` calls.
    Summary of_evidence(std::uint64_t calls) && {
        Summary summary = std::move(summarizer_).finish();
        const std::uint64_t shown = told_.evidence.size();
        const std::uint64_t others = calls > shown ? calls - shown : 0;
        Doubt doubt;
        doubt.pairing = others > 0;
        summary.doubtful.count += others;
        summary.doubtful.doubt.add(doubt);
        summary.undecided.count += others;
        summary.undecided.doubt.add(doubt);
        if (!summary.keyed) {
            summary.groups.front().doubtful += others;
        } else {
            summary.keyless += others;
            summary.key_doubt.add(doubt);
        }
        return summary;
    }

    Summary of_counts() && {
        std::map<std::string, const Summed::Cell*> unseen = assign_cells();
        Summary summary = std::move(summarizer_).finish();
        summary.sure = told_.words[0];
        summary.doubtful.count = told_.words[1];
        if (!summary.keyed) {
            count_all(summary);
            return summary;
        }
        summary.keyless = summary.sure + summary.doubtful.count;
        const auto roomless =
            std::erase_if(summary.groups, [](const Group& group) { return !group.cell; });
        summary.key_doubt.room = roomless > 0;
        for (const auto& [key, cell] : unseen)
            summary.groups.emplace_back().cell = cell;
        for (Group& group : summary.groups) {
            count(group, group.cell->words);
            summary.sure += group.sure;
            summary.doubtful.count += group.doubtful;
            doubt_values(summary, group);
        }
        return summary;
    }

private:
    /// Returns the cells of keys of which no item crossed.
    std::map<std::string, const Summed::Cell*> assign_cells() {
        std::map<std::string, const Summed::Cell*> unseen;
        for (const Summed::Cell& cell : told_.cells) {
            std::vector<hits::Operand> key;
            for (std::size_t i = 0; i < cell.key.size(); ++i)
                key.push_back(hits::operand_of(cell.key[i], fields_.at(asked_.key.at(i)).type));
            const auto id = seen_.keys().id_of(key);
            if (Group* group = id ? summarizer_.find(*id) : nullptr)
                group->cell = &cell;
            else
                unseen.emplace(bytes_of(key).value_or(""), &cell);
        }
        return unseen;
    }

    void count(Group& group, const std::vector<std::uint64_t>& words) const {
        group.sure = words[0];
        group.doubtful = words[1];
        if (asked_.form != plan::Form::values) return;
        const sema::ValueType& type = fields_.at(*asked_.field).type;
        group.samples = samples_of(words, sema::integer_of(0, type.size, type.is_signed).is_signed);
        const Wide worst =
            std::max(badness(asked_, group.samples.low), badness(asked_, group.samples.high));
        // The worst item itself was lost.
        std::erase_if(group.extremes, [&](const Ranked& item) { return item.badness != worst; });
    }

    void count_all(Summary& summary) const {
        Group& group = summary.groups.front();
        count(group, told_.words);
        if (asked_.form == plan::Form::every) {
            summary.violating = told_.words[2];
            summary.undecided.count = told_.words[3];
        } else if (asked_.form == plan::Form::histogram) {
            group.samples.known = told_.words[2];
            group.buckets.assign(told_.words.begin() + 3, told_.words.end());
        }
        doubt_values(summary, group);
    }

    void doubt_values(Summary& summary, const Group& group) const {
        if (asked_.field && group.samples.known < group.sure)
            summary.value_doubt.unreadable.insert(fields_.at(*asked_.field).name);
    }

    const Observation& seen_;
    const plan::Tally& asked_;
    const Summed::Tally& told_;
    const std::vector<sema::StreamField>& fields_;
    Summarizer summarizer_;
};

/// The place of the tally among those of the kernel.
std::optional<std::size_t> find(const Summed& summed, const plan::Subject& subject) {
    const auto found = std::ranges::find(summed.work.tallies, subject, &plan::Tally::subject);
    if (found == summed.work.tallies.end()) return std::nullopt;
    return static_cast<std::size_t>(found - summed.work.tallies.begin());
}

} // namespace

std::optional<Summary> tallied(const Observation& seen, const plan::Tally& asked) {
    const Summed* summed = seen.summed();
    const auto index = summed != nullptr ? find(*summed, asked.subject) : std::nullopt;
    if (!index) return std::nullopt;
    const Summed::Tally& told = summed->tallies.at(*index);
    const sema::StreamId stream = asked.use.stream;
    const Losses losses = seen.losses_of(stream);
    const Summed::Calls* calls = seen.counted_calls(stream);
    // What is lost at the end of a run that is cut short is after all calls. A show says what was
    // lost and shows what there is.
    const bool unsure = asked.subject.kind != plan::Subject::Kind::show && calls != nullptr &&
                        PairingMatters(seen, stream).in(asked) &&
                        losses.overlap(0, seen.end_ns() - 1);
    std::vector<Item> shown;
    for (const Summed::Occurrence& crossed : told.evidence)
        shown.push_back(unsure ? paired_call(seen, losses, crossed.opening, crossed.closing)
                               : Item{.opening = crossed.opening, .closing = crossed.closing});
    FromTally from(seen, asked, told, shown);
    return unsure ? std::move(from).of_evidence(calls->ended) : std::move(from).of_counts();
}

} // namespace kps::judge
