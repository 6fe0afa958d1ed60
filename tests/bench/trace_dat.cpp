#include "tests/bench/trace_dat.hpp"

#include <map>

namespace kps::bench {

namespace {

constexpr std::size_t page_size = 4096;

void put(std::string& out, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
        out += static_cast<char>(value >> (8 * i) & 0xff);
}

/// With the NUL.
void put_name(std::string& out, const std::string& name) {
    out += name;
    out += '\0';
}

void put_sized(std::string& out, const std::string& text) {
    put(out, text.size(), 8);
    out += text;
}

struct Parts {
    collect::PageFormat page_format;
    std::map<std::string, std::vector<std::string>> formats; ///< by group
    std::vector<std::string> pages;                          ///< by CPU
};

Parts parts_of(const std::vector<collect::Message>& recording) {
    Parts parts;
    for (const collect::Message& message : recording) {
        if (const auto* layout = std::get_if<collect::PageFormat>(&message.body))
            parts.page_format = *layout;
        if (const auto* format = std::get_if<collect::EventFormat>(&message.body))
            parts.formats[format->event.group].push_back(format->text);
        const auto* page = std::get_if<collect::Page>(&message.body);
        if (!page) continue;
        if (page->cpu >= parts.pages.size()) parts.pages.resize(std::size_t{page->cpu} + 1);
        for (const std::byte byte : page->bytes)
            parts.pages[page->cpu] += static_cast<char>(byte);
    }
    return parts;
}

} // namespace

std::string trace_dat(const std::vector<collect::Message>& recording) {
    const Parts parts = parts_of(recording);
    std::string out = "\x17\x08\x44tracing";
    put_name(out, "6");
    put(out, 0, 1); // little-endian
    put(out, 8, 1); // bytes of a long
    put(out, page_size, 4);
    put_name(out, "header_page");
    put_sized(out, parts.page_format.header_page);
    put_name(out, "header_event");
    put_sized(out, parts.page_format.header_event);
    put(out, 0, 4); // events of ftrace itself
    put(out, parts.formats.size(), 4);
    for (const auto& [group, formats] : parts.formats) {
        put_name(out, group);
        put(out, formats.size(), 4);
        for (const std::string& format : formats)
            put_sized(out, format);
    }
    put(out, 0, 4); // symbols
    put(out, 0, 4); // formats of trace_printk
    put(out, 0, 8); // names of tasks
    put(out, parts.pages.size(), 4);
    put_name(out, "flyrecord");
    const std::size_t head = out.size() + 16 * parts.pages.size();
    std::size_t at = (head + page_size - 1) / page_size * page_size;
    for (const std::string& pages : parts.pages) {
        put(out, at, 8);
        put(out, pages.size(), 8);
        at += pages.size();
    }
    out.resize((head + page_size - 1) / page_size * page_size);
    for (const std::string& pages : parts.pages)
        out += pages;
    return out;
}

} // namespace kps::bench
