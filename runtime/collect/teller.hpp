#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/messages.hpp"

#include <cstdint>
#include <functional>
#include <utility>

namespace kps::collect {

using Emit = std::function<void(Message)>;

/// Tells messages of one job.
class Teller {
public:
    Teller(std::uint32_t job, const Emit& emit) : job_(job), emit_(emit) {}

    void operator()(decltype(Message::body) body) const { emit_({job_, std::move(body)}); }
    /// False, so that a step that fails can end with it.
    bool trouble(const Error& error) const {
        (*this)(Trouble{error.message, error.hint});
        return false;
    }
    [[nodiscard]] bool check(const Result<void>& result) const {
        return result ? true : trouble(result.error());
    }

private:
    std::uint32_t job_;
    const Emit& emit_;
};

} // namespace kps::collect
