#include "compiler/changes/parts.hpp"
#include "compiler/changes/renames.hpp"
#include "compiler/changes/struct_list.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::changes {

namespace {

constexpr double likely_member = 0.49;

std::string spell_offset(std::uint64_t bits) {
    if (bits % 8 == 0) return fmt::format("byte {}", bits / 8);
    return fmt::format("byte {}, bit {}", bits / 8, bits % 8);
}

/// Of the words of both names those in common.
double name_likeness(std::string_view one, std::string_view other) {
    const auto words = words_of(one);
    auto rest = words_of(other);
    const std::size_t all = words.size() + rest.size();
    std::size_t common = 0;
    for (const std::string_view word : words)
        if (const auto at = std::ranges::find(rest, word); at != rest.end()) {
            rest.erase(at);
            ++common;
        }
    return all == 0 ? 0 : static_cast<double>(common) / static_cast<double>(all - common);
}

/// The members of one struct in two kernels.
class MemberDiff {
public:
    MemberDiff(std::string_view name, const std::vector<FlatMember>& was,
               const std::vector<FlatMember>& now)
        : struct_(name), was_(was), now_(now), partner_(was.size(), none), taken_(now.size()) {}

    std::vector<Change> run() {
        match();
        for (std::size_t i = 0; i < was_.size(); ++i)
            if (partner_[i] == none)
                gone(i);
            else
                compare(was_[i], now_[partner_[i]]);
        for (std::size_t j = 0; j < now_.size(); ++j)
            if (!taken_[j])
                add(Kind::member_added, Severity::harmless, now_[j]).new_side =
                    now_[j].declaration();
        return std::move(changes_);
    }

private:
    static constexpr std::size_t none = SIZE_MAX;

    // Members mostly keep their order, so that the next one is looked at first.
    void match() {
        std::size_t next = 0;
        for (std::size_t i = 0; i < was_.size(); ++i)
            for (std::size_t k = 0; k < now_.size(); ++k) {
                const std::size_t j = (next + k) % now_.size();
                if (taken_[j] || now_[j].name != was_[i].name) continue;
                partner_[i] = j;
                taken_[j] = true;
                next = j + 1;
                break;
            }
    }

    Change& add(Kind kind, Severity severity, const FlatMember& member) {
        Change& change = changes_.emplace_back();
        change.kind = kind;
        change.severity = severity;
        change.name = fmt::format("{}.{}", struct_, member.name);
        return change;
    }

    void compare(const FlatMember& was, const FlatMember& now) {
        if (was.type.spelling() != now.type.spelling() || was.bit_size != now.bit_size) {
            const bool alike = was.bit_size == now.bit_size && reads_alike(was.type, now.type);
            Change& change = add(Kind::member_type,
                                 alike ? Severity::harmless : Severity::silent_wrong_data, was);
            change.old_side = was.declaration();
            change.new_side = now.declaration();
        }
        if (was.bit_offset != now.bit_offset) {
            Change& change = add(Kind::member_moved, Severity::harmless, was);
            change.old_side = spell_offset(was.bit_offset);
            change.new_side = spell_offset(now.bit_offset);
        }
    }

    void gone(std::size_t i) {
        std::vector<Candidate> candidates;
        for (std::size_t j = 0; j < now_.size(); ++j)
            if (!taken_[j])
                if (auto candidate = rate(i, j)) candidates.push_back(std::move(*candidate));
        std::ranges::stable_sort(candidates, std::ranges::greater(), &Candidate::score);
        if (candidates.size() > most_candidates) candidates.resize(most_candidates);
        const Kind kind = candidates.empty() ? Kind::member_removed : Kind::member_renamed;
        Change& change = add(kind, Severity::error, was_[i]);
        change.old_side = was_[i].declaration();
        if (!candidates.empty()) change.new_side = candidates.front().declaration;
        change.candidates = std::move(candidates);
    }

    /// Nothing if it is not likely enough, or has another name altogether.
    [[nodiscard]] std::optional<Candidate> rate(std::size_t i, std::size_t j) const {
        const double name = name_likeness(was_[i].name, now_[j].name);
        if (name <= 0) return std::nullopt;
        const bool same_type = was_[i].type.spelling() == now_[j].type.spelling() &&
                               was_[i].bit_size == now_[j].bit_size;
        const bool before = is_partner(i, -1, j), after = is_partner(i, 1, j);
        const double score =
            0.4 * name + (same_type ? 0.3 : 0) + (before ? 0.15 : 0) + (after ? 0.15 : 0);
        if (score < likely_member) return std::nullopt;
        std::string reason = same_type ? "same type" : "other type";
        if (before && after)
            reason += ", same neighbours";
        else if (before || after)
            reason += ", a same neighbour";
        return Candidate{fmt::format("{}.{}", struct_, now_[j].name), now_[j].declaration(), score,
                         reason + ", similar name"};
    }

    /// Whether the neighbours of two members on one side correspond, past members that do not.
    [[nodiscard]] bool is_partner(std::size_t i, int step, std::size_t j) const {
        const std::size_t shift = step > 0 ? 1 : SIZE_MAX;
        do
            i += shift;
        while (i < was_.size() && partner_[i] == none);
        do
            j += shift;
        while (j < now_.size() && !taken_[j]);
        if (i >= was_.size() || j >= now_.size()) return i >= was_.size() && j >= now_.size();
        return partner_[i] == j;
    }

    std::string_view struct_;
    const std::vector<FlatMember>& was_;
    const std::vector<FlatMember>& now_;
    std::vector<std::size_t> partner_; ///< of `was_` in `now_`
    std::vector<bool> taken_;          ///< of `now_`
    std::vector<Change> changes_;
};

class StructDiff {
public:
    StructDiff(const Sides& sides, AllTypes& old_types, AllTypes& new_types)
        : sides_(sides), used_(sides.used), old_types_(old_types), new_types_(new_types) {}

    std::vector<Change> run() {
        if (used_ != nullptr && used_->members.empty()) return {};
        if (old_types_.of(0) == nullptr || new_types_.of(0) == nullptr) return {};
        changes_.reserve(most_changes);
        StructList list;
        for (Types* const one : old_types_.of(sides_.modules(sides_.old_kernel)))
            add_structs(list, *one, &Namesakes::was);
        for (Types* const one : new_types_.of(sides_.modules(sides_.new_kernel)))
            add_structs(list, *one, &Namesakes::now);
        // of a struct and a union of one name the change of the struct comes first, and is listed
        std::vector<const StructList::value_type*> others;
        for (const auto& one : list)
            if (one.first.tag == StructTag::struct_tag)
                visit(one.first, one.second);
            else
                others.push_back(&one);
        for (const StructTag tag : {StructTag::union_tag, StructTag::typedef_name})
            for (const auto* one : others)
                if (one->first.tag == tag) visit(one->first, one->second);
        return std::move(changes_);
    }

private:
    void visit(StructName name, const Namesakes& ones) {
        if (used_ != nullptr && (ones.was.empty() || !used_->members.contains(name.name))) return;
        if (ones.was.empty())
            add(Kind::struct_added, Severity::harmless, name).new_side = spell(name);
        else if (ones.now.empty())
            add(Kind::struct_removed, Severity::error, name).old_side = spell(name);
        else if (ones.was.size() == 1 && ones.now.size() == 1)
            compare(name.name, ones.was.front(), ones.now.front());
        else
            compare(name.name, ones);
    }

    static std::string spell(StructName name) {
        if (name.tag == StructTag::typedef_name) return std::string(name.name);
        return fmt::format("{} {}", name.tag == StructTag::union_tag ? "union" : "struct",
                           name.name);
    }

    Change& add(Kind kind, Severity severity, StructName name) {
        Change& change = changes_.emplace_back();
        change.kind = kind;
        change.severity = severity;
        change.name = name.name;
        return change;
    }

    void compare(std::string_view name, TypeRef was, TypeRef now) {
        texts_.clear();
        flat_members(was, texts_, old_members_);
        flat_members(now, texts_, new_members_);
        const bool are_alike = std::ranges::equal(old_members_, new_members_, {}, &FlatMember::hash,
                                                  &FlatMember::hash);
        if (are_alike) return; // as most are
        compare(name, old_members_, new_members_);
    }

    void compare(std::string_view name, const std::vector<FlatMember>& was,
                 const std::vector<FlatMember>& now) {
        for (Change& change : MemberDiff(name, was, now).run())
            if (is_used(name, change)) changes_.push_back(std::move(change));
    }

    /// Several structs of one name are different ones, of different drivers: each of the old is
    /// compared with the one of the new that is the most like it.
    void compare(std::string_view name, const Namesakes& ones) {
        std::deque<std::string> texts;
        const std::vector<Members> was = distinct(ones.was, texts), now = distinct(ones.now, texts);
        for (const Members& one : was) {
            if (std::ranges::find(now, one.hash, &Members::hash) != now.end()) continue;
            const Members& likest = *std::ranges::max_element(
                now, {}, [&](const Members& other) { return in_common(one, other); });
            compare(name, one.flat, likest.flat);
        }
    }

    /// The members of one of several structs.
    struct Members {
        std::vector<FlatMember> flat;
        std::uint64_t hash = 0;            ///< of all that is compared
        std::vector<std::uint64_t> hashes; ///< of each, sorted
    };

    static std::vector<Members> distinct(const std::vector<TypeRef>& types,
                                         std::deque<std::string>& texts) {
        std::vector<Members> found;
        for (const TypeRef& type : types) {
            Members members;
            flat_members(type, texts, members.flat);
            for (const FlatMember& member : members.flat) {
                members.hashes.push_back(member.hash());
                members.hash = mix(members.hash, members.hashes.back());
            }
            if (std::ranges::find(found, members.hash, &Members::hash) != found.end()) continue;
            std::ranges::sort(members.hashes);
            found.push_back(std::move(members));
        }
        return found;
    }

    static std::size_t in_common(const Members& one, const Members& other) {
        std::vector<std::uint64_t> common;
        std::ranges::set_intersection(one.hashes, other.hashes, std::back_inserter(common));
        return common.size();
    }

    [[nodiscard]] bool is_used(std::string_view name, const Change& change) const {
        if (used_ == nullptr) return true;
        return used_->members.find(name)->second.contains(
            std::string_view(change.name).substr(name.size() + 1));
    }

    const Sides& sides_;
    const Used* used_;
    AllTypes& old_types_;
    AllTypes& new_types_;
    std::deque<std::string> texts_;                     ///< of `old_members_` and `new_members_`
    std::vector<FlatMember> old_members_, new_members_; ///< of one struct, kept for their memory
    std::vector<Change> changes_;
};

} // namespace

std::vector<Change> diff_structs(const Sides& sides, AllTypes& old_types, AllTypes& new_types) {
    return StructDiff(sides, old_types, new_types).run();
}

} // namespace kps::changes
