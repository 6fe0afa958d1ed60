#include "runtime/collect/wire.hpp"

#include "runtime/collect/crc32.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <limits>
#include <type_traits>

namespace kps::collect {
namespace {

constexpr std::uint32_t request_magic = 0x7153504B; // "KPSq"
constexpr std::uint32_t message_magic = 0x6D53504B; // "KPSm"
constexpr std::size_t header_size = 12;

template <class T>
constexpr std::uint32_t magic_of = std::same_as<T, Request> ? request_magic : message_magic;

template <class E>
constexpr E last_of = E{};
template <>
constexpr Scope last_of<Scope> = Scope::system;
template <>
constexpr Attachment::Kind last_of<Attachment::Kind> = Attachment::Kind::uretprobe;
template <>
constexpr Phase last_of<Phase> = Phase::drained;
template <>
constexpr CommandRole last_of<CommandRole> = CommandRole::cleanup;

/// The fields of `v` in wire order, for both directions: `archive` is a Writer or a Parser, and
/// takes each of them.
template <class A, class T>
using In = std::conditional_t<A::writes, const T, T>;

template <class A>
void fields(A& archive, In<A, Command>& v) {
    archive(v.text, v.user, v.limit_ns);
}
template <class A>
void fields(A& archive, In<A, Event>& v) {
    archive(v.group, v.name);
}
template <class A>
void fields(A& archive, In<A, Definition>& v) {
    archive(v.file, v.line);
}
template <class A>
void fields(A& archive, In<A, Attachment::Target>& v) {
    archive(v.symbol, v.event, v.offset, v.cookie);
}
template <class A>
void fields(A& archive, In<A, Attachment>& v) {
    archive(v.program, v.kind, v.targets, v.maxactive);
}
template <class A>
void fields(A& archive, In<A, BpfJob>& v) {
    archive(v.object, v.attach, v.cgroup);
}
template <class A>
void fields(A& archive, In<A, Job>& v) {
    archive(v.id, v.instance, v.group, v.define, v.enable, v.bpf, v.scope, v.setup, v.background,
            v.run, v.watch_ns, v.drain_ns, v.cleanup, v.buffer_kib_per_cpu, v.limit_ns,
            v.names_symbols);
}
template <class A>
void fields(A& archive, In<A, Cancel>& v) {
    archive(v.job);
}
template <class A>
void fields(A&, In<A, PowerOff>&) {}
template <class A>
void fields(A& archive, In<A, Hello>& v) {
    archive(v.version, v.release, v.cpus, v.features);
}
template <class A>
void fields(A& archive, In<A, EventFormat>& v) {
    archive(v.event, v.text);
}
template <class A>
void fields(A& archive, In<A, PageFormat>& v) {
    archive(v.header_page, v.header_event);
}
template <class A>
void fields(A& archive, In<A, Page>& v) {
    archive(v.cpu, v.bytes);
}
template <class A>
void fields(A& archive, In<A, Mark>& v) {
    archive(v.phase, v.time_ns, v.tid);
}
template <class A>
void fields(A& archive, In<A, ToldUntil>& v) {
    archive(v.time_ns);
}
template <class A>
void fields(A& archive, In<A, CommandEnded>& v) {
    archive(v.role, v.index, v.exit_status, v.signal, v.timed_out, v.duration_ns, v.output);
}
template <class A>
void fields(A& archive, In<A, CpuStats>& v) {
    archive(v.cpu, v.entries, v.overrun, v.commit_overrun, v.dropped, v.read);
}
template <class A>
void fields(A& archive, In<A, ProbeProfile>& v) {
    archive(v.event, v.hits, v.missed);
}
template <class A>
void fields(A& archive, In<A, Refused>& v) {
    archive(v.index, v.error, v.error_log);
}
template <class A>
void fields(A& archive, In<A, Trouble>& v) {
    archive(v.message, v.hint);
}
template <class A>
void fields(A& archive, In<A, Done>& v) {
    archive(v.complete);
}

template <class A>
void fields(A& archive, In<A, Samples>& v) {
    archive(v.bytes);
}
template <class A>
void fields(A& archive, In<A, MapContents::Entry>& v) {
    archive(v.key, v.value);
}
template <class A>
void fields(A& archive, In<A, MapContents>& v) {
    archive(v.map, v.cpus, v.entries);
}
template <class A>
void fields(A& archive, In<A, ProgramProfile>& v) {
    archive(v.program, v.skipped, v.missed);
}
template <class A>
void fields(A& archive, In<A, Rejected>& v) {
    archive(v.program, v.error, v.log);
}
template <class A>
void fields(A& archive, In<A, KernelSymbols>& v) {
    archive(v.text);
}

class Writer {
public:
    static constexpr bool writes = true;
    explicit Writer(std::vector<std::byte>& out) : out_(out) {}

    void operator()(const auto&... values) { (put(values), ...); }

private:
    template <std::integral T>
    void put(T value) {
        using Unsigned = std::make_unsigned_t<std::conditional_t<sizeof(T) == 1, char, T>>;
        const auto bits = static_cast<Unsigned>(value);
        for (std::size_t i = 0; i < sizeof(T); ++i)
            out_.push_back(static_cast<std::byte>(bits >> (8 * i)));
    }
    template <class E>
        requires std::is_enum_v<E>
    void put(E value) {
        put(static_cast<std::underlying_type_t<E>>(value));
    }
    void put(const std::string& text) {
        put(static_cast<std::uint32_t>(text.size()));
        const auto bytes = std::as_bytes(std::span(text));
        out_.insert(out_.end(), bytes.begin(), bytes.end());
    }
    void put(const std::vector<std::byte>& bytes) {
        put(static_cast<std::uint32_t>(bytes.size()));
        out_.insert(out_.end(), bytes.begin(), bytes.end());
    }
    template <class T>
    void put(const std::vector<T>& items) {
        put(static_cast<std::uint32_t>(items.size()));
        for (const T& item : items)
            put(item);
    }
    template <class T>
    void put(const std::optional<T>& value) {
        put(value.has_value());
        if (value) put(*value);
    }
    template <class T>
        requires std::is_aggregate_v<T>
    void put(const T& value) {
        fields(*this, value);
    }

    std::vector<std::byte>& out_;
};

/// Reads from a payload; after the first failure every further read fails, so that one look at
/// `complete()` in the end is enough.
class Parser {
public:
    static constexpr bool writes = false;
    explicit Parser(std::span<const std::byte> bytes) : rest_(bytes) {}

    void operator()(auto&... values) { (get(values), ...); }
    /// Everything was well-formed and nothing is left over.
    [[nodiscard]] bool complete() const { return !failed_ && rest_.empty(); }

private:
    std::span<const std::byte> take(std::size_t size) {
        if (failed_ || size > rest_.size()) {
            failed_ = true;
            return {};
        }
        const auto taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }
    std::size_t take_count() {
        std::uint32_t count = 0;
        get(count);
        if (count > rest_.size()) failed_ = true; // no element is smaller than a byte
        return failed_ ? 0 : count;
    }
    template <std::integral T>
    void get(T& value) {
        using Unsigned = std::make_unsigned_t<std::conditional_t<sizeof(T) == 1, char, T>>;
        Unsigned bits = 0;
        std::size_t shift = 0;
        for (const std::byte byte : take(sizeof(T))) {
            bits = static_cast<Unsigned>(bits | static_cast<Unsigned>(byte) << shift);
            shift += 8;
        }
        value = static_cast<T>(bits);
    }
    void get(bool& value) {
        std::uint8_t bits = 0;
        get(bits);
        if (bits > 1) failed_ = true;
        value = bits != 0;
    }
    template <class E>
        requires std::is_enum_v<E>
    void get(E& value) {
        std::underlying_type_t<E> bits{};
        get(bits);
        if (bits > static_cast<std::underlying_type_t<E>>(last_of<E>)) {
            failed_ = true;
            bits = {};
        }
        value = static_cast<E>(bits);
    }
    void get(std::string& text) {
        const auto bytes = take(take_count());
        text.resize(bytes.size());
        std::ranges::copy(bytes, std::as_writable_bytes(std::span(text)).begin());
    }
    void get(std::vector<std::byte>& items) {
        const auto bytes = take(take_count());
        items.assign(bytes.begin(), bytes.end());
    }
    template <class T>
    void get(std::vector<T>& items) {
        for (std::size_t left = take_count(); left > 0 && !failed_; --left)
            get(items.emplace_back());
    }
    template <class T>
    void get(std::optional<T>& value) {
        bool present = false;
        get(present);
        if (present) get(value.emplace());
    }
    template <class T>
        requires std::is_aggregate_v<T>
    void get(T& value) {
        fields(*this, value);
    }

    std::span<const std::byte> rest_;
    bool failed_ = false;
};

/// Makes `value` the alternative of this index, default-initialised, and reads its fields.
template <class Variant, std::size_t Index = 0>
bool parse_alternative(Parser& parser, std::size_t index, Variant& value) {
    if constexpr (Index < std::variant_size_v<Variant>) {
        if (index != Index) return parse_alternative<Variant, Index + 1>(parser, index, value);
        fields(parser, value.template emplace<Index>());
        return true;
    } else {
        return false;
    }
}

bool parse(std::span<const std::byte> payload, Request& request) {
    Parser parser(payload);
    std::uint8_t type = 0;
    parser(type);
    return parse_alternative(parser, type, request) && parser.complete();
}

bool parse(std::span<const std::byte> payload, Message& message) {
    Parser parser(payload);
    std::uint8_t type = 0;
    parser(type, message.job);
    return parse_alternative(parser, type, message.body) && parser.complete();
}

void write_payload(Writer& writer, const Request& request) {
    writer(static_cast<std::uint8_t>(request.index()));
    std::visit([&](const auto& body) { fields(writer, body); }, request);
}

void write_payload(Writer& writer, const Message& message) {
    writer(static_cast<std::uint8_t>(message.body.index()), message.job);
    std::visit([&](const auto& body) { fields(writer, body); }, message.body);
}

void store_u32(std::span<std::byte> at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i)
        at[i] = static_cast<std::byte>(value >> (8 * i));
}

std::uint32_t load_u32(std::span<const std::byte> at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value |= static_cast<std::uint32_t>(at[i]) << (8 * i);
    return value;
}

template <class T>
void encode_frame(const T& value, std::vector<std::byte>& out) {
    const std::size_t begin = out.size();
    out.resize(begin + header_size);
    Writer writer(out);
    write_payload(writer, value);
    const std::span<std::byte> frame = std::span(out).subspan(begin);
    const std::span<const std::byte> payload = frame.subspan(header_size);
    assert(payload.size() <= max_payload);
    store_u32(frame, magic_of<T>);
    store_u32(frame.subspan(4), static_cast<std::uint32_t>(payload.size()));
    store_u32(frame.subspan(8), crc32(payload));
}

} // namespace

void encode(const Request& request, std::vector<std::byte>& out) {
    encode_frame(request, out);
}
void encode(const Message& message, std::vector<std::byte>& out) {
    encode_frame(message, out);
}

template <class T>
void Reader<T>::feed(std::span<const std::byte> chunk) {
    if (damage_) return;
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
    buffer_.insert(buffer_.end(), chunk.begin(), chunk.end());
}

template <class T>
Result<std::optional<T>> Reader<T>::next() {
    if (damage_) return std::unexpected(*damage_);
    auto value = next_frame();
    if (!value) damage_ = value.error();
    return value;
}

template <class T>
Result<std::optional<T>> Reader<T>::next_frame() {
    const auto rest = std::span<const std::byte>(buffer_).subspan(begin_);
    if (rest.size() < header_size) return std::optional<T>{};
    const std::size_t length = load_u32(rest.subspan(4));
    if (load_u32(rest) != magic_of<T>)
        return fail("the stream between host and agent is damaged: no frame where one must begin");
    if (length > max_payload)
        return fail("the stream between host and agent is damaged: a frame of " +
                    std::to_string(length) + " bytes");
    if (rest.size() - header_size < length) return std::optional<T>{};
    const auto payload = rest.subspan(header_size, length);
    if (crc32(payload) != load_u32(rest.subspan(8)))
        return fail("the stream between host and agent is damaged: a frame's checksum is wrong");
    std::optional<T> value(std::in_place);
    if (!parse(payload, *value))
        return fail("the stream between host and agent has a frame of unknown content",
                    "are kps and kps-agent of the same version?");
    begin_ += header_size + length;
    return value;
}

template class Reader<Request>;
template class Reader<Message>;

} // namespace kps::collect
