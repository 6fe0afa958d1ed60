#pragma once

#include "runtime/hits/ring_buffer_page.hpp"

#include <string>
#include <vector>

namespace kps::hits {

/// Writes sub-buffers as the kernel does (include/linux/ring_buffer.h).
class PageWriter {
public:
    explicit PageWriter(std::uint64_t time_ns, std::size_t size = 4096) : size_(size) {
        put(time_ns, 8);
        put(0, 8);
    }

    PageWriter& put(std::uint64_t value, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            bytes_.push_back(std::byte(value >> 8 * i));
        return *this;
    }
    PageWriter& header(std::uint32_t type, std::uint32_t delta) {
        return put(delta << 5 | type, 4);
    }
    PageWriter& text(const std::string& text) {
        for (const char c : text)
            bytes_.push_back(std::byte(c));
        return *this;
    }
    /// A record with its length in the header word; `data` is filled up to a word.
    PageWriter& record(std::uint32_t delta, std::string data) {
        data.resize((data.size() + 3) / 4 * 4);
        return header(static_cast<std::uint32_t>(data.size() / 4), delta).text(data);
    }
    PageWriter& long_record(std::uint32_t delta, std::string data) {
        data.resize((data.size() + 3) / 4 * 4);
        return header(0, delta).put(data.size() + 4, 4).text(data);
    }
    PageWriter& extend(std::uint64_t delta) {
        return header(30, static_cast<std::uint32_t>(delta & 0x7ffffff)).put(delta >> 27, 4);
    }
    PageWriter& stamp(std::uint64_t time) {
        return header(31, static_cast<std::uint32_t>(time & 0x7ffffff)).put(time >> 27, 4);
    }
    PageWriter& missed(std::optional<std::uint64_t> count) {
        missed_ = true;
        count_ = count;
        return *this;
    }

    [[nodiscard]] std::vector<std::byte> page() const {
        std::vector<std::byte> page = bytes_;
        std::uint64_t commit = bytes_.size() - 16;
        if (missed_) commit |= std::uint64_t{1} << 31;
        if (count_) {
            commit |= std::uint64_t{1} << 30;
            for (std::size_t i = 0; i < 8; ++i)
                page.push_back(std::byte(*count_ >> 8 * i));
        }
        for (std::size_t i = 0; i < 8; ++i)
            page[8 + i] = std::byte(commit >> 8 * i);
        page.resize(size_);
        return page;
    }

private:
    std::size_t size_;
    std::vector<std::byte> bytes_;
    bool missed_ = false;
    std::optional<std::uint64_t> count_;
};

} // namespace kps::hits
