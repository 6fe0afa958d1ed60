#include "compiler/plan/names.hpp"

#include <fmt/core.h>

namespace kps::plan {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string identifier(std::string_view wanted) {
    std::string name;
    for (const char c : wanted)
        name += is_letter(c) || (c >= '0' && c <= '9') ? c : '_';
    const bool reserved = name.starts_with("common_") || name.starts_with("__");
    if (name.empty() || !is_letter(name.front()) || reserved) name.insert(0, "f_");
    return name;
}

} // namespace

std::string Names::take(std::string_view wanted) {
    const std::string base = identifier(wanted);
    std::string name = base.substr(0, longest_);
    for (int n = 2; taken_.contains(name); ++n) {
        const std::string suffix = fmt::format("_{}", n);
        name = base.substr(0, longest_ - suffix.size()) + suffix;
    }
    taken_.insert(name);
    return name;
}

} // namespace kps::plan
