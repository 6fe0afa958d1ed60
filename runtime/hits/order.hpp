#pragma once

#include "runtime/hits/hit.hpp"

namespace kps::hits {

/// Puts hits in the order of time; those of the same time keep theirs. Takes linear time where they
/// are a few ordered parts, as those of one CPU after those of another.
void sort_by_time(std::vector<Hit>& hits);

} // namespace kps::hits
