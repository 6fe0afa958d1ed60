#include "completions.hpp"

#include "tests/unit/judge/world.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace kps::completions {

using judge::World;
using reference::Condition;
using reference::Form;
using reference::StreamName;
using reference::Use;

namespace {

using Values = std::set<std::int64_t>;

constexpr std::int64_t fresh = 40;
constexpr std::uint64_t step_ns = unit_ns / 4; // between any two times at which something changes

std::vector<Use> uses_of(const Form& form) {
    std::vector<Use> uses = form.uses;
    uses.insert(uses.end(), form.machine.events.begin(), form.machine.events.end());
    if (form.scope) {
        uses.push_back(form.scope->first);
        if (form.scope->kind >= Form::Scope::Kind::between) uses.push_back(form.scope->second);
    }
    return uses;
}

bool is_of_calls(const Use& use) {
    return use.stream == StreamName::open;
}
bool is_of_spans(const Use& use) {
    return use.stream == StreamName::wait;
}

std::set<std::uint32_t> probes_of(const Form& form) {
    std::set<std::uint32_t> probes;
    for (const Use& use : uses_of(form))
        probes.merge(reference::probes_of(use.stream));
    return probes;
}

/// What the lost hits of one case may be.
class Domain {
public:
    Domain(const Form& form, const hits::Trace& seen) : form_(form), seen_(seen) {
        for (const Use& use : uses_of(form)) {
            for (const Condition& condition : use.where)
                ask(condition);
            if (is_of_spans(use))
                for (const std::int64_t value : {1, 2})
                    ask({"value", sema::BinaryOp::equal, value});
            if (is_of_spans(use)) add_new("id");
            if (is_of_calls(use)) add_new("tid");
        }
        if (form.kind == Form::Kind::every) ask(form.condition);
        for (const std::string& field : form.key)
            add_new(field);
        if (form.kind == Form::Kind::distinct) add_new(form.field);
        if (form.kind == Form::Kind::aggregate) ask_measure();
        add_seen();
    }

    [[nodiscard]] std::vector<hits::Hit> hits_of(const hits::Loss& loss) {
        std::vector<hits::Hit> all;
        for (const std::uint32_t probe : probes_of(form_))
            if (!loss.probe || loss.probe->value == probe) add_hits(loss, probe, all);
        return all;
    }

private:
    void ask(const Condition& condition) {
        for (const std::int64_t near : {-1, 0, 1})
            wanted_[condition.field].insert(condition.bound + near);
    }
    void add_new(const std::string& field) {
        wanted_[field].insert(fresh);
        wanted_[field].insert(fresh + 1);
    }

    /// Values by which a sum or a mean comes to any place beside the bounds, and the extremes.
    void ask_measure() {
        Values& values = wanted_[form_.field];
        for (std::int64_t value = -24; value <= 24; ++value)
            values.insert(value);
        if (form_.field == "value") values.insert({INT32_MIN, INT32_MAX});
        if (form_.field == "flags") values.insert(UINT32_MAX);
        if (form_.field == "ret") values.insert({INT64_MIN, INT64_MAX});
    }

    void add_seen() {
        for (const hits::Hit& hit : seen_.hits) {
            if (wanted_.contains("tid")) wanted_["tid"].insert(hit.tid);
            const auto names = fields_of(hit.probe.value);
            for (std::size_t i = 0; i < names.size(); ++i)
                if (const auto* bits = std::get_if<std::uint64_t>(&hit.fields[i]))
                    if (wanted_.contains(names[i]))
                        wanted_[names[i]].insert(static_cast<std::int64_t>(*bits));
        }
        // 0 is a tid of which each CPU has one
        if (wanted_.contains("tid"))
            std::erase_if(wanted_["tid"], [](auto tid) { return tid < 1; });
    }

    static std::vector<std::string> fields_of(std::uint32_t probe) {
        if (probe == 0) return {"path", "flags"};
        return probe == 1 ? std::vector<std::string>{"ret"}
                          : std::vector<std::string>{"value", "id"};
    }

    [[nodiscard]] std::vector<hits::Value> values_of(const std::string& field) const {
        const auto found = wanted_.find(field);
        if (field == "path" && found != wanted_.end()) return {"a", "b", "c", "d"};
        if (field == "path") return {"a"};
        if (found == wanted_.end()) return {std::uint64_t{0}};
        std::vector<hits::Value> values;
        for (const std::int64_t value : found->second)
            if (value >= 0 || field == "value" || field == "ret")
                values.emplace_back(static_cast<std::uint64_t>(value));
        return values;
    }

    [[nodiscard]] std::vector<std::uint64_t> times_of(const hits::Loss& loss) const {
        if (!depends_on_order(form_)) return {loss.begin_ns};
        std::vector<std::uint64_t> times;
        for (auto at = loss.begin_ns; at <= std::min(loss.end_ns, seen_.end_ns); at += step_ns)
            times.push_back(at);
        return times;
    }

    void add_hits(const hits::Loss& loss, std::uint32_t probe, std::vector<hits::Hit>& all) {
        std::vector<std::vector<hits::Value>> fields = {{}};
        for (const std::string& name : fields_of(probe)) {
            std::vector<std::vector<hits::Value>> longer;
            for (const auto& first : fields)
                for (const hits::Value& value : values_of(name)) {
                    longer.push_back(first);
                    longer.back().push_back(value);
                }
            fields = std::move(longer);
        }
        const Values tids = wanted_.contains("tid") ? wanted_.at("tid") : Values{fresh};
        for (const auto& values : fields) {
            const auto kept = judge::keep(kept_, values);
            for (const std::uint64_t time : times_of(loss))
                for (const std::int64_t tid : tids)
                    for (const std::uint32_t cpu : {0U, 1U})
                        if (cpu == 0 || depends_on_order(form_))
                            all.push_back({sema::ProbeId{probe}, time, cpu,
                                           static_cast<std::uint32_t>(tid),
                                           static_cast<std::uint32_t>(tid), "cat", kept});
        }
    }

    const Form& form_;
    const hits::Trace& seen_;
    std::map<std::string, Values> wanted_; ///< what fields may be, of those that matter
    hits::Trace kept_;                     ///< has the values
};

/// Whether nothing else is missing: no return of an entry whose task went on to a later call and
/// returned from that, and in a workload no entry of a return.
bool is_complete(const hits::Trace& trace, sema::HitScope scope) {
    struct Task {
        std::vector<std::size_t> open;
        std::size_t last_ended = 0;
    };
    std::map<std::uint32_t, Task> tasks;
    for (std::size_t i = 0; i < trace.hits.size(); ++i) {
        Task& task = tasks[trace.hits[i].tid];
        if (trace.hits[i].probe == World::enter_probe) task.open.push_back(i);
        if (trace.hits[i].probe != World::exit_probe) continue;
        if (task.open.empty() && scope == sema::HitScope::workload) return false;
        if (task.open.empty()) continue;
        task.last_ended = std::max(task.last_ended, task.open.back());
        task.open.pop_back();
    }
    return std::ranges::none_of(tasks, [](const auto& of) {
        return !of.second.open.empty() && of.second.open.front() < of.second.last_ended;
    });
}

class Completer {
public:
    Completer(const Form& form, const hits::Trace& seen, sema::HitScope scope,
              const std::function<bool(const hits::Trace&)>& look)
        : scope_(scope), look_(look), domain_(form, seen), trace_(seen) {
        trace_.losses.clear();
        for (const hits::Loss& loss : seen.losses) {
            const auto hits = domain_.hits_of(loss);
            for (std::uint64_t i = 0; i < loss.count; ++i)
                lost_.push_back({hits, i > 0});
        }
    }

    void operator()() { complete(0, 0); }

private:
    /// One hit that may have been lost.
    struct Lost {
        std::vector<hits::Hit> any_of;
        bool is_like_last = false; ///< of the same loss as the one before, so that either is first
    };

    /// False to stop. `first`: where to begin if it is like the last.
    bool complete(std::size_t next, std::size_t first) {
        if (next == lost_.size()) return !is_complete(trace_, scope_) || look_(trace_);
        const Lost& lost = lost_[next];
        // none of the rest of this loss
        std::size_t other = next + 1;
        while (other < lost_.size() && lost_[other].is_like_last)
            ++other;
        if (!complete(other, 0)) return false;
        for (std::size_t i = lost.is_like_last ? first : 0; i < lost.any_of.size(); ++i)
            if (!insert(lost.any_of[i], next, i)) return false;
        return true;
    }

    /// At the same time both orders.
    bool insert(const hits::Hit& hit, std::size_t next, std::size_t i) {
        const auto [begin, end] =
            std::ranges::equal_range(trace_.hits, hit.time_ns, {}, &hits::Hit::time_ns);
        const auto first = begin - trace_.hits.begin();
        const auto last = end - trace_.hits.begin();
        for (auto at = first; at <= last; ++at) {
            trace_.hits.insert(trace_.hits.begin() + at, hit);
            const bool go_on = complete(next + 1, i);
            trace_.hits.erase(trace_.hits.begin() + at);
            if (!go_on) return false;
        }
        return true;
    }

    sema::HitScope scope_;
    const std::function<bool(const hits::Trace&)>& look_;
    Domain domain_;
    std::vector<Lost> lost_;
    hits::Trace trace_;
};

} // namespace

bool depends_on_order(const Form& form) {
    return form.kind >= Form::Kind::then || form.scope ||
           !std::ranges::all_of(form.uses, reference::is_of_hits, &Use::stream);
}

void each_of(const Form& form, const hits::Trace& seen, sema::HitScope scope,
             const std::function<bool(const hits::Trace&)>& look) {
    Completer(form, seen, scope, look)();
}

} // namespace kps::completions
