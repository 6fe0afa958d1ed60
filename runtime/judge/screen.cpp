#include "runtime/judge/screen.hpp"

#include "runtime/judge/judge.hpp"
#include "runtime/judge/proven.hpp"
#include "runtime/judge/steps.hpp"

#include <algorithm>

namespace kps::judge {

namespace {

std::unique_ptr<Proof> proof_of(const Observation& window, const sema::Expectation& expectation) {
    const sema::Comparison* const comparison = sema::comparison_of(expectation);
    if (expectation.scope || (comparison != nullptr && comparison->of_baseline)) return nullptr;
    auto proof = proof_of_items(window, expectation);
    return proof != nullptr ? std::move(proof) : proof_of_order(window, expectation);
}

} // namespace

Screen::Screen(const sema::ResolvedSpec& spec, const sema::Test& test)
    : spec_(spec), test_(test), seen_(spec, test, window_), of_hits_(spec.probes.size()),
      entries_(spec.probes.size()), exits_(spec.probes.size()) {
    window_.hits.resize(1);
    kept_.resize(1);
}

std::unique_ptr<Screen> Screen::make(const sema::ResolvedSpec& spec, const sema::Test& test) {
    if (test.skip || !test.shows.empty()) return nullptr;
    std::unique_ptr<Screen> screen(new Screen(spec, test));
    screen->watch_calls();
    for (const sema::StreamUse& witness : test.witnesses)
        if (!screen->add(proof_of_witness(witness))) return nullptr;
    for (const sema::Expectation& expectation : test.expectations)
        if (!screen->add(proof_of(screen->seen_, expectation))) return nullptr;
    return screen;
}

// ---------------------------------------------------------------- what goes where

bool Screen::add(std::unique_ptr<Proof> proof) {
    if (proof == nullptr) return false;
    for (std::size_t role = 0; role < proof->uses.size(); ++role) {
        if (!can_lead(proof->uses[role])) return false;
        lead(proof->uses[role], proof.get(), role);
    }
    proofs_.push_back(std::move(proof));
    return true;
}

bool Screen::can_lead(const Proof::Use& use) const {
    const sema::Stream& stream = spec_.streams[use.use->stream];
    if (stream.absent || std::holds_alternative<sema::SpanStream>(stream.node)) return false;
    return use.takes_calls || std::holds_alternative<sema::HitStream>(stream.node);
}

void Screen::lead(const Proof::Use& use, Proof* proof, std::size_t role) {
    Crossing& crossing = crossing_of(*use.use);
    auto route = std::ranges::find(crossing.routes, use.key, &Route::key);
    if (route == crossing.routes.end()) route = crossing.routes.insert(route, {use.key, {}});
    route->to.emplace_back(proof, role);
}

Screen::Crossing& Screen::crossing_of(const sema::StreamUse& use) {
    const auto [at, fresh] = crossings_.try_emplace(text_of(spec_, use));
    Crossing& crossing = at->second;
    if (!fresh) return crossing;
    crossing.use = &use;
    crossing.reader = &readers_.try_emplace(use.stream, seen_, use.stream).first->second;
    if (const auto* hits = std::get_if<sema::HitStream>(&spec_.streams[use.stream].node))
        for (const sema::ProbeId probe : hits->probes)
            of_hits_[probe.value].push_back(&crossing);
    else
        calls_.at(use.stream).crossings.push_back(&crossing);
    return crossing;
}

bool Screen::is_observed(sema::ProbeId probe) const {
    return std::ranges::find(test_.probes, probe) != test_.probes.end();
}

/// Also those that nothing is expected of: a return that is missing may be a loss.
void Screen::watch_calls() {
    for (std::uint32_t i = 0; i < spec_.streams.size(); ++i) {
        const sema::Stream& stream = spec_.streams[{i}];
        const auto* call = std::get_if<sema::CallStream>(&stream.node);
        if (call == nullptr || stream.absent) continue;
        if (!is_observed(call->enter) || !is_observed(call->exit)) continue;
        CallsOf& calls = calls_[{i}];
        entries_[call->enter.value].push_back(&calls);
        exits_[call->exit.value].push_back(&calls);
    }
}

// ---------------------------------------------------------------- hits

void Screen::take(const hits::Hit& hit) {
    ++hits_;
    if (gave_up_) return;
    if (hit.time_ns < latest_ns_) return give_up();
    latest_ns_ = hit.time_ns;
    window_.hits[0] = hit;
    const std::uint32_t probe = hit.probe.value;
    for (CallsOf* const calls : exits_[probe])
        leave(*calls, hit);
    if (!of_hits_[probe].empty()) {
        const Passing passing{{.opening = 0}, hits_, place_of(hit), {}, 0};
        for (Crossing* const crossing : of_hits_[probe])
            pass(*crossing, passing);
    }
    for (CallsOf* const calls : entries_[probe])
        enter(*calls, hit);
}

void Screen::pass(Crossing& crossing, Passing passing) {
    if (gave_up_) return;
    const Truth belongs = truth_of(*crossing.reader, *crossing.use, passing.item);
    if (belongs == Truth::unknown) return give_up();
    if (belongs == Truth::no) return;
    for (const Route& route : crossing.routes) {
        passing.key = 0;
        if (!route.key.empty()) {
            const auto key = crossing.reader->key(route.key, passing.item);
            if (!key) return give_up();
            passing.key = *key;
        }
        for (const auto& [proof, role] : route.to)
            if (!proof->take(role, passing)) return give_up();
    }
}

void Screen::enter(CallsOf& calls, const hits::Hit& hit) {
    if (++calls.open >= max_open_keys) return give_up();
    OpenCall call{0, hits_};
    if (!calls.crossings.empty()) call.slot = keep(hit);
    calls.tasks[task_of(hit)].open.push_back(call);
}

void Screen::leave(CallsOf& calls, const hits::Hit& hit) {
    Task& task = calls.tasks[task_of(hit)];
    if (task.open.empty()) {
        ++calls.orphans;
        return;
    }
    const OpenCall call = task.open.back();
    task.open.pop_back();
    --calls.open;
    task.last_ended = std::max(task.last_ended, call.number);
    if (calls.crossings.empty()) return;
    const Passing passing{{.opening = call.slot, .closing = 0},
                          call.number,
                          place_of(window_.hits[call.slot]),
                          place_of(hit),
                          0};
    for (Crossing* const crossing : calls.crossings)
        pass(*crossing, passing);
    drop(call.slot);
}

/// A call that is still open, whose task made and ended a later one: see `Calls::Vanished`.
bool Screen::has_vanished_returns() const {
    for (const auto& [stream, calls] : calls_)
        for (const auto& [id, task] : calls.tasks)
            if (!task.open.empty() && task.open.front().number < task.last_ended) return true;
    return false;
}

std::uint32_t Screen::keep(const hits::Hit& hit) {
    if (free_slots_.empty()) {
        free_slots_.push_back(static_cast<std::uint32_t>(kept_.size()));
        kept_.push_back(std::make_unique<Kept>());
        window_.hits.emplace_back();
    }
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    Kept& kept = *kept_[slot];
    kept.values.assign(hit.fields.begin(), hit.fields.end());
    for (hits::Value& value : kept.values) {
        if (auto* const text = std::get_if<std::string_view>(&value))
            *text = kept.storage.keep(*text);
        else if (std::holds_alternative<hits::Elements>(value))
            value = hits::Unreadable{}; // nothing is computed with arrays
    }
    hits::Hit& copy = window_.hits[slot] = hit;
    copy.fields = kept.values;
    if (copy.comm.data() != nullptr) copy.comm = kept.comm = hit.comm;
    return slot;
}

void Screen::drop(std::uint32_t slot) {
    kept_[slot]->storage.clear();
    free_slots_.push_back(slot);
}

// ---------------------------------------------------------------- the end

std::optional<TestResult> Screen::finish(const hits::Trace& rest) {
    const bool is_whole =
        !rest.cut_short && rest.runs.size() >= test_.runs.size() &&
        std::ranges::all_of(rest.losses, [](const hits::Loss& loss) { return loss.count == 0; });
    if (gave_up_ || !is_whole || has_vanished_returns()) return std::nullopt;
    window_.symbols = rest.symbols;
    Proven proven;
    for (const auto& proof : proofs_) {
        auto finding = proof->finish();
        if (!finding) return std::nullopt;
        const bool is_witness = proven.witnesses.size() < test_.witnesses.size();
        (is_witness ? proven.witnesses : proven.expectations).push_back(std::move(*finding));
    }
    for (const auto& [stream, calls] : calls_)
        proven.unjudged[stream] = {calls.orphans, calls.open};
    return judge(spec_, test_, rest, proven);
}

TestResult judge_plain_or_all(const sema::ResolvedSpec& spec, const sema::Test& test,
                              const hits::Trace& trace) {
    const auto screen = trace.summed ? nullptr : Screen::make(spec, test);
    if (screen != nullptr) {
        for (std::size_t i = 0; i < trace.hits.size() && !screen->gave_up(); ++i)
            screen->take(trace.hits[i]);
        if (auto result = screen->finish(trace.without_hits())) return std::move(*result);
    }
    return judge(spec, test, trace);
}

} // namespace kps::judge
