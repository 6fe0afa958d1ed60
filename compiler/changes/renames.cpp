#include "compiler/changes/renames.hpp"

#include "compiler/changes/signature.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <future>

namespace kps::changes {

namespace {

// Weights and bounds found by looking at what 5.10, 6.1, 6.12 and 7.2 renamed.
constexpr double of_name = 0.4, of_signature = 0.3, of_place = 0.3;
constexpr double likely = 0.55, least_name = 0.15;
constexpr std::size_t common_word = 200; // by itself it leads to nothing

std::string reason(double name, double signature, double place) {
    std::string text;
    const auto add = [&](std::string_view part) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", part);
    };
    if (signature >= 1)
        add("same signature");
    else if (signature >= 0.5)
        add("similar signature");
    if (place > 0.75)
        add("same place");
    else if (place > 0.25)
        add("similar place");
    add(name >= 1 ? "same words in the name" : "similar name");
    return text;
}

} // namespace

std::vector<std::string_view> words_of(std::string_view name) {
    std::vector<std::string_view> words;
    while (!name.empty()) {
        const std::string_view word = name.substr(0, name.find('_'));
        if (!word.empty()) words.push_back(word);
        name.remove_prefix(std::min(word.size() + 1, name.size()));
    }
    return words;
}

double Renames::Scored::total() const {
    return of_name * name + of_signature * signature + of_place * place;
}

Renames::Renames(const FunctionList& old_list, const FunctionList& new_list,
                 const Neighbourhood& neighbourhood, AllTypes& old_types, AllTypes& new_types,
                 std::span<const Function* const> added)
    : old_list_(old_list), new_list_(new_list), old_types_(old_types), new_types_(new_types),
      neighbourhood_(neighbourhood), number_of_added_(new_list.all().size(), Neighbourhood::none) {
    added_.reserve(added.size());
    for (const Function* const function : added) {
        const auto number = new_list.number_of(*function);
        number_of_added_[number] = static_cast<std::uint32_t>(added_.size());
        const auto numbers = words(added_.emplace_back(features(function->name)));
        for (std::size_t i = 0; i < numbers.size(); ++i)
            if (i == 0 || numbers[i] != numbers[i - 1]) with_word_[numbers[i]].push_back(number);
    }
    prototypes_.resize(added_.size());
    for (const auto& functions : with_word_)
        weights_.push_back(1 / (1 + std::log2(1 + static_cast<double>(functions.size()))));
    for (Features& one : added_)
        weigh(one);
}

/// Without the weight, which takes all words to be known.
Renames::Features Renames::features(std::string_view name) {
    const std::size_t first = words_.size();
    for (const std::string_view word : words_of(name)) {
        const auto [at, is_new] =
            word_numbers_.try_emplace(word, static_cast<std::uint32_t>(with_word_.size()));
        if (is_new) with_word_.emplace_back();
        words_.push_back(at->second);
    }
    const std::span numbers = std::span(words_).subspan(first);
    std::ranges::sort(numbers);
    return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(numbers.size())};
}

void Renames::weigh(Features& features) const {
    for (const std::uint32_t word : words(features))
        features.weight += weight(word);
}

double Renames::weight(std::uint32_t word) const {
    return word < weights_.size() ? weights_[word] : 1; // one that no added function has
}

double Renames::name_likeness(const Features& one, const Features& other) const {
    const auto here = words(one), there = words(other);
    double common = 0;
    for (auto a = here.begin(), b = there.begin(); a != here.end() && b != there.end();) {
        if (*a == *b) common += weight(*a);
        const bool next_a = *a <= *b, next_b = *b <= *a;
        if (next_a) ++a;
        if (next_b) ++b;
    }
    const double all = one.weight + other.weight - common;
    return all > 0 ? common / all : 0;
}

double Renames::signature_likeness(std::span<const TypeRef> gone, std::uint32_t number) {
    auto& known = prototypes_[number_of_added_[number]];
    if (!known) known = prototypes(new_list_.all()[number], new_types_);
    double best = 0;
    for (const TypeRef& was : gone)
        for (const TypeRef& now : *known)
            best = std::max(best, likeness(was, now));
    return best;
}

std::vector<std::uint32_t> Renames::to_look_at(const Features& gone,
                                               const Neighbourhood::Anchors& anchors) const {
    std::vector<std::uint32_t> numbers;
    for (const std::uint32_t word : words(gone))
        if (with_word_[word].size() <= common_word)
            numbers.insert(numbers.end(), with_word_[word].begin(), with_word_[word].end());
    for (const std::uint32_t number : neighbourhood_.next_to(anchors))
        if (number_of_added_[number] != Neighbourhood::none) numbers.push_back(number);
    std::ranges::sort(numbers);
    const auto again = std::ranges::unique(numbers);
    numbers.erase(again.begin(), again.end());
    return numbers;
}

std::vector<Renames::Scored> Renames::alike(const Function& gone, const Features& features) const {
    const auto anchors = neighbourhood_.anchors(old_list_.number_of(gone));
    std::vector<Scored> found;
    for (const std::uint32_t number : to_look_at(features, anchors)) {
        Scored scored{.number = number, .signature = 1};
        scored.name = name_likeness(features, added_[number_of_added_[number]]);
        if (scored.name < least_name || scored.total() + of_place < likely) continue;
        scored.place = neighbourhood_.likeness(anchors, number);
        if (scored.total() >= likely) found.push_back(scored);
    }
    return found;
}

std::vector<Candidate> Renames::likeliest(const Function& gone, std::vector<Scored> alike) {
    if (alike.empty()) return {};
    const std::vector<TypeRef> was = prototypes(gone, old_types_);
    for (Scored& scored : alike)
        scored.signature = signature_likeness(was, scored.number);
    std::erase_if(alike, [](const Scored& scored) { return scored.total() < likely; });
    std::ranges::stable_sort(alike, std::ranges::greater(), &Scored::total);
    if (alike.size() > most_candidates) alike.resize(most_candidates);
    std::vector<Candidate> candidates;
    for (const Scored& scored : alike)
        candidates.push_back(candidate(scored));
    return candidates;
}

/// Two threads compare names and places; of types, what is known grows on the way.
std::vector<std::vector<Candidate>> Renames::candidates(std::span<const Function* const> gone) {
    std::vector<Features> features;
    for (const Function* const function : gone)
        weigh(features.emplace_back(this->features(function->name)));
    std::vector<std::vector<Scored>> found(gone.size());
    const auto look = [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i)
            found[i] = alike(*gone[i], features[i]);
    };
    auto second_half = std::async(std::launch::async, look, gone.size() / 2, gone.size());
    look(0, gone.size() / 2);
    second_half.get();
    std::vector<std::vector<Candidate>> candidates;
    candidates.reserve(gone.size());
    for (std::size_t i = 0; i < gone.size(); ++i)
        candidates.push_back(likeliest(*gone[i], std::move(found[i])));
    return candidates;
}

Candidate Renames::candidate(const Scored& scored) {
    const std::string_view name = new_list_.all()[scored.number].name;
    const auto& known = prototypes_[number_of_added_[scored.number]];
    return {std::string(name), known && !known->empty() ? known->front().declaration(name) : "",
            scored.total(), reason(scored.name, scored.signature, scored.place)};
}

} // namespace kps::changes
