#include "runtime/cli/huge_heap.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <sys/mman.h>

namespace kps::cli {

void grow_heap_by_huge_pages() {
    constexpr std::size_t page = std::size_t{2} << 20;
    constexpr std::size_t growth = 3 * page;
    // malloc maps the first block of that size by itself; once that is freed it takes such blocks
    // from the heap, which keeps its size when they are freed (mallopt(3), M_MMAP_THRESHOLD)
    ::operator delete(::operator new(growth));
    void* const block = std::malloc(growth);
    if (block == nullptr) return;
    const std::size_t before_page = -reinterpret_cast<std::uintptr_t>(block) % page;
    madvise(static_cast<char*>(block) + before_page, 2 * page,
            MADV_HUGEPAGE); // refused: small ones
    // never written, so that it takes no memory: what is allocated next lies behind it
    [[maybe_unused]] static const void* const skipped = std::realloc(block, before_page);
}

} // namespace kps::cli
