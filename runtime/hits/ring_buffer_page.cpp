#include "runtime/hits/ring_buffer_page.hpp"

#include "runtime/hits/event_format.hpp"

#include <algorithm>

namespace kps::hits {

namespace {

// kernel/trace/ring_buffer.c
constexpr std::uint64_t missed_events = std::uint64_t{1} << 31; // RB_MISSED_EVENTS
constexpr std::uint64_t missed_stored = std::uint64_t{1} << 30; // RB_MISSED_STORED
constexpr std::uint64_t commit_mask = missed_stored - 1;
constexpr std::size_t missed_size = 8;
// include/linux/ring_buffer.h
constexpr std::uint32_t type_padding = 29;
constexpr std::uint32_t type_time_extend = 30;
constexpr std::uint32_t type_time_stamp = 31;
constexpr unsigned delta_bits = 27;
constexpr std::size_t word = 4;
// An absolute time stamp has 59 bits; the rest is that of the time before (rb_fix_abs_ts).
constexpr unsigned time_bits = 59;
constexpr std::uint64_t time_top = ~((std::uint64_t{1} << time_bits) - 1);

} // namespace

Result<PageLayout> parse_page_layout(std::string_view header_page, std::string_view header_event) {
    const auto fields = parse_fields(header_page);
    if (!fields) return std::unexpected(fields.error());
    const auto find = [&](std::string_view name) {
        const auto found = std::ranges::find(*fields, name, &EventField::name);
        return found == fields->end() ? nullptr : &*found;
    };
    const EventField* time = find("timestamp");
    const EventField* commit = find("commit");
    const EventField* data = find("data");
    if (!time || !commit || !data || time->size != 8 || (commit->size != 8 && commit->size != 4))
        return fail("the kernel's `events/header_page` is not understood");
    for (const std::string_view line :
         {"type_len    :    5 bits", "time_delta  :   27 bits", "padding     : type == 29",
          "time_extend : type == 30", "data max type_len  == 28"})
        if (!header_event.contains(line))
            return fail("the kernel's `events/header_event` is not understood: it lacks `" +
                        std::string(line) + "`");
    return PageLayout{time->offset, commit->offset, commit->size, data->offset};
}

PageReader::PageReader(const PageLayout& layout, Bytes page) {
    const auto time = read_integer(page, layout.time_offset, 8);
    const auto commit = read_integer(page, layout.commit_offset, layout.commit_size);
    if (!time || !commit || layout.data_offset > page.size()) {
        damaged_ = true;
        return;
    }
    time_ = *time;
    data_ = page.subspan(layout.data_offset);
    const std::size_t size = *commit & commit_mask;
    if ((*commit & missed_events) != 0) {
        missed_.emplace();
        if ((*commit & missed_stored) != 0) missed_->count = read_integer(data_, size, missed_size);
    }
    if (size > data_.size()) damaged_ = true;
    data_ = data_.first(std::min(size, data_.size()));
}

std::optional<RawRecord> PageReader::next() {
    while (at_ < data_.size()) {
        const auto header = read_integer(data_, at_, word);
        if (!header) {
            stop(true);
            break;
        }
        at_ += word;
        const auto type_len = static_cast<std::uint32_t>(*header & 31);
        const auto delta = static_cast<std::uint32_t>(*header >> 5);
        bool more = true;
        if (type_len == type_padding)
            more = skip_padding(delta);
        else if (type_len == type_time_extend || type_len == type_time_stamp)
            more = take_time(type_len == type_time_stamp, delta);
        else
            return data(type_len, delta);
        if (!more) break;
    }
    return std::nullopt;
}

bool PageReader::stop(bool damaged) {
    damaged_ = damaged_ || damaged;
    at_ = data_.size();
    return false;
}

/// The length of a longer record stands in its first word, and counts that word.
std::optional<RawRecord> PageReader::data(std::uint32_t type_len, std::uint32_t delta) {
    std::size_t length = type_len * word;
    if (type_len == 0) {
        const auto stored = read_integer(data_, at_, word);
        if (!stored || *stored < word) {
            stop(true);
            return std::nullopt;
        }
        at_ += word;
        length = *stored - word;
    }
    if (length > data_.size() - at_) {
        stop(true);
        return std::nullopt;
    }
    time_ += delta;
    const RawRecord record{time_, data_.subspan(at_, length)};
    at_ += (length + word - 1) / word * word;
    return record;
}

/// Without a time it fills the rest of the page; with one it is a discarded record, whose time
/// counts unless it is 1, put there in place of 0.
bool PageReader::skip_padding(std::uint32_t delta) {
    if (delta == 0) return stop(false);
    const auto length = read_integer(data_, at_, word);
    if (!length || *length > data_.size() - at_) return stop(true);
    if (delta != 1) time_ += delta;
    at_ += std::max<std::size_t>(*length, word);
    return true;
}

bool PageReader::take_time(bool absolute, std::uint32_t low) {
    const auto high = read_integer(data_, at_, word);
    if (!high) return stop(true);
    at_ += word;
    const std::uint64_t value = (*high << delta_bits) + low;
    if (!absolute) {
        time_ += value;
        return true;
    }
    std::uint64_t stamp = value | (time_ & time_top);
    if ((time_ & time_top) != 0 && stamp < time_) stamp += std::uint64_t{1} << time_bits;
    time_ = stamp;
    return true;
}

} // namespace kps::hits
