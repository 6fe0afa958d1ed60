#include "runtime/collect/bpf_links.hpp"

#include "runtime/collect/bpf_log.hpp"
#include "runtime/collect/fd.hpp"
#include "runtime/collect/files.hpp"
#include "runtime/collect/numbers.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kps::collect {
namespace {

using Kind = Attachment::Kind;
using Target = Attachment::Target;

template <class Options>
Options sized() {
    Options options{};
    options.sz = sizeof options;
    return options;
}

bool is_multi(Kind kind) {
    return kind == Kind::kprobe_multi || kind == Kind::kretprobe_multi;
}

/// Without these libbpf would make events in tracefs, which stay when it is killed.
bool perf_has(const char* probes) {
    const std::string type = std::string("/sys/bus/event_source/devices/") + probes + "/type";
    return ::access(type.c_str(), R_OK) == 0;
}

bpf_link* link_kprobe(const bpf_program* program, const Target& target, bool returns) {
    if (!perf_has("kprobe")) return errno = EOPNOTSUPP, nullptr;
    auto options = sized<bpf_kprobe_opts>();
    options.bpf_cookie = target.cookie;
    options.offset = target.offset;
    options.retprobe = returns;
    return ::bpf_program__attach_kprobe_opts(program, target.symbol.c_str(), &options);
}

bpf_link* link_uprobe(const bpf_program* program, const Target& target, bool returns) {
    if (!perf_has("uprobe")) return errno = EOPNOTSUPP, nullptr;
    constexpr pid_t all = -1;
    auto options = sized<bpf_uprobe_opts>();
    options.bpf_cookie = target.cookie;
    options.retprobe = returns;
    return ::bpf_program__attach_uprobe_opts(program, all, target.symbol.c_str(), target.offset,
                                             &options);
}

bpf_link* link_many(const bpf_program* program, std::span<const Target> targets, bool returns) {
    std::vector<const char*> symbols;
    std::vector<__u64> cookies;
    for (const Target& target : targets) {
        symbols.push_back(target.symbol.c_str());
        cookies.push_back(target.cookie);
    }
    auto options = sized<bpf_kprobe_multi_opts>();
    options.syms = symbols.data();
    options.cookies = cookies.data();
    options.cnt = symbols.size();
    options.retprobe = returns;
    return ::bpf_program__attach_kprobe_multi_opts(program, nullptr, &options);
}

bpf_link* link_traced(const bpf_program* program, const Target& target) {
    auto options = sized<bpf_trace_opts>();
    options.cookie = target.cookie;
    return ::bpf_program__attach_trace_opts(program, &options);
}

/// The event that perf counts for all tasks; which CPU it names does not matter to BPF programs.
Fd open_event(std::uint64_t id) {
    perf_event_attr attributes{};
    attributes.type = PERF_TYPE_TRACEPOINT;
    attributes.size = sizeof attributes;
    attributes.config = id;
    return Fd(static_cast<int>(
        ::syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
}

std::string place_of(const Target& target) {
    std::string place = target.symbol;
    if (!target.event.empty()) place += ":" + target.event;
    if (target.offset != 0) place += "+" + std::to_string(target.offset);
    return place;
}

std::string places_of(std::span<const Target> targets) {
    if (targets.empty() || place_of(targets[0]).empty()) return "what the object names";
    const std::size_t others = targets.size() - 1;
    return place_of(targets[0]) + (others == 0 ? "" : " and " + std::to_string(others) + " others");
}

/// Counted of a link by kernels from 6.7 on, whose `struct bpf_link_info`
/// (include/uapi/linux/bpf.h) is longer than that of the header: 0 if it has no such count.
std::uint64_t missed_of(const bpf_link* link) {
    constexpr std::size_t size_since_6_7 = 56;
    constexpr std::size_t type_of_link = 0;
    constexpr std::size_t type_of_event = 16; // perf_event.type
    constexpr std::size_t of_multi = 32;      // kprobe_multi.missed
    constexpr std::size_t of_event = 48;      // perf_event.kprobe.missed
    constexpr std::uint32_t perf_event = 7;   // BPF_LINK_TYPE_PERF_EVENT
    constexpr std::uint32_t kprobe_multi = 8; // BPF_LINK_TYPE_KPROBE_MULTI
    constexpr std::uint32_t kprobe = 3;       // BPF_PERF_EVENT_KPROBE
    constexpr std::uint32_t kretprobe = 4;    // BPF_PERF_EVENT_KRETPROBE
    std::array<std::byte, 256> info{};
    auto size = static_cast<std::uint32_t>(info.size());
    if (::bpf_obj_get_info_by_fd(::bpf_link__fd(link), info.data(), &size) != 0) return 0;
    if (size < size_since_6_7) return 0;
    const auto at = [&]<class T>(std::size_t offset, T value) {
        std::memcpy(&value, info.data() + offset, sizeof value);
        return value;
    };
    const auto type = at(type_of_link, std::uint32_t{});
    const auto event = at(type_of_event, std::uint32_t{});
    if (type == kprobe_multi) return at(of_multi, std::uint64_t{});
    if (type != perf_event || (event != kprobe && event != kretprobe)) return 0;
    return at(of_event, std::uint64_t{});
}

Result<std::uint64_t> skipped_of(const bpf_program* program) {
    bpf_prog_info info{};
    std::uint32_t size = sizeof info;
    if (::bpf_obj_get_info_by_fd(::bpf_program__fd(program), &info, &size) != 0)
        return fail("the kernel does not tell of a BPF program: " + describe_errno(errno));
    return info.recursion_misses;
}

} // namespace

void BpfLinks::Destroy::operator()(bpf_link* link) const {
    ::bpf_link__destroy(link);
}

auto BpfLinks::link_event(const bpf_program* program, const std::string& group,
                          const std::string& event, std::uint64_t cookie)
    -> std::expected<Link, Refusal> {
    const auto text = tracefs_.read("events/" + group + "/" + event + "/id");
    const auto id = text ? to_number<std::uint64_t>(split(*text, '\n').front()) : std::nullopt;
    if (!id) return std::unexpected(Refusal{ENOENT, {}});
    Fd opened = open_event(*id);
    if (!opened) return std::unexpected(Refusal{errno, {}});
    auto options = sized<bpf_perf_event_opts>();
    options.bpf_cookie = cookie;
    bpf_link* const made = ::bpf_program__attach_perf_event_opts(program, opened.get(), &options);
    if (made == nullptr) return std::unexpected(Refusal{errno, {}});
    opened.release(); // the link closes it
    return Link{{}, {}, Handle(made)};
}

auto BpfLinks::link_returns(const bpf_program* program, std::uint32_t maxactive,
                            const Target& target) -> std::expected<Link, Refusal> {
    const std::string event = "returns_" + std::to_string(links_.size());
    const std::string place =
        target.symbol + (target.offset == 0 ? "" : "+" + std::to_string(target.offset));
    auto refused = events_.define({{"kprobe_events", "r" + std::to_string(maxactive) + ":" +
                                                         group_ + "/" + event + " " + place}});
    if (refused) return std::unexpected(Refusal{refused->error, std::move(refused->error_log)});
    auto made = link_event(program, group_, event, target.cookie);
    if (made) made->event = event;
    return made;
}

auto BpfLinks::link(const bpf_program* program, const Attachment& attachment,
                    std::span<const Target> targets) -> std::expected<Link, Refusal> {
    const Target& target = targets.front();
    bpf_link* made = nullptr;
    switch (attachment.kind) {
    case Kind::kprobe: made = link_kprobe(program, target, false); break;
    case Kind::kretprobe:
        if (attachment.maxactive > 0) return link_returns(program, attachment.maxactive, target);
        made = link_kprobe(program, target, true);
        break;
    case Kind::kprobe_multi: made = link_many(program, targets, false); break;
    case Kind::kretprobe_multi: made = link_many(program, targets, true); break;
    case Kind::fentry:
    case Kind::fexit:
    case Kind::raw_tracepoint: made = link_traced(program, target); break;
    case Kind::tracepoint: return link_event(program, target.symbol, target.event, target.cookie);
    case Kind::uprobe: made = link_uprobe(program, target, false); break;
    case Kind::uretprobe: made = link_uprobe(program, target, true); break;
    }
    if (made == nullptr) return std::unexpected(Refusal{errno, {}});
    return Link{{}, {}, Handle(made)};
}

std::optional<Rejected> BpfLinks::attach(const BpfObject& object,
                                         const std::vector<Attachment>& attachments) {
    for (const Attachment& attachment : attachments) {
        const bpf_program* const program = object.program(attachment.program);
        // a function that the object names needs no target
        const std::vector<Target> none(1);
        std::span<const Target> rest = attachment.targets.empty() ? none : attachment.targets;
        while (!rest.empty()) {
            const auto now = rest.first(is_multi(attachment.kind) ? rest.size() : 1);
            rest = rest.subspan(now.size());
            const BpfLog log;
            auto made = link(program, attachment, now);
            if (!made) {
                const Refusal& refusal = made.error();
                return Rejected{attachment.program, refusal.error,
                                "cannot attach to " + places_of(now) + ": " +
                                    describe_errno(refusal.error) + "\n" + refusal.log + log.end()};
            }
            made->program = attachment.program;
            links_.push_back(std::move(*made));
        }
    }
    return std::nullopt;
}

Result<std::vector<ProgramProfile>> BpfLinks::profile(const BpfObject& object) {
    std::vector<ProgramProfile> profiles;
    const bool has_events =
        std::ranges::any_of(links_, [](const Link& link) { return !link.event.empty(); });
    const auto events = has_events ? events_.profile() : std::vector<ProbeProfile>();
    if (!events) return std::unexpected(events.error());
    for (const std::string& name : object.programs()) {
        const auto skipped = skipped_of(object.program(name));
        if (!skipped) return std::unexpected(skipped.error());
        ProgramProfile& profile = profiles.emplace_back(name, *skipped, 0);
        for (const Link& link : links_) {
            if (link.program != name) continue;
            const auto event = std::ranges::find(*events, link.event, &ProbeProfile::event);
            profile.missed += event == events->end() ? missed_of(link.handle.get()) : event->missed;
        }
    }
    return profiles;
}

Result<void> BpfLinks::detach() {
    links_.clear();
    return events_.remove();
}

} // namespace kps::collect
