#include "runtime/collect/bpf_links.hpp"

#include "runtime/collect/bpf_link_info.hpp"
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

bpf_link* link_perf_kprobe(const bpf_program* program, const Target& target, bool returns) {
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
    return place_of(targets[0]) + (others == 0 ? "" : " and " + std::to_string(others) + " more");
}

std::optional<std::uint64_t> missed_of(const bpf_link* link) {
    std::array<std::byte, 256> info{};
    auto size = static_cast<std::uint32_t>(info.size());
    if (::bpf_obj_get_info_by_fd(::bpf_link__fd(link), info.data(), &size) != 0) return {};
    return missed_in(std::span(info).first(std::min<std::size_t>(size, info.size())));
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

auto BpfLinks::link_kprobe_event(const bpf_program* program, const Attachment& attachment,
                                 const Target& target) -> std::expected<Link, Refusal> {
    const std::string event = "probe_" + std::to_string(links_.size());
    std::string line = attachment.kind == Kind::kprobe ? "p" : "r";
    if (attachment.maxactive > 0) line += std::to_string(attachment.maxactive);
    line += ":" + group_ + "/" + event + " " + target.symbol;
    if (target.offset > 0) line += "+" + std::to_string(target.offset);
    auto refused = events_.define({{"kprobe_events", std::move(line)}});
    if (refused) return std::unexpected(Refusal{refused->error, std::move(refused->error_log)});
    auto made = link_event(program, group_, event, target.cookie);
    if (made) made->event = event;
    return made;
}

auto BpfLinks::link_kprobe(const bpf_program* program, const Attachment& attachment,
                           const Target& target) -> std::expected<Link, Refusal> {
    const bool of_module = target.symbol.contains(':'); // perf wants it to be loaded
    if (attachment.maxactive > 0 || of_module || misses_told_ == false)
        return link_kprobe_event(program, attachment, target);
    Handle made(link_perf_kprobe(program, target, attachment.kind == Kind::kretprobe));
    if (!made) return std::unexpected(Refusal{errno, {}});
    misses_told_ = missed_of(made.get()).has_value();
    if (*misses_told_) return Link{{}, {}, std::move(made)};
    made.reset();
    return link_kprobe_event(program, attachment, target);
}

auto BpfLinks::link(const bpf_program* program, const Attachment& attachment,
                    std::span<const Target> targets) -> std::expected<Link, Refusal> {
    const Target& target = targets.front();
    Handle made;
    switch (attachment.kind) {
    case Kind::kprobe:
    case Kind::kretprobe: return link_kprobe(program, attachment, target);
    case Kind::tracepoint: return link_event(program, target.symbol, target.event, target.cookie);
    case Kind::kprobe_multi: made.reset(link_many(program, targets, false)); break;
    case Kind::kretprobe_multi: made.reset(link_many(program, targets, true)); break;
    case Kind::fentry:
    case Kind::fexit:
    case Kind::raw_tracepoint: made.reset(link_traced(program, target)); break;
    case Kind::uprobe: made.reset(link_uprobe(program, target, false)); break;
    case Kind::uretprobe: made.reset(link_uprobe(program, target, true)); break;
    }
    if (!made) return std::unexpected(Refusal{errno, {}});
    return Link{{}, {}, std::move(made)};
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
            profile.missed +=
                event == events->end() ? missed_of(link.handle.get()).value_or(0) : event->missed;
        }
    }
    return profiles;
}

Result<void> BpfLinks::detach() {
    links_.clear();
    return events_.remove();
}

} // namespace kps::collect
