#pragma once

#include "runtime/collect/messages.hpp"
#include "runtime/hits/symbol_names.hpp"

/// Reads the maps that a BPF object summed up in (compiler/plan/kernel_work.hpp).
namespace kps::hits {

/// For `work`, with all words 0.
Summed nothing_summed(plan::KernelWork work);

/// Adds what `map` holds to `summed`, if it is `sums` or one of `keys_N`. Fails if it is not as
/// `summed.work` has it.
Result<void> add_sums(Summed& summed, const sema::ResolvedSpec& spec,
                      const collect::MapContents& map, Storage& storage);

/// Adds the addresses in its keys that are shown by name.
void add_addresses(const Summed& summed, const sema::ResolvedSpec& spec, Addresses& addresses);

/// Reads the map `losses`: one loss for each probe that lost hits. Fails if it is of another size
/// or about other probes.
Result<std::vector<Loss>> read_losses(const sema::ResolvedSpec& spec,
                                      const collect::MapContents& map);

/// The losses that a program's counters tell of. `job` has a BPF object.
std::vector<Loss> losses_of(const sema::ResolvedSpec& spec, const collect::Job& job,
                            const collect::ProgramProfile& profile);

} // namespace kps::hits
