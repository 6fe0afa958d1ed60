#include "compiler/kernel/image_events.hpp"

#include "compiler/kernel/bytes.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace kps::kernel {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t pointer_size = 8;
constexpr std::uint32_t first_offset = 8;                  // sizeof(struct trace_entry)
constexpr std::uint32_t first_argument = 16;               // sizeof(struct syscall_trace_enter)
constexpr std::uint64_t function_type = ~std::uint64_t{0}; // TRACE_FUNCTION_TYPE
// More is damage: of an event, and of all.
constexpr std::size_t most_fields = 128, most_in_all = 200'000, most_events = 50'000;
constexpr std::size_t longest_text = 256;

/// A struct of the kernel, whose members are found by name, those of anonymous members included.
class StructType {
public:
    StructType(const Btf& btf, std::string_view name)
        : btf_(btf), id_(btf.find(TypeKind::struct_type, name)) {}

    [[nodiscard]] bool known() const { return id_.has_value(); }
    [[nodiscard]] std::uint64_t size() const { return id_ ? btf_.size_of(*id_) : 0; }
    /// `name` is a literal.
    [[nodiscard]] std::optional<Member> member(std::string_view name) const {
        const auto [at, is_new] = members_.try_emplace(name);
        int left = most_members;
        if (is_new && id_) at->second = member_of(*id_, name, left, 0);
        return at->second;
    }
    /// Of an integer or pointer.
    [[nodiscard]] std::uint64_t size_of(const Member& member) const {
        return btf_.type(btf_.strip(member.type)).kind == TypeKind::pointer
                   ? pointer_size
                   : btf_.size_of(member.type);
    }

private:
    // Damaged types may hold themselves.
    static constexpr int deepest = 8, most_members = 500;

    [[nodiscard]] std::optional<Member> member_of(TypeId type, std::string_view name, int& left,
                                                  int depth) const {
        if (depth > deepest) return std::nullopt;
        for (Member member : btf_.members(type)) {
            if (left-- <= 0) return std::nullopt;
            if (member.name == name) return member;
            if (!member.name.empty()) continue;
            auto inner = member_of(btf_.strip(member.type), name, left, depth + 1);
            if (!inner) continue;
            inner->bit_offset += member.bit_offset;
            return inner;
        }
        return std::nullopt;
    }

    const Btf& btf_;
    std::optional<TypeId> id_;
    mutable std::map<std::string_view, std::optional<Member>> members_;
};

class EventReader {
public:
    EventReader(const KernelImage& image, const Btf& btf)
        : image_(image), call_(btf, "trace_event_call"), class_(btf, "trace_event_class"),
          fields_(btf, "trace_event_fields"), tracepoint_(btf, "tracepoint"),
          syscall_(btf, "syscall_metadata") {
        for (const auto& found : btf.find_enumerators("TRACE_EVENT_FL_TRACEPOINT"))
            tracepoint_flag_ = static_cast<std::uint64_t>(found.enumerator.value);
    }

    [[nodiscard]] bool ready() const {
        return call_.known() && class_.known() && fields_.size() > 0 && tracepoint_.known() &&
               tracepoint_flag_ != 0;
    }

    [[nodiscard]] std::optional<TraceEvent> read(std::uint64_t call) const {
        const std::uint64_t event_class = value(call_, call, "class");
        const bool is_tracepoint = (value(call_, call, "flags") & tracepoint_flag_) != 0;
        const std::uint64_t name = is_tracepoint
                                       ? value(tracepoint_, value(call_, call, "tp"), "name")
                                       : value(call_, call, "name");
        TraceEvent event{text(value(class_, event_class, "system")), text(name), {}};
        if (event.group.empty() || event.name.empty() || event.group == "ftrace")
            return std::nullopt;
        const bool whole = read_fields(value(class_, event_class, "fields_array"), event);
        if (!whole && !read_arguments(value(call_, call, "data"), event)) return std::nullopt;
        return event;
    }

private:
    [[nodiscard]] std::uint64_t value(const StructType& type, std::uint64_t address,
                                      std::string_view name) const {
        const auto member = type.member(name);
        if (!member || address == 0) return 0;
        const std::uint64_t size = type.size_of(*member);
        const Bytes bytes = image_.at(address + member->bit_offset / 8, size);
        std::uint64_t bits = 0;
        for (std::size_t i = std::min<std::size_t>(bytes.size(), 8); i-- > 0;)
            bits = bits << 8 | std::to_integer<std::uint64_t>(bytes[i]);
        if (member->bit_size == 0 || member->bit_size >= 64) return bits;
        return bits >> (member->bit_offset % 8) & ((std::uint64_t{1} << member->bit_size) - 1);
    }

    [[nodiscard]] std::string text(std::uint64_t address) const {
        const Bytes bytes = image_.from(address);
        return std::string(c_string(bytes.first(std::min(bytes.size(), longest_text)), 0));
    }

    /// False if a function defines what follows.
    [[nodiscard]] bool read_fields(std::uint64_t array, TraceEvent& event) const {
        std::uint64_t offset = first_offset;
        for (std::size_t i = 0; i < most_fields; ++i, array += fields_.size()) {
            const std::uint64_t type = value(fields_, array, "type");
            if (type == 0) return true;
            if (type == function_type) return false;
            const std::uint64_t align = std::max<std::uint64_t>(value(fields_, array, "align"), 1);
            const std::uint64_t size = value(fields_, array, "size");
            offset = (offset + align - 1) / align * align;
            event.fields.push_back({text(type), text(value(fields_, array, "name")),
                                    static_cast<std::uint32_t>(offset),
                                    static_cast<std::uint32_t>(size),
                                    value(fields_, array, "is_signed") != 0});
            offset += size;
        }
        return false;
    }

    /// The arguments of a system call, each in eight bytes.
    [[nodiscard]] bool read_arguments(std::uint64_t metadata, TraceEvent& event) const {
        if (event.group != "syscalls" || !syscall_.known()) return false;
        const std::uint64_t count = value(syscall_, metadata, "nb_args") & 0xff;
        const std::uint64_t types = value(syscall_, metadata, "types");
        const std::uint64_t names = value(syscall_, metadata, "args");
        for (std::uint64_t i = 0; i < count; ++i)
            event.fields.push_back({text(pointer(types + i * pointer_size)),
                                    text(pointer(names + i * pointer_size)),
                                    static_cast<std::uint32_t>(first_argument + i * pointer_size),
                                    pointer_size, false});
        return true;
    }

    [[nodiscard]] std::uint64_t pointer(std::uint64_t address) const {
        return read_le<std::uint64_t>(image_.at(address, pointer_size), 0).value_or(0);
    }

    const KernelImage& image_;
    StructType call_, class_, fields_, tracepoint_, syscall_;
    std::uint64_t tracepoint_flag_ = 0;
};

std::uint64_t address_of(const Kallsyms& kallsyms, std::string_view name) {
    const auto found = std::ranges::find_if(kallsyms.symbols, [&](const RawSymbol& symbol) {
        return kallsyms.name_of(symbol) == name;
    });
    return found == kallsyms.symbols.end() ? 0 : found->address;
}

/// Names of the system calls that the table of the kernel's own architecture leads to, without
/// `sys_`; the others have no events (`init_ftrace_syscalls`, kernel/trace/trace_syscalls.c). What
/// follows the table in memory are tables of other names.
std::set<std::string_view> callable(const KernelImage& image, const Kallsyms& kallsyms) {
    constexpr std::uint64_t most = 1024;
    const Bytes table = image.from(address_of(kallsyms, "sys_call_table"));
    std::set<std::uint64_t> targets;
    for (std::uint64_t i = 0; i < std::min(most, table.size() / pointer_size); ++i)
        targets.insert(load_le<std::uint64_t>(table, i * pointer_size));
    std::set<std::string_view> names;
    for (const RawSymbol& symbol : kallsyms.symbols) {
        if (!targets.contains(symbol.address)) continue;
        for (const std::string_view prefix : {"__x64_sys_", "__arm64_sys_"})
            if (const auto name = kallsyms.name_of(symbol); name.starts_with(prefix))
                names.insert(name.substr(prefix.size()));
    }
    names.erase("ni_syscall");
    return names;
}

bool is_there(const TraceEvent& event, const std::set<std::string_view>& calls) {
    if (event.group != "syscalls") return true;
    std::string_view name = event.name;
    for (const std::string_view prefix : {"sys_enter_", "sys_exit_"})
        if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    return calls.contains(name);
}

} // namespace

std::vector<TraceEvent> read_events(const KernelImage& image, const Kallsyms& kallsyms,
                                    const Btf& btf) {
    const std::uint64_t begin = address_of(kallsyms, "__start_ftrace_events");
    const std::uint64_t end = address_of(kallsyms, "__stop_ftrace_events");
    const EventReader reader(image, btf);
    if (begin == 0 || end < begin || !reader.ready()) return {};
    const Bytes table = image.at(begin, end - begin);
    const std::set<std::string_view> calls = callable(image, kallsyms);
    std::vector<TraceEvent> events;
    std::size_t fields = 0;
    const std::size_t count = std::min<std::size_t>(table.size() / pointer_size, most_events);
    for (std::size_t i = 0; i < count && fields < most_in_all; ++i) {
        auto event = reader.read(load_le<std::uint64_t>(table, i * pointer_size));
        if (!event || !is_there(*event, calls)) continue;
        fields += event->fields.size();
        events.push_back(std::move(*event));
    }
    std::ranges::sort(events, {}, [](const TraceEvent& event) {
        return std::pair(std::string_view(event.group), std::string_view(event.name));
    });
    return events;
}

} // namespace kps::kernel
