#include "compiler/changes/parts.hpp"
#include "compiler/changes/renames.hpp"
#include "compiler/changes/side_by_side.hpp"
#include "compiler/changes/signature.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::changes {

using kernel::ProbeStatus;

namespace {

std::string spell(ProbeStatus status) {
    switch (status) {
    case ProbeStatus::init: return "init, gone after boot";
    case ProbeStatus::notrace: return "notrace";
    case ProbeStatus::blacklisted: return "blacklisted";
    case ProbeStatus::probeable:
    case ProbeStatus::unknown: return "probeable";
    case ProbeStatus::not_text: break;
    }
    return "no function";
}

bool takes_probe(ProbeStatus status) {
    return status == ProbeStatus::probeable || status == ProbeStatus::unknown;
}

/// `foo, foo.isra.0`
std::string spell_symbols(const Function& function) {
    std::string text(function.plain.empty() ? "" : function.name);
    for (const kernel::Symbol& symbol : function.variants)
        if (!symbol.name.contains(".cold"))
            text += fmt::format("{}{}", text.empty() ? "" : ", ", symbol.name);
    return text;
}

class FunctionDiff {
public:
    FunctionDiff(const Sides& sides, const FunctionList& old_list, const FunctionList& new_list,
                 std::future<Neighbourhood>& neighbourhood)
        : sides_(sides), old_types_(sides.old_kernel), new_types_(sides.new_kernel),
          old_list_(old_list), new_list_(new_list), neighbourhood_(neighbourhood) {}

    std::vector<Change> run() {
        changes_.reserve(most_changes);
        side_by_side(old_list_.all(), new_list_.all(), &Function::name,
                     [this](const Function* was, const Function* now) { visit(was, now); });
        explain_gone();
        return std::move(changes_);
    }

private:
    void visit(const Function* was, const Function* now) {
        if (was != nullptr && was->is_init()) was = nullptr;
        if (was != nullptr && is_used(was->name)) {
            if (now != nullptr)
                compare(*was, *now);
            else
                gone_.push_back(was);
        }
        if (was == nullptr && now != nullptr && !now->is_init()) {
            added_.push_back(now);
            if (sides_.used == nullptr) report_added(*now);
        }
    }

    [[nodiscard]] bool is_used(std::string_view name) const {
        return sides_.used == nullptr || sides_.used->functions.contains(name);
    }

    Change& add(Kind kind, Severity severity, const Function& function,
                const kernel::KernelView& kernel) {
        Change& change = changes_.emplace_back();
        change.kind = kind;
        change.severity = severity;
        change.name = function.name;
        if (const auto module = function.first().module; module != 0)
            change.module = kernel.modules()[module].name;
        return change;
    }

    [[nodiscard]] std::string declare(std::string_view name, TypeRef prototype) const {
        return sides_.with_declarations ? prototype.declaration(name) : std::string(name);
    }

    [[nodiscard]] std::string declare(const Function& function, AllTypes& types) const {
        if (!sides_.with_declarations) return std::string(function.name);
        const std::vector<TypeRef> found = prototypes(function, types);
        return found.empty() ? std::string(function.name) : declare(function.name, found.front());
    }

    void report_added(const Function& now) {
        add(Kind::function_added, Severity::harmless, now, sides_.new_kernel).new_side =
            declare(now, new_types_);
        if (now.plain.empty() || takes_probe(now.status())) return;
        add(Kind::function_not_probeable, Severity::error, now, sides_.new_kernel).new_side =
            spell(now.status());
    }

    static std::uint32_t times_inlined(const Inlining* inlining, std::string_view name) {
        if (inlining == nullptr) return 0;
        const auto found = inlining->find(std::string(name));
        return found == inlining->end() ? 0 : found->second;
    }

    void report_inlined(const Function& function, const kernel::KernelView& kernel,
                        Severity severity) {
        const auto spell = [&](const Inlining* inlining) -> std::string {
            if (inlining == nullptr) return "not known";
            return fmt::format("inlined in {} places", times_inlined(inlining, function.name));
        };
        Change& change = add(Kind::function_inlined, severity, function, kernel);
        change.old_side = spell(sides_.old_inlining);
        change.new_side = spell(sides_.new_inlining);
        if (severity == Severity::error) *change.new_side += ", and no function any more";
    }

    /// Where nothing is known of the old kernel, everybody's functions would be reported.
    void compare_inlining(const Function& was, const Function& now) {
        const bool is_told = sides_.old_inlining != nullptr || sides_.used != nullptr;
        if (is_told && times_inlined(sides_.old_inlining, was.name) == 0 &&
            times_inlined(sides_.new_inlining, now.name) != 0)
            report_inlined(now, sides_.new_kernel, Severity::missed_hits);
    }

    void compare(const Function& was, const Function& now) {
        compare_symbols(was, now);
        compare_inlining(was, now);
        if (!was.plain.empty() && !now.plain.empty()) {
            compare_probing(was, now);
            compare_homonyms(was, now);
        }
        compare_prototypes(was, now);
    }

    void compare_symbols(const Function& was, const Function& now) {
        const auto before = was.suffixes(), after = now.suffixes();
        const bool lost_name = !was.plain.empty() && now.plain.empty();
        const bool has_more = !std::ranges::includes(before, after);
        if (before == after && was.plain.empty() == now.plain.empty()) return;
        const Severity severity = lost_name  ? Severity::error
                                  : has_more ? Severity::missed_hits
                                             : Severity::harmless;
        Change& change = add(Kind::function_suffixed, severity, now, sides_.new_kernel);
        change.old_side = spell_symbols(was);
        change.new_side = spell_symbols(now);
    }

    void compare_probing(const Function& was, const Function& now) {
        if (!takes_probe(was.status()) || takes_probe(now.status())) return;
        Change& change = add(Kind::function_not_probeable, Severity::error, now, sides_.new_kernel);
        change.old_side = spell(was.status());
        change.new_side = spell(now.status());
    }

    void compare_homonyms(const Function& was, const Function& now) {
        if (was.homonyms() > 1 || now.homonyms() <= 1) return;
        Change& change =
            add(Kind::function_ambiguous, Severity::missed_hits, now, sides_.new_kernel);
        change.old_side = "1 function";
        change.new_side = fmt::format("{} functions", now.homonyms());
    }

    /// Of several prototypes it cannot be told which is whose: one in common is no change.
    void compare_prototypes(const Function& was, const Function& now) {
        const auto old_ones = prototypes(was, old_types_), new_ones = prototypes(now, new_types_);
        std::optional<SignatureChange> least;
        TypeRef least_old, least_new;
        for (const TypeRef& one : old_ones)
            for (const TypeRef& other : new_ones) {
                SignatureChange difference = compare_signatures(one, other);
                if (difference.details.empty()) return;
                if (least && least->details.size() <= difference.details.size()) continue;
                least = std::move(difference);
                least_old = one, least_new = other;
            }
        if (!least) return;
        Change& change = add(Kind::function_signature, least->severity, now, sides_.new_kernel);
        change.old_side = declare(was.name, least_old);
        change.new_side = declare(now.name, least_new);
        change.details = std::move(least->details);
    }

    void explain_gone() {
        if (gone_.empty()) return;
        const Neighbourhood neighbourhood = neighbourhood_.get();
        Renames renames(old_list_, new_list_, neighbourhood, old_types_, new_types_, added_);
        std::vector<std::vector<Candidate>> all = renames.candidates(gone_);
        for (std::size_t i = 0; i < gone_.size(); ++i) {
            const Function* const was = gone_[i];
            std::vector<Candidate>& candidates = all[i];
            const bool is_inlined = times_inlined(sides_.new_inlining, was->name) != 0;
            if (is_inlined) report_inlined(*was, sides_.old_kernel, Severity::error);
            if (is_inlined && candidates.empty()) continue;
            const Kind kind = candidates.empty() ? Kind::function_removed : Kind::function_renamed;
            Change& change = add(kind, Severity::error, *was, sides_.old_kernel);
            change.old_side = declare(*was, old_types_);
            if (candidates.empty()) continue;
            const Candidate& first = candidates.front();
            change.new_side = first.declaration.empty() ? first.name : first.declaration;
            change.candidates = std::move(candidates);
        }
    }

    const Sides& sides_;
    AllTypes old_types_, new_types_;
    const FunctionList& old_list_;
    const FunctionList& new_list_;
    std::future<Neighbourhood>& neighbourhood_;
    std::vector<const Function*> gone_, added_;
    std::vector<Change> changes_;
};

} // namespace

std::vector<Change> diff_functions(const Sides& sides, const FunctionList& old_list,
                                   const FunctionList& new_list,
                                   std::future<Neighbourhood> neighbourhood) {
    return FunctionDiff(sides, old_list, new_list, neighbourhood).run();
}

} // namespace kps::changes
