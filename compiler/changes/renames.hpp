#pragma once

#include "compiler/changes/change.hpp"
#include "compiler/changes/neighbourhood.hpp"

#include <unordered_map>

namespace kps::changes {

/// Words of a name (`__kfree_skb_list`: kfree, skb, list), in order.
std::vector<std::string_view> words_of(std::string_view name);

/// Finds what functions that are gone may be called now, among those that are new: by what their
/// prototypes have in common, by the functions around them, and by the words of their names, of
/// which rare ones count for more.
class Renames {
public:
    /// The arguments are kept; `added` are of the new list.
    Renames(const FunctionList& old_list, const FunctionList& new_list,
            const Neighbourhood& neighbourhood, AllTypes& old_types, AllTypes& new_types,
            std::span<const Function* const> added);

    /// Of each of these functions of the old list, the likeliest first; none if none is likely
    /// enough.
    std::vector<std::vector<Candidate>> candidates(std::span<const Function* const> gone);

private:
    /// What counts of a function's name: small, for millions of pairs are compared.
    struct Features {
        std::uint32_t first = 0, count = 0; ///< in `words_`: sorted, a word as often as it is there
        double weight = 0;                  ///< of all words
    };
    struct Scored {
        std::uint32_t number = 0; ///< in the new list
        double name = 0, signature = 0, place = 0;
        [[nodiscard]] double total() const;
    };

    Features features(std::string_view name);
    [[nodiscard]] std::span<const std::uint32_t> words(const Features& features) const {
        return std::span(words_).subspan(features.first, features.count);
    }
    void weigh(Features& features) const;
    [[nodiscard]] double weight(std::uint32_t word) const;
    [[nodiscard]] double name_likeness(const Features& one, const Features& other) const;
    double signature_likeness(std::span<const TypeRef> gone, std::uint32_t number);
    [[nodiscard]] std::vector<std::uint32_t>
    to_look_at(const Features& gone, const Neighbourhood::Anchors& anchors) const;
    /// Those that name and place make likely, whatever their signatures are.
    [[nodiscard]] std::vector<Scored> alike(const Function& gone, const Features& features) const;
    std::vector<Candidate> likeliest(const Function& gone, std::vector<Scored> alike);
    Candidate candidate(const Scored& scored);

    const FunctionList& old_list_;
    const FunctionList& new_list_;
    AllTypes& old_types_;
    AllTypes& new_types_;
    const Neighbourhood& neighbourhood_;
    std::unordered_map<std::string_view, std::uint32_t> word_numbers_;
    std::vector<std::uint32_t> words_;                  ///< numbers of words, name after name
    std::vector<std::vector<std::uint32_t>> with_word_; ///< numbers of added functions, by word
    std::vector<double> weights_;                       ///< by word, of those of added functions
    std::vector<Features> added_;                       ///< by their numbers in `number_of_added_`
    std::vector<std::optional<std::vector<TypeRef>>> prototypes_; ///< likewise, once asked for
    std::vector<std::uint32_t> number_of_added_; ///< by number in the new list; `none` of others
};

} // namespace kps::changes
