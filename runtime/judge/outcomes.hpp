#pragma once

#include "runtime/judge/findings.hpp"

#include <array>

namespace kps::judge {

/// What came of the parts that a form judges one by one: hits, calls or keys.
class Outcomes {
public:
    /// Why it cannot be told of a part.
    enum class Cause : std::uint8_t {
        lost,    ///< what was lost may turn it around
        earlier, ///< what was before the probes went live may
        room,    ///< its key is beyond those that are followed
        doubt,   ///< a value, or an order, is not known
    };

    struct Shown {
        std::string key; ///< `tid 71`
        Evidence evidence;
    };
    void met() { ++met_; }
    /// `show` makes a `Shown`; it is asked for the first ones only.
    void broken(const auto& show) {
        if (broken_++ < max_evidence) shown_broken_.push_back(show());
    }
    void open(Cause cause, const auto& show) {
        ++open_.at(static_cast<std::size_t>(cause));
        if (shown_open_.size() < max_evidence) shown_open_.push_back(show());
    }

    /// What all parts have in common.
    struct Form {
        std::string failure;      ///< `without what must come before`
        std::string_view noun;    ///< what a part is: `hit`
        const std::string& what;  ///< the words of the stream without which nothing is shown
        const Selection& subject; ///< of that stream
        const Losses& missing;    ///< of that stream
        const Losses& breaking;   ///< what was lost by them may be a broken part
        const Losses& mending;    ///< what was lost by them may be what parts lack
        Doubt doubt;
    };
    /// FAIL if a part is broken, INCONCLUSIVE if one is open or may have been lost, else PASS
    /// unless there was nothing to judge.
    [[nodiscard]] Finding conclude(const Form& form) &&;

private:
    [[nodiscard]] Tainted tainted(std::size_t lost, const Form& form) const;
    static void show(Finding& finding, std::vector<Shown>& shown, std::size_t count);

    std::size_t met_ = 0;
    std::size_t broken_ = 0;
    std::array<std::size_t, 4> open_{}; ///< by cause
    std::vector<Shown> shown_broken_;   ///< at most `max_evidence`
    std::vector<Shown> shown_open_;
};

} // namespace kps::judge
