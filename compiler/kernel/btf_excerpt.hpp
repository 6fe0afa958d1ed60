#pragma once

#include "compiler/kernel/btf.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace kps::kernel {

/// Words of a text; what is named by none of them cannot be asked for by it.
using Words = std::set<std::string, std::less<>>;

/// The part of a kernel's types that a text can ask for: what is named by a word of it, and the
/// types that lead on from there, of structs and unions only by members that are named by a word or
/// have no name. Sizes and offsets are those of the whole.
class BtfExcerpt {
public:
    /// The arguments are kept.
    BtfExcerpt(const Btf& kernel, const Words& words);

    /// The types of a module, whose base `kernel` is. Not after `bytes`. Returns its number.
    std::size_t add_module(const Btf& module);

    /// As `Btf::parse` reads it.
    [[nodiscard]] std::vector<std::byte> bytes() const;
    /// Alike, with that as its base.
    [[nodiscard]] std::vector<std::byte> module_bytes(std::size_t number) const;

private:
    using Ids = std::set<TypeId>; // so that they keep their order, by which the first is found
    struct Part {
        const Btf* btf;
        Ids ids = {};
    };
    using NewIds = std::map<TypeId, std::uint32_t>;

    void add_roots(Part& part, std::uint32_t first);
    [[nodiscard]] bool is_root(const Btf& btf, TypeId id) const;
    void keep(Part& part, TypeId id);
    [[nodiscard]] std::vector<TypeId> leads_to(const Btf& btf, TypeId id) const;
    [[nodiscard]] std::vector<Member> members(const Btf& btf, TypeId id) const;
    [[nodiscard]] NewIds numbered(const Part* module) const;
    [[nodiscard]] std::vector<std::byte> write(const Part& part, const NewIds& numbers,
                                               std::size_t first_string) const;

    const Words& words_;
    Part kernel_;
    std::vector<Part> modules_;
};

} // namespace kps::kernel
