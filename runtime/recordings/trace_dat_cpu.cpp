#include "runtime/recordings/trace_dat_cpu.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::recordings {

CpuRecords::CpuRecords(const hits::PageLayout& layout, const TraceDat& file,
                       const TraceDat::Cpu& cpu, Unpacker& unpack, ForeignTrace& out)
    : layout_(layout), cpu_(cpu), page_size_(file.page_size), unpack_(unpack), out_(out) {
    advance();
}

void CpuRecords::advance() {
    record_.reset();
    do {
        if (page_) record_ = page_->next();
    } while (!record_ && next_page());
    if (record_) ++count_;
}

bool CpuRecords::next_page() {
    if (page_ && page_->damaged())
        out_.lost(cpu(), UINT64_MAX, fmt::format("a damaged page of cpu {}", cpu()));
    page_.reset();
    while (pages_.empty())
        if (!next_pages()) return false;
    const Bytes page = pages_.first(std::min(pages_.size(), page_size_));
    pages_ = pages_.subspan(page.size());
    page_.emplace(layout_, page);
    if (page_->missed())
        out_.lost(cpu(), page_->missed()->count.value_or(UINT64_MAX),
                  fmt::format("ring buffer overrun on cpu {}", cpu()));
    return true;
}

bool CpuRecords::next_pages() {
    if (is_cut_short_ || next_ == cpu_.pages.size()) return false;
    const Packed& packed = cpu_.pages[next_++];
    is_cut_short_ = packed.size > 0 && !unpack_(packed, unpacked_);
    if (!is_cut_short_) pages_ = packed.size > 0 ? Bytes(unpacked_) : packed.bytes;
    return !is_cut_short_;
}

void in_order_of_time(
    std::vector<CpuRecords>& cpus,
    const std::function<bool(std::uint32_t cpu, const hits::RawRecord& record)>& take) {
    const auto is_later = [](const CpuRecords* a, const CpuRecords* b) {
        const std::uint64_t of_a = a->record()->time_ns, of_b = b->record()->time_ns;
        return of_a != of_b ? of_a > of_b : a > b;
    };
    std::vector<CpuRecords*> queue; // the earliest at its front
    for (CpuRecords& cpu : cpus)
        if (cpu.record()) queue.push_back(&cpu);
    std::ranges::make_heap(queue, is_later);
    while (!queue.empty()) {
        std::ranges::pop_heap(queue, is_later);
        CpuRecords& first = *queue.back();
        const CpuRecords* const second = queue.size() > 1 ? queue.front() : nullptr;
        do {
            if (!take(first.cpu(), *first.record())) return;
            first.advance();
        } while (first.record() && (second == nullptr || is_later(second, &first)));
        if (first.record())
            std::ranges::push_heap(queue, is_later);
        else
            queue.pop_back();
    }
}

} // namespace kps::recordings
