// A file that is given as a recording, of whatever format.

#include "runtime/recordings/binding.hpp"
#include "runtime/recordings/export.hpp"
#include "runtime/recordings/open.hpp"
#include "runtime/recordings/trace_dat_file.hpp"
#include "tests/fuzz/input.hpp"

namespace kps {
namespace {

/// Counts hits that pass.
class PassingHits : public recordings::HitSink {
public:
    Fate begin(const recordings::Recording&, const recordings::Observed&) override {
        of_tests.push_back(0);
        return Fate::pass;
    }
    bool take(const hits::Trace& hits) override {
        of_tests.back() += hits.hits.size();
        return true;
    }
    void end(const recordings::Observed&) override {}

    std::vector<std::size_t> of_tests;
};

void require_that_the_same_hits_pass(std::span<const std::byte> file,
                                     const recordings::Recording& kept) {
    if (!recordings::is_recording(file) && !recordings::is_trace_dat(file)) return;
    PassingHits passing;
    fuzz::require(recordings::read(file, {}, {}, &passing).has_value(), "it is read again");
    fuzz::require(passing.of_tests.size() == kept.tests.size(), "with as many tests");
    for (std::size_t i = 0; i < kept.tests.size(); ++i)
        fuzz::require(passing.of_tests[i] == kept.tests[i].trace.hits.size(), "and hits");
}

} // namespace
} // namespace kps

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kps;
    const auto file = std::as_bytes(std::span(data, size));
    const auto recording = recordings::read(file, {}, {.bytes = 64 << 20});
    if (!recording) return 0;
    require_that_the_same_hits_pass(file, *recording);
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
