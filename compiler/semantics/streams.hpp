#pragma once

#include "compiler/semantics/fields.hpp"

#include <expected>
#include <set>

namespace kps::sema {

/// Resolves the streams of all files, each when it is first asked for.
class Streams {
public:
    Streams(Context& context, const Names& names, Expressions& expressions)
        : context_(context), names_(names), expressions_(expressions) {}

    /// The stream that the first `parts` of `path` name in `file`; null if there is none, which is
    /// reported. `live` false: its names only, without a look at the kernel.
    const StreamInfo* find(std::size_t file, const std::vector<syntax::Name>& path,
                           std::size_t parts, bool live);

    /// A stream and its condition as a use. Unresolved streams have their conditions checked too;
    /// the use is then none.
    std::optional<StreamUse> use(std::size_t file, const syntax::Stream& stream,
                                 const StreamInfo& info, bool live);
    /// The condition of a `where`; none if it is reported or unknown.
    std::optional<ExprId> where(std::size_t file, syntax::ExprId condition, const StreamInfo& info,
                                bool live);
    /// The fields of a `by` in a stream, the thread if there is none; none if reported.
    std::optional<std::vector<std::uint32_t>> key(const std::optional<syntax::Key>& by,
                                                  const StreamInfo& info, bool tid_is_default);
    /// Reports keys that cannot be equal because their types differ.
    bool keys_agree(const syntax::Key& by, const StreamInfo& left, const StreamInfo& right);

    /// Resolves the streams of the spec itself that no test used, and reports them as unused.
    void resolve_rest(bool live, bool report_unused);

    /// A requirement of an imported file that is not met: its streams are absent for that reason.
    std::map<std::size_t, std::string> unmet;

private:
    using Key = std::tuple<std::size_t, syntax::DeclarationId, bool>;
    struct Resolved { ///< of a probe or span only the first
        StreamInfo whole, enter, exit;
    };
    /// What the probes of one declaration have in common.
    struct ProbeParts {
        const Entity& entity;
        std::optional<PointChoice> choice; ///< none: reported, or without a kernel
        bool live = true;
        std::map<std::string_view, Span> field_names = {};

        [[nodiscard]] bool absent() const { return choice && choice->points.empty(); }
    };
    /// The fields at one end of a declaration, and the probe that reads them.
    struct Side {
        const std::vector<syntax::Field>& fields;
        ProbeId chosen;
        std::optional<PointKind> kind; ///< none: what the point says
    };
    /// One end of a span.
    struct End {
        const StreamInfo* info = nullptr;
        std::optional<StreamUse> use;
        std::optional<std::vector<std::uint32_t>> key;
    };

    const StreamInfo* part_of(const Entity& entity, const std::vector<syntax::Name>& path,
                              std::size_t named, std::size_t parts, bool live);
    const Resolved* resolve(const Entity& entity, bool live);
    void resolve_probe(const Entity& entity, const syntax::ProbeDeclaration& probe, bool live,
                       StreamInfo& info);
    void resolve_call(const Entity& entity, const syntax::CallDeclaration& call, bool live,
                      Resolved& resolved);
    void resolve_span(const Entity& entity, const syntax::SpanDeclaration& span, bool live,
                      StreamInfo& info);
    End resolve_end(const Entity& entity, const syntax::Stream& stream,
                    const std::optional<syntax::Key>& by, bool live);
    std::optional<PointChoice> choose(const Entity& entity,
                                      const std::vector<PointRequest>& requests, bool optional,
                                      bool live);
    /// One probe for each point; `info` gets their fields even if something fails, and there is
    /// none then.
    std::vector<ProbeId> add_probes(const std::vector<syntax::Field>& fields, PointKind kind,
                                    ProbeParts& parts, StreamInfo& info);
    std::optional<Probe> make_probe(const std::vector<syntax::Field>& fields, PointKind kind,
                                    const FoundPoint& point, const ProbeParts& parts,
                                    StreamInfo& info);
    /// For any kernel: adds the probes of the alternatives that were not chosen, one for each side.
    void add_stand_ins(const std::vector<PointRequest>& alternatives, const ProbeParts& parts,
                       const std::vector<Side>& sides);
    std::expected<std::vector<Probe>, std::string>
    stand_ins(const PointRequest& request, const ProbeParts& parts, const std::vector<Side>& sides);
    /// Adds the fields of one more point to those of the points before it; false, and reported,
    /// if they do not agree.
    bool merge_fields(StreamInfo& from, const FoundPoint& point, const std::vector<Probe>& before,
                      StreamInfo& to);
    std::optional<MadeField> add_field(const syntax::Field& field, PointKind kind,
                                       const FoundPoint* point, const ProbeParts& parts,
                                       StreamInfo& info);
    bool is_new_field(const syntax::Field& field, ProbeParts& parts);
    void add_hit_stream(std::vector<ProbeId> probes, Span span, StreamInfo& info);
    void add_probe_fields(Stream& stream, ProbeId probe, std::uint8_t side);
    static void append_own_fields(const StreamInfo& from, StreamInfo& to);
    std::string qualified(const Entity& entity) const;
    void unknown(std::size_t file, const std::vector<syntax::Name>& path, std::size_t parts);

    Context& context_;
    const Names& names_;
    Expressions& expressions_;
    std::map<Key, Resolved> streams_;
    std::set<Key> open_; ///< being resolved
    std::set<std::pair<std::size_t, syntax::DeclarationId>> used_;
};

} // namespace kps::sema
