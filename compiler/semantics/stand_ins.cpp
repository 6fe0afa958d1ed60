#include "compiler/semantics/streams.hpp"

namespace kps::sema {

void Streams::add_stand_ins(const std::vector<PointRequest>& alternatives, const ProbeParts& parts,
                            const std::vector<Side>& sides) {
    if (context_.kernels == Kernels::given) return;
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
        if (i == parts.choice->index) continue;
        std::expected<std::vector<Probe>, std::string> made =
            std::unexpected("it would stand in for several functions");
        if (parts.choice->points.size() == 1) made = stand_ins(alternatives[i], parts, sides);
        if (!made) {
            context_.out.probes[sides.front().chosen].remarks.push_back(
                fmt::format("the alternative `{}` is left out: {}",
                            context_.words(alternatives[i].span), made.error()));
            continue;
        }
        for (Probe& probe : *made)
            context_.out.probes.add(std::move(probe));
    }
}

std::expected<std::vector<Probe>, std::string> Streams::stand_ins(const PointRequest& request,
                                                                  const ProbeParts& parts,
                                                                  const std::vector<Side>& sides) {
    const Trial trial(context_.sink);
    auto point = other_point(context_, request);
    if (!point) return std::unexpected(point.error());
    std::vector<Probe> probes;
    for (const Side& side : sides) {
        const Probe& chosen = context_.out.probes[side.chosen];
        point->kind = side.kind.value_or(point->kind);
        StreamInfo unused;
        auto probe = make_probe(side.fields, point->kind, *point, parts, unused);
        if (!probe) return std::unexpected(context_.sink.sorted().front().message);
        for (std::size_t i = 0; i < chosen.fields.size(); ++i) {
            if (probe->fields[i].type == chosen.fields[i].type) continue;
            return std::unexpected(fmt::format("its `{}` has another type", chosen.fields[i].name));
        }
        probe->name = chosen.name;
        probe->chosen = context_.words(request.span);
        probe->instead_of = side.chosen;
        probes.push_back(std::move(*probe));
    }
    return probes;
}

} // namespace kps::sema
