// What recordings and kernels take hundreds of megabytes of comes in huge pages where the kernel
// has them on advice: of the time to read a recording half went to faults of small pages.
// Replaces the allocation functions of the program ([replacement.functions]); like the library's
// own they are on top of malloc.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr std::size_t large = std::size_t{4} << 20;

void* checked(void* block, std::size_t size) {
    if (block == nullptr) throw std::bad_alloc();
    if (size < large) return block;
    static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(block) + page - 1) / page * page;
    const std::uintptr_t end = (reinterpret_cast<std::uintptr_t>(block) + size) / page * page;
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE); // refused: small ones
    return block;
}

} // namespace

void* operator new(std::size_t size) {
    return checked(std::malloc(std::max(size, std::size_t{1})), size);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto unit = static_cast<std::size_t>(alignment);
    return checked(std::aligned_alloc(unit, std::max((size + unit - 1) / unit * unit, unit)), size);
}

void operator delete(void* block) noexcept {
    std::free(block);
}

void operator delete(void* block, std::size_t) noexcept {
    std::free(block);
}

void operator delete(void* block, std::align_val_t) noexcept {
    std::free(block);
}

void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
    std::free(block);
}
