#pragma once

#include "runtime/hits/hit.hpp"

#include <unordered_set>

/// Addresses of functions and data of the kernel, by name.
namespace kps::hits {

using Addresses = std::unordered_set<std::uint64_t>;

/// Adds those in a value of type `type`, if it is shown by name.
void add_addresses(const Value& value, const sema::ValueType& type, Addresses& addresses);

/// Those in the fields of hits; `probes[id].fields` are a probe's, with their `type`.
Addresses addresses_in(std::span<const Hit> hits, const auto& probes) {
    Addresses addresses;
    for (const Hit& hit : hits) {
        const auto& fields = probes[hit.probe].fields;
        for (std::size_t i = 0; i < hit.fields.size(); ++i)
            add_addresses(hit.fields[i], fields[i].type, addresses);
    }
    return addresses;
}

/// Names those of `addresses` that lie in a symbol of `kallsyms`, a text as of /proc/kallsyms: from
/// it to the next one; from the last one of a module, or of the kernel, to the end of its page, as
/// nothing tells how long it is and whose the next page is. Of several at one place the first
/// counts, as it does for the kernel. Takes time linear in the text.
SymbolNames name_addresses(const Addresses& addresses, std::string_view kallsyms);

} // namespace kps::hits
