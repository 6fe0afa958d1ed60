#pragma once

#include "world.hpp"

#include <functional>
#include <gmock/gmock.h>

/// Cases of forms that follow keys: a trace and its verdict.
namespace kps::judge {

struct Case {
    const char* what;
    std::function<void(World&)> trace;
    Verdict verdict;
};

template <class Form>
void check(const std::function<Form(World&)>& form, const std::vector<Case>& cases,
           sema::HitScope scope = sema::HitScope::workload) {
    for (const Case& c : cases) {
        World w;
        w.test.scope = scope;
        c.trace(w);
        EXPECT_EQ(w.judge(form(w)).verdict, c.verdict) << c.what;
    }
}

/// Ticks of a value, by id.
inline sema::KeyedUse ticks(World& w, std::int64_t value) {
    return {w.use(w.tick, {w.compare(w.tick, "value", sema::BinaryOp::equal, value)}),
            {w.field(w.tick, "id")}};
}
inline sema::KeyedUse opens(World& w) {
    return {w.use(w.open), {w.field(w.open, "tid")}};
}
inline sema::KeyedUse ticks_of_task(World& w) {
    return {w.use(w.tick), {w.field(w.tick, "tid")}};
}

} // namespace kps::judge
