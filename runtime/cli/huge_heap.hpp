#pragma once

namespace kps::cli {

/// Has the next megabytes of the heap come in huge pages where the kernel has them on advice.
void grow_heap_by_huge_pages();

} // namespace kps::cli
