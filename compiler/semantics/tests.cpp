#include "compiler/semantics/tests.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/contradictions.hpp"

#include <algorithm>

namespace kps::sema {

namespace {

constexpr std::size_t max_open_lets = 16;

} // namespace

TestResolver::TestResolver(Context& context, const Names& names, Expressions& expressions,
                           Streams& streams, Machines& machines,
                           const syntax::TestDeclaration& declaration, Span span)
    : context_(context), names_(names), expressions_(expressions), streams_(streams),
      machines_(machines), declaration_(declaration), syntax_(context.spec.root().file),
      file_(context.spec.files.size() - 1) {
    test_.name = declaration.name.value;
    test_.span = span;
    for (const syntax::Name& tag : declaration.tags)
        test_.tags.emplace_back(tag.text);
}

Test TestResolver::resolve(const std::optional<Test::Skip>& unmet) {
    test_.skip = unmet;
    check_requirements(declaration_.body, true);
    is_live_ = context_.kernel != nullptr && !test_.skip;
    declare_lets(declaration_.body, is_live_);
    statements(declaration_.body, {is_live_, nullptr});
    check_workload();
    if (expectations_ == 0 && test_.witnesses.empty())
        context_.sink.report(diag::no_expectation, declaration_.name.span)
            .help("say what must be true: `expect some open`");
    report_unused_lets();
    check_orders(context_, test_);
    if (test_.skip) {
        test_.expectations.clear();
        test_.witnesses.clear();
        test_.shows.clear();
        probes_.clear();
    }
    test_.probes.assign(probes_.begin(), probes_.end());
    return std::move(test_);
}

void TestResolver::check_requirements(const std::vector<syntax::StatementId>& body, bool live) {
    for (const syntax::StatementId id : body) {
        const syntax::Statement& statement = syntax_.statements[id];
        if (const auto* on = std::get_if<syntax::OnStatement>(&statement.node))
            check_requirements(on->body,
                               live && context_.kernel != nullptr && !sema::unmet(context_, *on));
        const auto* requirement = std::get_if<syntax::RequiresStatement>(&statement.node);
        if (requirement == nullptr) continue;
        const auto reason = sema::unmet(context_, requirement->condition);
        if (reason && live && !test_.skip)
            test_.skip = Test::Skip{*reason, requirement->condition.span};
    }
}

void TestResolver::declare_lets(const std::vector<syntax::StatementId>& body, bool live) {
    for (const syntax::StatementId id : body) {
        const syntax::Statement& statement = syntax_.statements[id];
        if (const auto* on = std::get_if<syntax::OnStatement>(&statement.node))
            declare_lets(on->body, live && !sema::unmet(context_, *on));
        if (const auto* failure = std::get_if<syntax::KnownFailureStatement>(&statement.node))
            declare_lets(failure->body, live);
        const auto* let = std::get_if<syntax::LetStatement>(&statement.node);
        if (let == nullptr) continue;
        auto& lets = live == is_live_ ? lets_ : dormant_lets_;
        const auto [first, is_new] =
            lets.try_emplace(let->name.text, Let{let, {}, false, false, false});
        const Entity* outer = names_.find(file_, let->name.text);
        if (is_new && outer == nullptr) continue;
        // Blocks for different kernels may each give the name a meaning of their own.
        if (!is_new && !live && context_.kernel == nullptr) continue;
        if (!is_new && &lets == &dormant_lets_) continue;
        context_.sink.report(diag::duplicate_name, let->name.span, let->name.text)
            .note(outer != nullptr ? outer->name.span : first->second.statement->name.span,
                  "the first is here");
    }
}

void TestResolver::report_unused_lets() {
    for (const auto& [name, let] : lets_) {
        if (let.is_used) continue;
        let_use(lets_.at(name), is_live_); // its own mistakes are worth telling still
        if (!context_.sink.has_errors())
            context_.sink.report(diag::unused_stream, let.statement->name.span, name);
    }
}

void TestResolver::statements(const std::vector<syntax::StatementId>& body, const Place& place) {
    for (const syntax::StatementId id : body)
        statement(syntax_.statements[id], place);
}

bool TestResolver::fits(const syntax::Statement& statement, const Place& place) {
    if (place.known_failure == nullptr) return true;
    const bool fits = std::holds_alternative<syntax::ExpectStatement>(statement.node) ||
                      std::holds_alternative<syntax::LetStatement>(statement.node) ||
                      std::holds_alternative<syntax::OnStatement>(statement.node);
    if (!fits) {
        if (std::holds_alternative<syntax::RunStatement>(statement.node))
            first_run_ = statement.span;
        const std::string words = context_.words(statement.span);
        context_.sink.report(diag::unfit_statement, statement.span,
                             "`" + words.substr(0, words.find(' ')) + "`");
    }
    return fits;
}

void TestResolver::statement(const syntax::Statement& statement, const Place& place) {
    if (!fits(statement, place)) return;
    const Span span = statement.span;
    std::visit(Overloaded{
                   [&](const syntax::RunStatement& s) { run(s, place, span); },
                   [&](const syntax::BackgroundStatement& s) {
                       has_background_ = true;
                       if (place.live) test_.background.push_back(s.command.value);
                   },
                   [&](const syntax::WatchStatement& s) { watch(s, place, span); },
                   [&](const syntax::SetupStatement& s) {
                       if (place.live) test_.setup.push_back(s.command.value);
                   },
                   [&](const syntax::CleanupStatement& s) {
                       if (place.live) test_.cleanup.push_back(s.command.value);
                   },
                   [&](const syntax::ScopeStatement& s) { scope(s, span); },
                   [](const syntax::LetStatement&) {},      // declare_lets
                   [](const syntax::RequiresStatement&) {}, // check_requirements
                   [&](const syntax::OnStatement& s) {
                       const bool holds = !sema::unmet(context_, s);
                       statements(s.body, {place.live && holds, place.known_failure});
                   },
                   [&](const syntax::ExpectStatement& s) { expectation(s.expectation, place); },
                   [&](const syntax::KnownFailureStatement& s) {
                       statements(s.body, {place.live, &s.reason});
                   },
                   [&](const syntax::WitnessStatement& s) {
                       const Use witness = use(s.stream, s.stream.name.parts.size(), place);
                       if (witness.use && place.live) test_.witnesses.push_back(*witness.use);
                   },
                   [&](const syntax::ShowStatement& s) { show(s, place, span); },
               },
               statement.node);
}

// ---------------------------------------------------------------- the workload

void TestResolver::run(const syntax::RunStatement& run, const Place& place, Span span) {
    if (!first_run_) first_run_ = span;
    Run lowered;
    lowered.command = run.command.value;
    lowered.span = span;
    if (run.user) lowered.user = run.user->text;
    const ExprScope scope = constants(place);
    if (run.exits)
        lowered.exits = static_cast<std::int32_t>(
            expressions_.integer(scope, *run.exits, "an exit status", 0, 255).value_or(0));
    if (run.within) lowered.within_ns = expressions_.duration(scope, *run.within);
    if (place.live) test_.runs.push_back(std::move(lowered));
}

void TestResolver::watch(const syntax::WatchStatement& watch, const Place& place, Span span) {
    const auto duration = expressions_.duration(constants(place), watch.duration);
    if (place.live) test_.watch_ns = duration;
    if (watch_ && place.live == is_live_)
        context_.sink.report(diag::conflicting_statements, span, "`watch`")
            .note(*watch_, "the other is here");
    if (!watch_) watch_ = span;
}

void TestResolver::scope(const syntax::ScopeStatement& scope, Span span) {
    if (scope_)
        context_.sink.report(diag::conflicting_statements, span, "`scope`")
            .note(*scope_, "the other is here");
    scope_ = span;
    test_.scope = scope.scope == syntax::HitScope::workload ? HitScope::workload : HitScope::system;
    if (scope.cgroup) test_.cgroup = scope.cgroup->value;
}

void TestResolver::check_workload() {
    if (!first_run_ && !watch_) {
        context_.sink.report(diag::no_workload, declaration_.name.span)
            .help("give it a command, `run \"cat /etc/hostname\"`, or a time, `watch 5s`");
        return;
    }
    if (first_run_ && watch_) {
        context_.sink.report(diag::conflicting_statements, *watch_, "of `run` and `watch`")
            .note(*first_run_, "the other is here")
            .help("`run \"sleep 5\"` with `scope system` watches for a while, too");
        return;
    }
    if (!watch_ || has_background_) return;
    // A test that only watches has no processes of its own.
    if (!scope_) test_.scope = HitScope::system;
    if (test_.scope == HitScope::workload)
        context_.sink.report(diag::scope_without_workload, scope_.value_or(*watch_))
            .help("write `scope system`, or start something with `background`");
}

// ---------------------------------------------------------------- streams

TestResolver::Use TestResolver::narrowed(Use base, const syntax::Stream& stream, bool live) {
    if (base.info == nullptr || !stream.where) return base;
    const auto condition = streams_.where(file_, *stream.where, *base.info, live);
    if (!condition || !base.use) return {base.info, std::nullopt};
    base.use->where.push_back(*condition);
    return base;
}

TestResolver::Use TestResolver::let_use(Let& let, bool live) {
    if (let.is_done) return let.use;
    if (let.is_open) {
        context_.sink.report(diag::stream_cycle, let.statement->name.span,
                             let.statement->name.text);
        return {};
    }
    if (open_lets_ > max_open_lets) {
        context_.sink.report(diag::defined_too_deeply, let.statement->name.span,
                             let.statement->name.text);
        return {};
    }
    let.is_open = true;
    ++open_lets_;
    const syntax::Stream& stream = let.statement->stream;
    let.use = use(stream, stream.name.parts.size(), {live, nullptr});
    --open_lets_;
    let.is_open = false;
    let.is_done = true;
    return let.use;
}

TestResolver::Use TestResolver::use(const syntax::Stream& stream, std::size_t parts,
                                    const Place& place) {
    const std::vector<syntax::Name>& path = stream.name.parts;
    const auto finish = [&](Use found) {
        if (found.use) found.use->text = context_.words(stream.span);
        if (found.use) found.use->span = stream.span;
        needs(found, place, stream.span);
        return found;
    };
    for (auto* lets : {&lets_, &dormant_lets_}) {
        const auto let = lets->find(path.front().text);
        if (let == lets->end() || (lets == &dormant_lets_ && place.live)) continue;
        let->second.is_used = true;
        if (parts == 1)
            return finish(narrowed(let_use(let->second, place.live), stream, place.live));
        context_.sink
            .report(diag::unknown_stream, path[1].span,
                    fmt::format("{}.{}", path[0].text, path[1].text))
            .help(fmt::format("`{}` is a `let` and has no parts", path[0].text));
        return {};
    }
    Use found{streams_.find(file_, path, parts, place.live), std::nullopt};
    if (found.info == nullptr) return {};
    if (found.info->id) found.use = StreamUse{*found.info->id, {}, {}, {}};
    return finish(narrowed(std::move(found), stream, place.live));
}

void TestResolver::needs(const Use& use, const Place& place, Span span) {
    if (use.info == nullptr || !place.live) return;
    probes_.insert(use.info->probes.begin(), use.info->probes.end());
    if (use.info->absent && !test_.skip)
        test_.skip =
            Test::Skip{fmt::format("`{}` is absent: {}", use.info->name, *use.info->absent), span};
}

} // namespace kps::sema
