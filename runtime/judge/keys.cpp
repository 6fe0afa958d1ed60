#include "runtime/judge/keys.hpp"

#include <cstring>

namespace kps::judge {

namespace {

bool append(std::string& bytes, const hits::Operand& part) {
    const auto append = [&](char kind, std::uint64_t word) {
        char packed[1 + sizeof word] = {kind};
        std::memcpy(packed + 1, &word, sizeof word);
        bytes.append(packed, sizeof packed);
    };
    if (const auto* integer = std::get_if<sema::Integer>(&part)) {
        append(is_negative(*integer) ? '-' : '+', integer->bits);
    } else if (const auto* text = std::get_if<std::string_view>(&part)) {
        append('s', text->size());
        bytes += *text;
    } else {
        return false;
    }
    return true;
}

} // namespace

std::optional<std::string> bytes_of(std::span<const hits::Operand> key) {
    std::string bytes;
    for (const hits::Operand& part : key)
        if (!append(bytes, part)) return std::nullopt;
    return bytes;
}

std::optional<KeyId> Keys::id_of(std::span<const hits::Operand> key) {
    if (key.size() == 1)
        if (const auto* integer = std::get_if<sema::Integer>(&key.front())) return id_of(*integer);
    const auto bytes = bytes_of(key);
    return bytes ? std::optional(number(others_, *bytes)) : std::nullopt;
}

} // namespace kps::judge
