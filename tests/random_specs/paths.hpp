#pragma once

#include "compiler/kernel/btf.hpp"
#include "tests/random_specs/choices.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kps::random_specs {

/// A value that a path through the kernel's types ends at, as a field's source spells it.
struct Leaf {
    enum class Kind : std::uint8_t {
        integer,
        pointer,   ///< to anything
        text,      ///< a pointer to characters, or an array of them
        array,     ///< of integers
        structure, ///< reached by a pointer: its bytes can be read
    };
    std::string text;
    Kind kind = Kind::integer;
    unsigned size = 8; ///< bytes; of an array's element
    bool is_signed = false;
    bool is_bool = false;
    bool is_enum = false;
    unsigned bits = 0;  ///< of a bitfield
    unsigned count = 0; ///< elements of an array
};

/// Walks from a value of a C type to one that a field can hold: through pointers, members of
/// structs and unions with and without a name, elements of arrays.
class Paths {
public:
    /// `indexes`: sources that are numbers, which elements are chosen by.
    Paths(const kernel::Btf& btf, Choices& choices, const std::vector<std::string>& indexes)
        : btf_(btf), choices_(choices), indexes_(indexes) {}

    /// `text` spells a value of `type`. Nothing if the way led to what no field can hold.
    std::optional<Leaf> from(const std::string& text, kernel::TypeId type, unsigned most_steps);
    /// `text` spells a pointer to `target`.
    std::optional<Leaf> through(const std::string& text, kernel::TypeId target,
                                unsigned most_steps);

private:
    std::optional<Leaf> member(const std::string& prefix, kernel::TypeId record,
                               unsigned most_steps);
    std::optional<Leaf> element(const std::string& text, kernel::TypeId array, unsigned most_steps);
    std::string index(unsigned count);

    const kernel::Btf& btf_;
    Choices& choices_;
    const std::vector<std::string>& indexes_;
};

} // namespace kps::random_specs
