// The stream between host and agent. The first byte chooses requests or messages, and whether the
// rest is the stream itself, fed in pieces, or the payload of one frame that is made around it.

#include "runtime/collect/crc32.hpp"
#include "runtime/collect/wire.hpp"
#include "tests/fuzz/input.hpp"

namespace kps::collect {
namespace {

void put(std::vector<std::byte>& out, std::uint32_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        out.push_back(static_cast<std::byte>(number >> shift));
}

std::vector<std::byte> frame(std::string_view magic, fuzz::Bytes payload) {
    std::vector<std::byte> out;
    for (const char letter : magic)
        out.push_back(static_cast<std::byte>(letter));
    put(out, static_cast<std::uint32_t>(payload.size()));
    put(out, crc32(payload));
    out.insert(out.end(), payload.begin(), payload.end());
    return out;
}

/// All of the stream that is sound is the same when it is written again.
template <class T>
void read(fuzz::Bytes stream, std::size_t piece) {
    Reader<T> reader;
    std::vector<std::byte> again;
    const fuzz::Bytes all = stream;
    while (!stream.empty()) {
        reader.feed(stream.first(std::min(piece, stream.size())));
        stream = stream.subspan(std::min(piece, stream.size()));
        for (auto next = reader.next(); next && *next; next = reader.next())
            encode(**next, again);
    }
    fuzz::require(again.size() <= all.size() && std::ranges::equal(again, all.first(again.size())),
                  "what is read is written as it was");
    if (reader.at_boundary() && reader.next())
        fuzz::require(again.size() == all.size(), "nothing is left out");
}

} // namespace
} // namespace kps::collect

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kps;
    using namespace kps::collect;
    fuzz::Input input(data, size);
    const unsigned choice = input.byte();
    const bool is_request = (choice & 1) != 0;
    const fuzz::Bytes rest = input.rest();
    std::vector<std::byte> stream(rest.begin(), rest.end());
    if ((choice & 2) != 0) stream = frame(is_request ? "KPSq" : "KPSm", rest);
    const std::size_t piece = (choice >> 2) + 1;
    if (is_request)
        read<Request>(stream, piece);
    else
        read<Message>(stream, piece);
    return 0;
}
