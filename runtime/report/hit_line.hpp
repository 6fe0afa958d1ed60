#pragma once

#include "runtime/hits/hit.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kps::report {

/// A hit in words, as reports and evidence show it.
struct HitLine {
    std::string where; ///< `+1.204 ms  cpu 1  cat/71`, time since the probes went live
    std::string probe; ///< `open.exit`
    struct Field {
        std::string name;
        std::string value;
        std::optional<std::vector<std::string>> frames = {}; ///< of an array of addresses: each
    };
    std::vector<Field> fields;
};
HitLine hit_line(const sema::ResolvedSpec& spec, const hits::Trace& trace, const hits::Hit& hit);

/// `open.exit  ret=-ENOENT`, the fields named in `marked` between `on` and `off`. Without what
/// `frame_lines` has.
std::string marked_fields(const HitLine& line, const std::vector<std::string>& marked,
                          std::string_view on, std::string_view off);

/// Arrays of addresses, one address a line, each line after `indent`: `stack  vfs_read+0x12`, then
/// the next below it. Empty if there are none.
std::string frame_lines(const HitLine& line, std::string_view indent);

} // namespace kps::report
