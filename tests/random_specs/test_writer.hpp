#pragma once

#include "tests/random_specs/probe_writer.hpp"

namespace kps::random_specs {

/// Writes a test that expects something of each stream.
class TestWriter {
public:
    TestWriter(Choices& choices, const std::vector<WrittenStream>& streams)
        : choices_(choices), streams_(streams) {}

    std::string test();

private:
    std::string lets();
    std::string use(const WrittenStream& stream, const std::string& field = {});
    std::string expectation(const WrittenStream& stream);
    std::string aggregate(const WrittenStream& stream);
    std::string order();
    std::string condition(const WrittenStream& stream, unsigned depth);
    std::string comparison(const WrittenStream& stream);
    std::string number_comparison(const WrittenField& field, const std::string& words);
    std::string builtin(const WrittenStream& stream);
    std::string key(const WrittenStream& stream);
    const WrittenField* number_of(const WrittenStream& stream);

    Choices& choices_;
    const std::vector<WrittenStream>& streams_;
    std::vector<WrittenStream> lets_;
};

/// A whole spec.
std::string write_spec(const Catalogue& catalogue, std::uint64_t seed);

} // namespace kps::random_specs
