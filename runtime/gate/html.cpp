#include "runtime/gate/html.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::gate {

namespace {

/// The buckets of all histograms, the lowest first; counts are not theirs.
std::vector<Histogram::Bucket> common_buckets(std::span<const Histogram* const> together) {
    std::vector<Histogram::Bucket> buckets;
    for (const Histogram* histogram : together)
        buckets.insert(buckets.end(), histogram->buckets.begin(), histogram->buckets.end());
    // negative values have no `from`, and come first
    std::ranges::sort(buckets, {}, &Histogram::Bucket::from);
    const auto repeated = std::ranges::unique(buckets, {}, &Histogram::Bucket::from);
    buckets.erase(repeated.begin(), repeated.end());
    return buckets;
}

std::uint64_t count_of(const Histogram& histogram, const Histogram::Bucket& bucket) {
    const auto found = std::ranges::find(histogram.buckets, bucket.from, &Histogram::Bucket::from);
    return found == histogram.buckets.end() ? 0 : found->count;
}

} // namespace

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '&': result += "&amp;"; break;
        case '<': result += "&lt;"; break;
        case '>': result += "&gt;"; break;
        case '"': result += "&quot;"; break;
        default: result += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
        }
    }
    return result;
}

std::string element(std::string_view name, std::string_view attributes, std::string_view inner) {
    return fmt::format("<{}{}{}>{}</{}>", name, attributes.empty() ? "" : " ", attributes, inner,
                       name);
}

std::string drawing(const Histogram& histogram, std::span<const Histogram* const> together) {
    constexpr std::size_t row_height = 18, label_width = 170, bar_width = 240, count_width = 80;
    const auto buckets = common_buckets(together);
    std::uint64_t most = 1;
    for (const Histogram* one : together)
        for (const Histogram::Bucket& bucket : one->buckets)
            most = std::max(most, bucket.count);
    std::string rows;
    std::string words;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
        const std::uint64_t count = count_of(histogram, buckets[i]);
        const double width =
            static_cast<double>(count) / static_cast<double>(most) * static_cast<double>(bar_width);
        const std::size_t top = i * row_height;
        rows += fmt::format(
            R"(<text x="{}" y="{}" text-anchor="end">{}</text>)"
            R"(<rect x="{}" y="{}" width="{:.1f}" height="{}"/><text x="{:.1f}" y="{}">{}</text>)",
            label_width - 8, top + 13, escaped(buckets[i].text), label_width, top + 3,
            count > 0 ? std::max(width, 1.0) : 0.0, row_height - 6, label_width + width + 6,
            top + 13, count);
        words += fmt::format("{}{}: {}", words.empty() ? "" : ", ", buckets[i].text, count);
    }
    return element("svg",
                   fmt::format(R"(role="img" aria-label="{}" width="{}" height="{}")",
                               escaped(words), label_width + bar_width + count_width,
                               buckets.size() * row_height),
                   rows);
}

} // namespace kps::gate
