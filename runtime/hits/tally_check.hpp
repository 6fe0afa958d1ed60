#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace kps::hits {

/// Tells which hits of one probe on one CPU have a tally (see `plan::Probe::tally`) and no record.
/// Which of the two a hit makes first depends on how the kernel lists them, but one of them always
/// is: the one with which fewer events are without their tally, which is too small to be dropped;
/// else the one with which the two of a hit are nearer to each other than to those of the next.
class TallyCheck {
public:
    /// The next record, of the probe's event or of its tally.
    void take(std::uint64_t time_ns, bool is_tally);
    /// Records were lost here, so that halves of a hit may stand alone.
    void gap();

    struct Interval {
        std::uint64_t begin_ns = 0;
        std::uint64_t end_ns = 0;
    };
    /// Each missing record once: it lies between the times of the records beside its tally. Nothing
    /// follows.
    std::vector<Interval> finish();

private:
    struct Seen {
        std::uint64_t time_ns = 0;
        bool is_tally = false;
    };
    void judge(const std::optional<Seen>& next, bool gap_follows);

    std::optional<Seen> before_; // the record before `at_`
    std::optional<Seen> at_;     // the last one, not yet judged
    bool after_gap_ = false;     // and not after `before_`
    // By what is first: the event, the tally.
    std::vector<Interval> missing_[2];
    std::uint64_t impossible_[2] = {0, 0}; // events without a tally
    std::uint64_t apart_ns_[2] = {0, 0};   // from the one to the other
    std::uint64_t count_[2] = {0, 0};
};

} // namespace kps::hits
