#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/bpf_object.hpp"
#include "runtime/collect/teller.hpp"

namespace kps::collect {

/// Tells the contents of `sums`, `losses` and `keys_*`, large maps in several messages. A message
/// has all CPUs' values of its entries, those of a map that is empty have none. Nothing may change
/// the maps meanwhile.
Result<void> tell_maps(const BpfObject& object, const Teller& tell);

} // namespace kps::collect
