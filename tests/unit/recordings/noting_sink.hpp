#pragma once

#include "runtime/recordings/reader.hpp"

#include <fmt/core.h>

namespace kps::recordings {

/// Notes what it is told.
class NotingSink : public HitSink {
public:
    explicit NotingSink(std::vector<Fate> fates) : fates_(std::move(fates)) {}

    Fate begin(const Recording& so_far, const Observed& test) override {
        noted += fmt::format("{} begins; ", test.test);
        return fates_.at(so_far.tests.size());
    }
    bool take(const hits::Trace& hits) override {
        noted += fmt::format("{} hits; ", hits.hits.size());
        return goes_on;
    }
    void end(const Observed& test) override {
        noted += fmt::format("{} ends with {} of its hits; ", test.test, test.trace.hits.size());
    }

    std::string noted;
    bool goes_on = true;

private:
    std::vector<Fate> fates_;
};

} // namespace kps::recordings
