#pragma once

#include "compiler/plan/lower.hpp"

namespace kps::plan {

/// Writes resolved probes without a resolver.
class SpecBuilder {
public:
    sema::ExprId add(auto node, std::uint8_t size = 8, bool is_signed = false) {
        const sema::ValueType type{sema::TypeKind::integer, size, is_signed, 0,
                                   sema::Display::decimal,  {}};
        return spec.exprs.add({std::move(node), type, Span{{0}, 0, 1}});
    }
    sema::ExprId number(std::int64_t value) {
        return add(sema::Constant{static_cast<std::uint64_t>(value), true}, 8, true);
    }
    sema::ExprId argument(std::uint32_t index) { return add(sema::Argument{index}); }
    sema::ExprId sum(sema::ExprId left, sema::ExprId right) {
        return add(sema::Binary{sema::BinaryOp::add, left, right});
    }
    sema::ExprId plus(sema::ExprId left, std::int64_t offset) { return sum(left, number(offset)); }
    /// The pointer that stands `offset` bytes behind `pointer`.
    sema::ExprId follow(sema::ExprId pointer, std::int64_t offset, bool user = false) {
        return add(sema::Load{plus(pointer, offset), 8, false, user});
    }
    sema::ExprId load(sema::ExprId pointer, std::int64_t offset, std::uint8_t size,
                      bool is_signed = false, bool user = false) {
        return add(sema::Load{plus(pointer, offset), size, is_signed, user}, size, is_signed);
    }
    sema::ExprId string(sema::ExprId pointer, bool user) {
        return add(sema::LoadString{pointer, user});
    }

    sema::Probe& probe(std::string name, std::string symbol) {
        sema::Probe probe;
        probe.name = std::move(name);
        probe.symbol = std::move(symbol);
        last = spec.probes.add(std::move(probe));
        return spec.probes[last];
    }
    void field(std::string name, sema::ExprId source) {
        field(std::move(name), source, spec.exprs[source].type);
    }
    void field(std::string name, sema::ExprId source, sema::ValueType type) {
        spec.probes[last].fields.push_back({std::move(name), type, source, Span{{0}, 0, 1}});
    }
    void string_field(std::string name, sema::ExprId source) {
        field(std::move(name), source,
              {sema::TypeKind::string, 1, false, 0, sema::Display::text, {}});
    }

    sema::ResolvedSpec spec;
    sema::ProbeId last;
};

} // namespace kps::plan
