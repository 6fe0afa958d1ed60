#include "compiler/tracefs_backend/fetch_text.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::tracefs {

namespace {

using plan::BaseKind;

using Registers = std::span<const std::string_view>;

std::string base_text(const plan::Base& base, Registers registers) {
    switch (base.kind) {
    case BaseKind::argument:
        return base.index < registers.size() ? fmt::format("%{}", registers[base.index])
                                             : fmt::format("$arg{}", base.index + 1);
    case BaseKind::return_value: return "$retval";
    case BaseKind::reg: return "%" + base.name;
    case BaseKind::stack: return fmt::format("$stack{}", base.index);
    case BaseKind::symbol: return "@" + base.name;
    case BaseKind::comm: return "$comm";
    case BaseKind::event_field: return "$" + base.name;
    }
    return {};
}

/// `added` is put on the offset of the last step.
std::string location(const plan::Fetch& fetch, std::int64_t added, Registers registers) {
    std::string text = base_text(fetch.base, registers);
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

bool is_signed(const plan::Fetch& fetch) {
    if (const auto* integer = std::get_if<plan::StoreInteger>(&fetch.store))
        return integer->is_signed;
    return false; // the elements of an array are put together afterwards
}

std::string type(const plan::Fetch& fetch, const plan::Part& part) {
    if (part.size == 0) {
        const bool user = !fetch.steps.empty() && fetch.steps.back().user;
        return user ? "ustring" : "string";
    }
    const std::string element = integer_type(part.size, is_signed(fetch));
    return part.count == 0 ? element : fmt::format("{}[{}]", element, part.count);
}

} // namespace

std::vector<std::string> arguments(const plan::Fetch& fetch, Registers registers) {
    std::vector<std::string> result;
    for (const plan::Part& part : fetch.parts)
        result.push_back(part.name + "=" + location(fetch, part.offset, registers) + ":" +
                         type(fetch, part));
    return result;
}

std::size_t fixed_size(const plan::Fetch& fetch) {
    std::size_t size = 0;
    for (const plan::Part& part : fetch.parts)
        size += part.size == 0 ? sizeof(std::uint32_t) // where the text is
                               : std::size_t{part.size} * std::max(part.count, 1U);
    return size;
}

} // namespace kps::tracefs
