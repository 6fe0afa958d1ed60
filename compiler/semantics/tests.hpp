#pragma once

#include "compiler/semantics/machines.hpp"
#include "compiler/semantics/requirements.hpp"

namespace kps::sema {

/// Resolves one `test` of the spec itself.
class TestResolver {
public:
    TestResolver(Context& context, const Names& names, Expressions& expressions, Streams& streams,
                 Machines& machines, const syntax::TestDeclaration& declaration, Span span);

    /// `unmet`: a requirement of the whole file that the kernel does not meet.
    Test resolve(const std::optional<Test::Skip>& unmet);

private:
    /// A stream as a test names it, through its `let`s.
    struct Use {
        const StreamInfo* info = nullptr; ///< none: reported
        std::optional<StreamUse> use;     ///< none: reported, or not on this kernel
    };
    struct Let {
        const syntax::LetStatement* statement = nullptr;
        Use use;
        bool is_done = false;
        bool is_open = false;
        bool is_used = false;
    };
    /// Where a statement stands.
    struct Place {
        bool live = true; ///< false in an `on` block that does not hold
        const syntax::Text* known_failure = nullptr;
    };

    void declare_lets(const std::vector<syntax::StatementId>& body, bool live);
    void check_requirements(const std::vector<syntax::StatementId>& body, bool live);
    void statements(const std::vector<syntax::StatementId>& body, const Place& place);
    void statement(const syntax::Statement& statement, const Place& place);
    bool fits(const syntax::Statement& statement, const Place& place);
    void run(const syntax::RunStatement& run, const Place& place, Span span);
    void watch(const syntax::WatchStatement& watch, const Place& place, Span span);
    void scope(const syntax::ScopeStatement& scope, Span span);
    void check_workload();
    void report_unused_lets();

    void expectation(const syntax::Expectation& expectation, const Place& place);
    using Lowered = std::optional<decltype(Expectation::node)>;
    Lowered exists(const syntax::ExpectExists& expect, const Place& place);
    Lowered count(const syntax::ExpectCount& expect, const Place& place, Span span);
    Lowered every(const syntax::ExpectEvery& expect, const Place& place);
    Lowered then(const syntax::ExpectThen& expect, const Place& place);
    Lowered only_after(const syntax::ExpectOnlyAfter& expect, const Place& place);
    Lowered paired(const syntax::ExpectPaired& expect, const Place& place);
    Lowered during(const syntax::ExpectExists& expect, const Place& place);
    Lowered no_overlap(const syntax::ExpectNoOverlap& expect, const Place& place);
    Lowered follows(const syntax::ExpectFollows& expect, const Place& place);
    Lowered no_gap(const syntax::ExpectNoGap& expect, const Place& place);
    /// The streams with their keys, `tid` if there is none; none if something is reported.
    /// `lasting`: the form whose last stream must be one of calls or spans, if it is one.
    std::optional<std::vector<KeyedUse>> keyed(const std::vector<const syntax::Stream*>& streams,
                                               const std::optional<syntax::Key>& by,
                                               const Place& place, std::string_view lasting = {});
    /// The nanoseconds of a `within`, which need not be there; none if it is reported.
    std::optional<std::optional<std::uint64_t>> limit(const std::optional<syntax::ExprId>& within,
                                                      const Place& place);
    /// The scope, which need not be there; none if something is reported.
    std::optional<std::optional<Scope>> scope_of(const syntax::ScopeClause* clause,
                                                 const Place& place);
    Lowered aggregate(const syntax::ExpectAggregate& expect, const Place& place, Span span);
    /// A field of a stream that a measure is of.
    struct Measured {
        Use use;
        std::uint32_t field = 0;
    };
    /// `function` as the spec names the measure; none if the field is not a number or not there,
    /// which is reported.
    std::optional<Measured> measured(std::string_view function, const syntax::Stream& stream,
                                     const Place& place);
    Lowered distinct(const syntax::ExpectAggregate& expect, const Measured& subject,
                     const Place& place, Span span);
    void show(const syntax::ShowStatement& show, const Place& place, Span span);
    std::optional<ShowHistogram> histogram(const syntax::ShowStatement& show, const Place& place);
    std::optional<ShowTop> top(const syntax::ShowStatement& show, const Place& place);
    Lowered rate(const syntax::ExpectAggregate& expect, const Place& place, Span span);
    /// The percentage behind `allow tainted`, 0 if there is none; none if it is reported.
    std::optional<std::uint32_t> allowed_taint(const syntax::Expectation& expectation,
                                               const Place& place);
    std::optional<Comparison> comparison(const syntax::Comparison& comparison,
                                         const FieldInfo& subject, const ExprScope& scope,
                                         Span span);
    [[nodiscard]] bool mentions_baseline(syntax::ExprId id) const;
    /// A comparison with a baseline; none if it is not written as one, which is reported.
    std::optional<Comparison> of_baseline(const syntax::Comparison& comparison,
                                          const FieldInfo& subject, const ExprScope& scope);
    /// The factor before or behind the name; none if there is more than that.
    std::optional<double> factor_of(syntax::ExprId id, const ExprScope& scope);
    /// Whether what is compared with a baseline is one number; reported if not.
    bool fits_baseline(const Expectation& expectation);

    Use use(const syntax::Stream& stream, std::size_t parts, const Place& place);
    Use let_use(Let& let, bool live);
    Use narrowed(Use base, const syntax::Stream& stream, bool live);
    void needs(const Use& use, const Place& place, Span span);
    [[nodiscard]] ExprScope constants(const Place& place) const {
        return {file_, nullptr, place.live};
    }

    Context& context_;
    const Names& names_;
    Expressions& expressions_;
    Streams& streams_;
    Machines& machines_;
    const syntax::TestDeclaration& declaration_;
    const syntax::File& syntax_;
    std::size_t file_;
    Test test_;
    std::map<std::string_view, Let> lets_, dormant_lets_;
    std::set<ProbeId> probes_;
    std::optional<Span> watch_, scope_, first_run_;
    bool has_background_ = false;
    bool is_live_ = true;
    std::size_t open_lets_ = 0;
    std::size_t expectations_ = 0; ///< as written, lowered or not
};

} // namespace kps::sema
