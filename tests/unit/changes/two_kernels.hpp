#pragma once

#include "compiler/changes/diff.hpp"
#include "compiler/kernel/facts.hpp"
#include "tests/data/btf_builder.hpp"

#include <fmt/core.h>

namespace kps::test {

/// One of two small kernels that are compared: types and symbols are added, then it is made.
class SmallKernel {
public:
    using TypeId = kernel::TypeId;

    BtfBuilder types;
    kernel::KernelFacts facts;
    TypeId int_ = types.integer("int", 4);
    TypeId u32 = types.integer("unsigned int", 4, BtfBuilder::is_unsigned);
    TypeId long_ = types.integer("long int", 8);

    SmallKernel() {
        facts.origin = "small";
        facts.image.release = "6.0";
    }

    /// A text symbol after those before.
    void symbol(std::string_view name, kernel::ProbeStatus probe = kernel::ProbeStatus::probeable) {
        facts.add(name, address_, 't', probe);
        address_ += 0x100;
    }
    void function(std::string_view name, TypeId returned,
                  const std::vector<BtfBuilder::Parameter>& parameters) {
        symbol(name);
        types.function(name, returned, parameters);
    }
    TypeId pointer_to_struct(std::string_view name) { return types.pointer(types.forward(name)); }

    [[nodiscard]] std::shared_ptr<const kernel::KernelView> make() const {
        kernel::KernelFacts whole = facts;
        whole.image.btf = types.bytes();
        auto view = kernel::make_view(std::move(whole));
        return view ? *view : nullptr;
    }

private:
    std::uint64_t address_ = 0xffffffff81000000;
};

/// `KIND NAME (SEVERITY): OLD -> NEW; DETAIL; ? CANDIDATE`
inline std::string line_of(const changes::Change& change) {
    std::string text = fmt::format("{} {} ({}): {} -> {}", to_string(change.kind), change.name,
                                   to_string(change.severity), change.old_side.value_or("none"),
                                   change.new_side.value_or("none"));
    for (const std::string& detail : change.details)
        text += "; " + detail;
    for (const changes::Candidate& candidate : change.candidates)
        text += "; ? " + candidate.name;
    return text;
}

inline std::vector<std::string> differences(const SmallKernel& was, const SmallKernel& now,
                                            const changes::Options& options = {}) {
    std::vector<std::string> lines;
    for (const changes::Change& change : changes::diff(*was.make(), *now.make(), options))
        lines.push_back(line_of(change));
    return lines;
}

} // namespace kps::test
