#pragma once

#include "tests/random_specs/catalogue.hpp"
#include "tests/random_specs/paths.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kps::random_specs {

/// A field as conditions, keys and measures over it need to know it.
struct WrittenField {
    enum class Kind : std::uint8_t { number, text, other };
    std::string name;
    Kind kind = Kind::other;
    bool is_signed = false;
    bool is_plain = false; ///< compares with any other plain number
    unsigned bits = 64;    ///< that the number has
    unsigned limit = 0;    ///< of a text
};

/// A stream that tests can use.
struct WrittenStream {
    enum class Kind : std::uint8_t { hits, calls, span };
    std::string name;
    Kind kind = Kind::hits;
    std::vector<WrittenField> fields;
};

/// Writes declarations of probes and calls.
class ProbeWriter {
public:
    ProbeWriter(const Catalogue& catalogue, Choices& choices)
        : catalogue_(catalogue), choices_(choices) {}

    /// Some probe, as text; what it declares is added to `streams`.
    std::string declaration(std::vector<WrittenStream>& streams);

private:
    struct Root { // where paths begin
        std::string text;
        kernel::TypeId type;
        bool is_target = false; ///< `type` is what it points to
    };
    /// What the fields of one point may read.
    struct Point {
        std::vector<Root> roots;
        std::vector<std::string> indexes;
        std::vector<std::string> words; ///< registers, raw arguments, words of the stack
        bool reads_comm = true;
    };

    Point entry(const Function& function);
    Point exit(const Function& function);
    Point somewhere(); ///< registers only
    void add_registers(Point& point);
    void add_casts(Point& point);

    std::string call(std::vector<WrittenStream>& streams);
    std::string function_probe(std::vector<WrittenStream>& streams, bool returns);
    std::string offset_probe(std::vector<WrittenStream>& streams);
    std::string tracepoint(std::vector<WrittenStream>& streams);
    std::string many(std::vector<WrittenStream>& streams);
    std::string new_name() { return "p" + std::to_string(names_++); }
    const Function& function() { return choices_.one_of(catalogue_.functions); }

    std::string fields(const Point& point, std::vector<WrittenField>& written);
    std::optional<std::string> field(const Point& point, WrittenField& written);
    std::string number_field(const Leaf& leaf, WrittenField& written);
    std::string text_field(const Leaf& leaf, WrittenField& written);
    std::string bytes_field(const Leaf& leaf);
    std::optional<Leaf> path(const Point& point);
    std::optional<std::string> computed(const Point& point, unsigned depth);
    std::string integer_type(WrittenField& written);

    const Catalogue& catalogue_;
    Choices& choices_;
    unsigned names_ = 0;
    unsigned fields_ = 0;
};

} // namespace kps::random_specs
