#include "compiler/tracefs_backend/fetch_text.hpp"

#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::tracefs {

namespace {

using plan::BaseKind;

std::string base_text(const plan::Base& base) {
    switch (base.kind) {
    case BaseKind::argument: return fmt::format("$arg{}", base.index + 1);
    case BaseKind::return_value: return "$retval";
    case BaseKind::reg: return "%" + base.name;
    case BaseKind::stack: return fmt::format("$stack{}", base.index);
    case BaseKind::symbol: return "@" + base.name;
    case BaseKind::comm: return "$comm";
    }
    return {};
}

/// `added` is put on the offset of the last step.
std::string location(const plan::Fetch& fetch, std::int64_t added) {
    std::string text = base_text(fetch.base);
    for (std::size_t i = 0; i < fetch.steps.size(); ++i) {
        const plan::Step& step = fetch.steps[i];
        const bool last = i + 1 == fetch.steps.size();
        const std::int64_t offset = step.offset + (last ? added : 0);
        if (i == 0 && fetch.base.kind == BaseKind::symbol) {
            if (offset != 0) text += fmt::format("{:+}", offset);
            continue;
        }
        const bool plain = last && std::holds_alternative<plan::StoreString>(fetch.store);
        // A user string is told by its type.
        const std::string_view user = step.user && !plain ? "u" : "";
        const char sign = offset < 0 ? '-' : '+';
        const auto magnitude = static_cast<std::uint64_t>(offset);
        text = fmt::format("{}{}{}({})", sign, user, offset < 0 ? 0 - magnitude : magnitude, text);
    }
    return text;
}

std::string integer_type(std::uint8_t size, bool is_signed) {
    return fmt::format("{}{}", is_signed ? 's' : 'u', 8 * size);
}

std::string array_part(const plan::Fetch& fetch, const plan::StoreArray& array, std::size_t part) {
    const auto first = static_cast<std::uint32_t>(part) * plan::array_part;
    const std::uint32_t count = std::min(array.count - first, plan::array_part);
    return fmt::format("{}:{}[{}]", location(fetch, std::int64_t{first} * array.size),
                       integer_type(array.size, array.is_signed), count);
}

std::string body(const plan::Fetch& fetch, std::size_t part) {
    return std::visit(
        Overloaded{
            [&](const plan::StoreInteger& store) {
                return location(fetch, 0) + ":" + integer_type(store.size, store.is_signed);
            },
            [&](const plan::StoreString&) {
                const bool user = !fetch.steps.empty() && fetch.steps.back().user;
                return location(fetch, 0) + (user ? ":ustring" : ":string");
            },
            [&](const plan::StoreArray& store) { return array_part(fetch, store, part); },
        },
        fetch.store);
}

} // namespace

std::vector<std::string> arguments(const plan::Fetch& fetch) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < fetch.names.size(); ++i)
        result.push_back(fetch.names[i] + "=" + body(fetch, i));
    return result;
}

std::size_t fixed_size(const plan::Fetch& fetch) {
    return std::visit(
        Overloaded{
            [](const plan::StoreInteger& store) -> std::size_t { return store.size; },
            [&](const plan::StoreString&) { return sizeof(std::uint32_t) * fetch.names.size(); },
            [](const plan::StoreArray& store) -> std::size_t {
                return std::size_t{store.size} * store.count;
            },
        },
        fetch.store);
}

} // namespace kps::tracefs
