#include "runtime/recordings/reader.hpp"

#include "runtime/recordings/format.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <memory>
#include <zstd.h>

namespace kps::recordings {

namespace {

/// Reads block by block; stops at the first that is not whole.
class Reader {
public:
    Reader(Bytes file, const Limits& limits, HitSink* sink)
        : rest_(file.subspan(head_size)), limits_(limits), sink_(sink) {}

    Result<Recording> read() {
        while (!ended_ && !problem_ && !too_large_)
            read_block();
        if (too_large_)
            return fail(fmt::format("its hits take more than {} MiB", limits_.bytes >> 20));
        if (problem_) {
            recording_.cut_short = problem_;
            if (open_) close_early();
        }
        return std::move(recording_);
    }

private:
    void read_block() {
        const auto packed = hits::read_integer(rest_, 0, 4);
        const auto unpacked = hits::read_integer(rest_, 4, 4);
        if (!packed || !unpacked) return stop("it is cut short");
        rest_ = rest_.subspan(block_head_size);
        if (*unpacked == 0 || *unpacked > largest_block) return stop("it is damaged");
        if (*packed > rest_.size()) return stop("it is cut short");
        const Bytes frame = rest_.first(*packed);
        if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != *unpacked)
            return stop("it is damaged");
        block_.resize(*unpacked);
        const std::size_t size = ZSTD_decompressDCtx(context_.get(), block_.data(), block_.size(),
                                                     frame.data(), frame.size());
        if (size != block_.size()) return stop("it is damaged");
        rest_ = rest_.subspan(*packed);
        take(static_cast<BlockKind>(block_.front()));
    }

    void take(BlockKind kind) {
        const Bytes content = Bytes(block_).subspan(1);
        Decoder in(content);
        switch (kind) {
        case BlockKind::about: decode_about(in, recording_); break;
        case BlockKind::kernel:
            recording_.kernel.insert(recording_.kernel.end(), content.begin(), content.end());
            return charge(block_.size());
        case BlockKind::sources:
            recording_.sources.push_back(decode_sources(in));
            charge(block_.size() * sizeof(Source));
            break;
        case BlockKind::test_begin: return begin(in);
        case BlockKind::names: return add_names(in);
        case BlockKind::hits: return add_hits(in);
        case BlockKind::test_end: return end(in);
        case BlockKind::end: ended_ = true; return;
        } // others are of a newer minor version
        if (!in.good()) stop("it is damaged");
    }

    void begin(Decoder& in) {
        Observed test = decode_test_begin(in);
        if (!in.good() || open_ || test.sources >= recording_.sources.size())
            return stop("it is damaged");
        if (sink_ != nullptr) fate_ = sink_->begin(recording_, test);
        ended_ = fate_ == Fate::stop;
        if (ended_) return;
        recording_.tests.push_back(std::move(test));
        open_ = true;
        hits_ = 0;
        charge(sizeof(Observed));
    }
    void add_names(Decoder& in) {
        hits::SymbolNames names = decode_names(in);
        if (!open_ || !in.good()) return stop("it is damaged");
        charge(block_.size() + names.size() * sizeof(hits::SymbolNames::value_type));
        recording_.tests.back().trace.symbols.merge(names);
    }
    void add_hits(Decoder& in) {
        if (!open_) return stop("it is damaged");
        Observed& test = recording_.tests.back();
        Decoder number = in;
        hits_ += number.count();
        if (fate_ == Fate::drop) return;
        hits::Trace& trace = fate_ == Fate::keep ? test.trace : passing_;
        const std::size_t size = decode_hits(in, recording_.sources[test.sources], trace);
        if (!in.good()) return stop("it is damaged");
        if (fate_ == Fate::keep) return charge(size);
        if (!sink_->take(passing_)) fate_ = Fate::drop;
        passing_.hits.clear();
        passing_.storage->clear();
    }
    void end(Decoder& in) {
        if (!open_) return stop("it is damaged");
        Observed& test = recording_.tests.back();
        Observed whole;
        decode_test_end(in, whole);
        const std::size_t sources = recording_.sources[test.sources].sources.size();
        const bool is_sane = std::ranges::all_of(whole.trace.losses, [&](const hits::Loss& loss) {
            return !loss.probe || loss.probe->value < sources;
        });
        if (in.number() != hits_ || !in.complete() || !is_sane) return stop("it is damaged");
        whole.test = std::move(test.test);
        whole.sources = test.sources;
        whole.backend = std::move(test.backend);
        whole.trace.live_ns = test.trace.live_ns;
        whole.trace.hits = std::move(test.trace.hits);
        whole.trace.storage = std::move(test.trace.storage);
        whole.trace.symbols = std::move(test.trace.symbols);
        test = std::move(whole);
        open_ = false;
        charge(block_.size() * sizeof(hits::Loss));
        if (sink_ != nullptr) sink_->end(test);
    }

    void close_early() {
        hits::Trace& trace = recording_.tests.back().trace;
        trace.cut_short = fmt::format("of the recording the end is missing: {}", *problem_);
        trace.end_ns = trace.hits.empty() ? trace.live_ns : trace.hits.back().time_ns;
    }
    void stop(const char* problem) { problem_ = problem; }
    void charge(std::uint64_t bytes) {
        used_ += bytes;
        too_large_ = used_ > limits_.bytes;
    }

    using Fate = HitSink::Fate;

    Bytes rest_;
    const Limits& limits_;
    HitSink* sink_;
    Fate fate_ = Fate::keep; // of the hits of the test that is open
    hits::Trace passing_;
    std::uint64_t hits_ = 0; // of that test
    std::uint64_t used_ = 0;
    std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_{ZSTD_createDCtx(), ZSTD_freeDCtx};
    std::vector<std::byte> block_;
    Recording recording_;
    bool open_ = false;  // a test's end is to come
    bool ended_ = false; // the recording
    bool too_large_ = false;
    std::optional<std::string> problem_;
};

} // namespace

bool is_recording(Bytes head) {
    return std::ranges::equal(head.first(std::min(head.size(), magic.size())),
                              std::as_bytes(std::span(magic)));
}

Result<Recording> read_recording(Bytes file, const Limits& limits, HitSink* sink) {
    if (!is_recording(file)) return fail("it is not a recording of kps");
    if (file.size() < head_size) return fail("the recording is cut short: it holds nothing");
    const std::uint64_t version = hits::read_integer(file, 8, 2).value_or(0);
    if (version != major_version)
        return fail(fmt::format("the recording is of version {}, this program reads version {}",
                                version, major_version));
    return Reader(file, limits, sink).read();
}

} // namespace kps::recordings
