#pragma once

#include "compiler/plan/plan.hpp"

#include <span>
#include <string_view>

namespace kps::tracefs {

/// The arguments of `kprobe_events` that a fetch becomes, one for each of its parts:
/// `path=+0($arg2):ustring`. With `registers` the arguments of a function are read from these
/// instead of by `$argN`, as far as they go.
std::vector<std::string> arguments(const plan::Fetch& fetch,
                                   std::span<const std::string_view> registers = {});

/// Bytes that the fetch takes in every record, without the text of strings.
std::size_t fixed_size(const plan::Fetch& fetch);

} // namespace kps::tracefs
