#pragma once

#include "compiler/plan/plan.hpp"

namespace kps::tracefs {

/// The arguments of `kprobe_events` that a fetch becomes, one for each of its parts:
/// `path=+0($arg2):ustring`.
std::vector<std::string> arguments(const plan::Fetch& fetch);

/// Bytes that the fetch takes in every record, without the text of strings.
std::size_t fixed_size(const plan::Fetch& fetch);

} // namespace kps::tracefs
