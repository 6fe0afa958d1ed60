#include "compiler/kernel/probeable.hpp"

#include "compiler/kernel/bytes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

namespace kps::kernel {
namespace {

using Bytes = std::span<const std::byte>;

struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    [[nodiscard]] bool contains(std::uint64_t address) const {
        return begin <= address && address < end;
    }
};

struct Boundaries {
    std::string_view begin;
    std::string_view end;
};

constexpr Boundaries text{"_stext", "_etext"};
constexpr Boundaries init{"__init_begin", "__init_end"};
constexpr Boundaries ftrace_sites{"__start_mcount_loc", "__stop_mcount_loc"};
constexpr Boundaries blacklist{"__start_kprobe_blacklist", "__stop_kprobe_blacklist"};
constexpr std::array refused{
    Boundaries{"__kprobes_text_start", "__kprobes_text_end"},
    Boundaries{"__noinstr_text_start", "__noinstr_text_end"},
    Boundaries{"__entry_text_start", "__entry_text_end"},
};
constexpr std::array refused_on_arm64{
    Boundaries{"__irqentry_text_start", "__irqentry_text_end"},
    Boundaries{"__hyp_text_start", "__hyp_text_end"},
    Boundaries{"__hyp_idmap_text_start", "__hyp_idmap_text_end"},
    Boundaries{"__idmap_text_start", "__idmap_text_end"},
};

bool is_text_type(char type) {
    return std::string_view("tTwW").find(type) != std::string_view::npos;
}

/// Addresses by name, of those symbols only that are going to be asked for.
class Addresses {
public:
    explicit Addresses(const Kallsyms& kallsyms) {
        want(text), want(init), want(ftrace_sites), want(blacklist);
        for (const Boundaries& range : refused)
            want(range);
        for (const Boundaries& range : refused_on_arm64)
            want(range);
        for (const RawSymbol& symbol : kallsyms.symbols) {
            const std::string_view name = kallsyms.name_of(symbol);
            if (const auto dot = name.find('.'); dot != std::string_view::npos)
                want(name.substr(0, dot));
        }
        for (const RawSymbol& symbol : kallsyms.symbols)
            if (const auto found = addresses_.find(kallsyms.name_of(symbol));
                found != addresses_.end() && !found->second)
                found->second = symbol.address;
    }

    [[nodiscard]] std::optional<std::uint64_t> of(std::string_view name) const {
        const auto found = addresses_.find(name);
        return found == addresses_.end() ? std::nullopt : found->second;
    }
    [[nodiscard]] std::optional<Range> of(const Boundaries& range) const {
        const auto begin = of(range.begin);
        const auto end = of(range.end);
        return begin && end ? std::optional(Range{*begin, *end}) : std::nullopt;
    }

private:
    void want(std::string_view name) { addresses_.try_emplace(name); }
    void want(const Boundaries& range) { want(range.begin), want(range.end); }

    std::unordered_map<std::string_view, std::optional<std::uint64_t>> addresses_;
};

/// The words of a table between two symbols.
std::vector<std::uint64_t> words(const KernelImage& image, std::optional<Range> range) {
    const Bytes table = range ? image.at(range->begin, range->end - range->begin) : Bytes{};
    std::vector<std::uint64_t> found;
    for (std::uint64_t at = 0; at + 8 <= table.size(); at += 8)
        found.push_back(*read_le<std::uint64_t>(table, at));
    return found;
}

/// The ranges in order and without overlaps, for a search by halves.
std::vector<Range> merged(std::vector<Range> ranges) {
    std::ranges::sort(ranges, {}, &Range::begin);
    std::vector<Range> result;
    for (const Range& range : ranges)
        if (!result.empty() && range.begin <= result.back().end)
            result.back().end = std::max(result.back().end, range.end);
        else
            result.push_back(range);
    return result;
}

class Judge {
public:
    Judge(const KernelImage& image, const Kallsyms& kallsyms)
        : image_(image), addresses_(kallsyms), text_(addresses_.of(text).value_or(Range{})),
          init_(addresses_.of(init).value_or(Range{})) {
        starts_.reserve(kallsyms.symbols.size());
        for (const RawSymbol& symbol : kallsyms.symbols)
            starts_.push_back(symbol.address);
        collect_sites();
        collect_refused();
    }

    /// `first_name`: of the first symbol at the address, by which the kernel knows it.
    [[nodiscard]] ProbeStatus status(std::uint64_t address, std::string_view first_name) const {
        if (init_.contains(address)) return ProbeStatus::init;
        if (!text_.contains(address)) return ProbeStatus::not_text;
        const std::uint64_t whole = without_suffix(first_name).value_or(address);
        if (is_refused(address) || is_refused(whole) || is_bug(address))
            return ProbeStatus::blacklisted;
        if (sites_.empty()) return ProbeStatus::unknown;
        return has_site(address) || has_site(whole) ? ProbeStatus::probeable : ProbeStatus::notrace;
    }

private:
    /// Those of init text, which lies elsewhere, are forgotten when it is freed.
    void collect_sites() {
        for (std::uint64_t site : words(image_, addresses_.of(ftrace_sites))) {
            // CONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS of arm64 lists what lies before the function.
            constexpr std::uint64_t call_ops_size = 8;
            if (image_.architecture() == Architecture::arm64 &&
                std::ranges::binary_search(starts_, site + call_ops_size))
                site += call_ops_size;
            if (text_.contains(site)) sites_.push_back(site);
        }
        std::ranges::sort(sites_);
    }

    void collect_refused() {
        std::vector<Range> ranges;
        for (const std::uint64_t entry : words(image_, addresses_.of(blacklist)))
            ranges.push_back({entry, end_of_symbol(entry)});
        for (const Boundaries& range : refused)
            ranges.push_back(addresses_.of(range).value_or(Range{}));
        if (image_.architecture() == Architecture::arm64)
            for (const Boundaries& range : refused_on_arm64)
                ranges.push_back(addresses_.of(range).value_or(Range{}));
        refused_ = merged(std::move(ranges));
    }

    [[nodiscard]] std::optional<std::uint64_t> without_suffix(std::string_view name) const {
        const auto dot = name.find('.');
        return dot == std::string_view::npos ? std::nullopt : addresses_.of(name.substr(0, dot));
    }
    [[nodiscard]] std::uint64_t end_of_symbol(std::uint64_t address) const {
        const auto next = std::ranges::upper_bound(starts_, address);
        return next == starts_.end() ? address : *next;
    }
    [[nodiscard]] bool is_refused(std::uint64_t address) const {
        const auto after = std::ranges::upper_bound(refused_, address, {}, &Range::begin);
        return after != refused_.begin() && std::prev(after)->contains(address);
    }
    [[nodiscard]] bool has_site(std::uint64_t address) const {
        const auto site = std::ranges::lower_bound(sites_, address);
        return site != sites_.end() && *site < end_of_symbol(address);
    }
    [[nodiscard]] bool is_bug(std::uint64_t address) const {
        constexpr std::uint16_t ud2 = 0x0b0f;
        return image_.architecture() == Architecture::x86_64 &&
               read_le<std::uint16_t>(image_.at(address, 2), 0) == ud2;
    }

    const KernelImage& image_;
    Addresses addresses_;
    Range text_;
    Range init_;
    std::vector<std::uint64_t> starts_; ///< of all symbols, in order
    std::vector<std::uint64_t> sites_;
    std::vector<Range> refused_;
};

} // namespace

void set_probe_status(const KernelImage& image, Kallsyms& kallsyms) {
    const Judge judge(image, kallsyms);
    std::string_view first_name;
    std::uint64_t last = 0;
    for (RawSymbol& symbol : kallsyms.symbols) {
        if (symbol.address != last || first_name.empty()) first_name = kallsyms.name_of(symbol);
        last = symbol.address;
        symbol.probe = is_text_type(symbol.type) ? judge.status(symbol.address, first_name)
                                                 : ProbeStatus::not_text;
    }
}

} // namespace kps::kernel
