// A file that is given as a recording, of whatever format.

#include "runtime/recordings/binding.hpp"
#include "runtime/recordings/export.hpp"
#include "runtime/recordings/open.hpp"
#include "tests/fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kps;
    const auto file = std::as_bytes(std::span(data, size));
    const auto recording = recordings::read(file, {}, {.bytes = 64 << 20});
    if (!recording) return 0;
    for (const recordings::Observed& test : recording->tests) {
        const recordings::Sources& sources = recording->sources.at(test.sources);
        for (const hits::Hit& hit : test.trace.hits)
            fuzz::require(hit.fields.size() <= sources.sources.at(hit.probe.value).fields.size(),
                          "a hit has no more fields than its source");
        for (const hits::Loss& loss : test.trace.losses)
            fuzz::require(!loss.probe || loss.probe->value < sources.sources.size(),
                          "a loss is of a source");
    }
    std::size_t written = 0;
    const recordings::Put put = [&](std::string_view part) { written += part.size(); };
    recordings::write_json_lines(*recording, put);
    recordings::write_perfetto(*recording, put);
    return written == 0 ? 1 : 0;
}
