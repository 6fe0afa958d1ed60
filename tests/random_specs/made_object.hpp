#pragma once

#include "compiler/bpf_backend/object.hpp"
#include "tests/random_specs/catalogue.hpp"

#include <map>
#include <optional>
#include <string>

namespace kps::random_specs {

/// A random spec on its way to an object.
struct Made {
    std::uint64_t seed = 0;
    std::string text;
    std::vector<std::string> mistakes; ///< codes of what kps finds wrong; then there is no object
    std::string refusal;               ///< what of it is not for BPF programs
    bpf::Object object;

    [[nodiscard]] bool has_object() const { return !object.elf.empty(); }
};

struct MakeOptions {
    bool trampolines = true;
    bool workload = true; ///< tests of that scope keep account of the workload's tasks
};

/// Writes the spec of that seed and compiles it.
Made make(const Catalogue& catalogue, std::uint64_t seed, const MakeOptions& options);

/// What became of many.
struct Census {
    std::size_t objects = 0;
    std::size_t programs = 0;
    std::size_t thrown_away = 0;                 ///< kps found a mistake
    std::size_t refused = 0;                     ///< not for BPF
    std::map<std::string, std::size_t> mistakes; ///< by code
    std::map<std::string, std::size_t> refusals; ///< by reason, without the place

    void add(const Made& made);
    [[nodiscard]] std::string text() const;
};

} // namespace kps::random_specs
