#include "compiler/changes/signature.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::changes {

using kernel::Parameter;

namespace {

constexpr std::size_t most_parameters = 64; // damaged types may have any number

struct Signature {
    TypeRef returned;
    std::vector<Parameter> parameters;
    Types* types;

    explicit Signature(TypeRef prototype)
        : returned(prototype.to(prototype.type().target)),
          parameters(prototype.types->btf().parameters(prototype.id)), types(prototype.types) {
        if (parameters.size() > most_parameters) parameters.resize(most_parameters);
    }

    [[nodiscard]] TypeRef type(std::size_t i) const { return {types, parameters[i].type}; }
    [[nodiscard]] std::string declaration(std::size_t i) const {
        return type(i).declaration(parameters[i].name);
    }
    /// The place of a parameter; `parameters.size()` if there is none of that name.
    [[nodiscard]] std::size_t find(std::string_view name) const {
        const auto at = std::ranges::find(parameters, name, &Parameter::name);
        return static_cast<std::size_t>(at - parameters.begin());
    }
};

class Comparison {
public:
    Comparison(TypeRef old_prototype, TypeRef new_prototype)
        : old_(old_prototype), new_(new_prototype), taken_(new_.parameters.size()) {}

    SignatureChange run() {
        for (std::size_t i = 0; i < old_.parameters.size(); ++i)
            compare(i);
        for (std::size_t i = 0; i < new_.parameters.size(); ++i)
            if (!taken_[i]) add(Severity::harmless, fmt::format("added `{}`", new_.declaration(i)));
        compare_returned();
        return std::move(change_);
    }

private:
    void add(Severity severity, std::string detail) {
        change_.severity = std::min(change_.severity, severity);
        change_.details.push_back(std::move(detail));
    }

    void compare(std::size_t i) {
        const std::string_view name = old_.parameters[i].name;
        const std::size_t place = place_of(i);
        if (place >= taken_.size()) {
            add(Severity::silent_wrong_data, fmt::format("removed `{}`", old_.declaration(i)));
            return;
        }
        taken_[place] = true;
        if (place != i)
            add(Severity::silent_wrong_data,
                fmt::format("`{}` is parameter {}, was {}", name, place + 1, i + 1));
        const std::string_view now_named = new_.parameters[place].name;
        const bool is_renamed = name != now_named && !name.empty() && !now_named.empty();
        const TypeRef was = old_.type(i), now = new_.type(place);
        if (!is_renamed && was.spelling() == now.spelling()) return;
        const Severity of_name = is_renamed ? Severity::error : Severity::harmless;
        add(reads_alike(was, now) ? of_name : Severity::silent_wrong_data,
            fmt::format("`{}` is `{}`", old_.declaration(i), new_.declaration(place)));
    }

    /// The parameter of the same name, or the one at the same place if the old has no such name.
    [[nodiscard]] std::size_t place_of(std::size_t i) const {
        const std::string_view name = old_.parameters[i].name;
        const std::size_t place = name.empty() ? i : new_.find(name);
        if (place < taken_.size() || i >= taken_.size()) return place;
        const std::string_view instead = new_.parameters[i].name;
        const bool is_new = instead.empty() || old_.find(instead) >= old_.parameters.size();
        return is_new ? i : taken_.size();
    }

    void compare_returned() {
        const TypeRef was = old_.returned, now = new_.returned;
        if (was.spelling() == now.spelling()) return;
        const bool harmless = was.id.value == 0 || reads_alike(was, now);
        add(harmless ? Severity::harmless : Severity::silent_wrong_data,
            fmt::format("returns `{}`, was `{}`", now.declaration(""), was.declaration("")));
    }

    Signature old_, new_;
    std::vector<bool> taken_;
    SignatureChange change_;
};

/// The longest list of parameter types that both have in the same order.
std::size_t common_parameters(const Signature& one, const Signature& other) {
    std::vector<std::size_t> row(other.parameters.size() + 1);
    for (std::size_t i = 0; i < one.parameters.size(); ++i) {
        std::size_t diagonal = 0;
        for (std::size_t j = 0; j < other.parameters.size(); ++j) {
            const std::size_t above = row[j + 1];
            row[j + 1] = one.type(i).spelling() == other.type(j).spelling()
                             ? diagonal + 1
                             : std::max(row[j], above);
            diagonal = above;
        }
    }
    return row.back();
}

bool are_named_alike(TypeRef one, TypeRef other) {
    return std::ranges::equal(one.types->btf().parameters(one.id),
                              other.types->btf().parameters(other.id), {}, &Parameter::name,
                              &Parameter::name);
}

} // namespace

SignatureChange compare_signatures(TypeRef old_prototype, TypeRef new_prototype) {
    if (old_prototype.spelling() == new_prototype.spelling() &&
        are_named_alike(old_prototype, new_prototype))
        return {}; // most are
    return Comparison(old_prototype, new_prototype).run();
}

double likeness(TypeRef was, TypeRef now) {
    constexpr double of_return = 0.5; // of the weight of a parameter
    constexpr double per_added = 0.1;
    const Signature a(was), b(now);
    const std::size_t common = common_parameters(a, b);
    const double returned = a.returned.spelling() == b.returned.spelling() ? of_return : 0;
    const double kept = (static_cast<double>(common) + returned) /
                        (static_cast<double>(a.parameters.size()) + of_return);
    return kept * std::max(0.0, 1 - per_added * static_cast<double>(b.parameters.size() - common));
}

} // namespace kps::changes
