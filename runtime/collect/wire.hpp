#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

/// The bytes of requests (host to agent) and messages (agent to host, and recordings).
///
/// A stream is a sequence of frames, all integers little-endian:
///
///     u32 magic    "KPSq" for a request, "KPSm" for a message
///     u32 length   of the payload, at most `max_payload`
///     u32 crc      CRC-32 (IEEE 802.3, as zlib's) of the payload
///     payload      u8 type, then the fields in the order of the declarations in messages.hpp
///
/// The payload of a message has the job's id after the type. A string or a list is a u32 count and
/// its elements, an optional a u8 (0 or 1) and the value if there is one, bool and enum one u8.
namespace kps::collect {

/// Told in `Hello::version`; both ends must be of the same.
inline constexpr std::uint32_t protocol_version = 6;
inline constexpr std::size_t max_payload = std::size_t{16} << 20;

/// Ends the job of this id early: it cleans up and ends with `Done{complete = false}`. Ids of jobs
/// that have ended, or are not the last one sent, have no effect.
struct Cancel {
    std::uint32_t job = 0;
};
/// The agent cancels what runs, syncs and switches the machine off; nothing is answered.
struct PowerOff {};

/// The agent serves jobs one after the other; a job that arrives during another waits.
using Request = std::variant<Job, Cancel, PowerOff>;

/// Appends one frame. The payload must fit `max_payload` (a caller that builds larger ones has a
/// bug).
void encode(const Request& request, std::vector<std::byte>& out);
void encode(const Message& message, std::vector<std::byte>& out);

/// Takes a stream in chunks of any size and yields what is in it. `T` is `Request` or `Message`.
template <class T>
class Reader {
public:
    void feed(std::span<const std::byte> chunk);
    /// The next value, nothing while its frame is incomplete, or an error when the stream is
    /// damaged; the error then stays.
    Result<std::optional<T>> next();
    /// Whether all that was fed has been yielded: a stream that ends elsewhere was cut off.
    [[nodiscard]] bool at_boundary() const { return begin_ == buffer_.size(); }

private:
    Result<std::optional<T>> next_frame();

    std::vector<std::byte> buffer_;
    std::size_t begin_ = 0; ///< of the first frame not yet yielded
    std::optional<Error> damage_;
};
extern template class Reader<Request>;
extern template class Reader<Message>;

} // namespace kps::collect
