// A spec is resolved against what it can ask of a kernel as against the whole kernel.

#include "compiler/diagnostics/render.hpp"
#include "compiler/kernel/excerpt.hpp"
#include "compiler/kernel/snapshot.hpp"
#include "compiler/semantics/resolve.hpp"
#include "tests/data/fixture_kernel.hpp"
#include "tests/data/fixture_programs.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace kps::golden {

namespace {

namespace fs = std::filesystem;

struct Resolved {
    sema::ResolvedSpec spec;
    std::string diagnostics;
    bool has_errors;
};

Resolved resolve(const sema::LoadedSpec& spec, const SourceSet& sources,
                 const kernel::KernelView& kernel) {
    diag::Sink sink;
    auto resolved = sema::resolve(spec, sources, kernel, sink, test::fixture_program);
    return {std::move(resolved), diag::render_text(sink.sorted(), sources, diag::Colour::never),
            sink.has_errors()};
}

std::shared_ptr<const kernel::KernelView>
stored(const kernel::KernelView& whole, const SourceSet& sources, const sema::ResolvedSpec& spec) {
    kernel::Words words;
    for (const sema::Probe& probe : spec.probes)
        words.insert(probe.symbol);
    for (std::uint32_t file = 0; file < sources.size(); ++file)
        kernel::add_words(sources[{file}].text, words);
    auto bytes = kernel::snapshot_bytes(kernel::excerpt(whole, words));
    EXPECT_TRUE(bytes) << bytes.error().message;
    auto view = kernel::open_snapshot(std::move(*bytes), "excerpt");
    EXPECT_TRUE(view) << view.error().message;
    return view.value_or(nullptr);
}

std::vector<fs::path> specs() {
    std::vector<fs::path> paths;
    for (const char* folder : {"diag", "any_kernel"})
        for (const auto& entry : fs::directory_iterator(fs::path(KPS_GOLDEN) / folder))
            if (entry.path().extension() == ".kps") paths.push_back(entry.path());
    return paths;
}

TEST(Excerpt, IsAllThatASpecAsksFor) {
    fs::current_path(KPS_GOLDEN "/diag");
    const auto whole = test::fixture_kernel();
    std::size_t compared = 0;
    for (const fs::path& path : specs()) {
        std::ifstream file(path);
        SourceSet sources;
        diag::Sink sink;
        const sema::LoadedSpec spec =
            sema::load(sources.add(path, {std::istreambuf_iterator<char>(file), {}}),
                       {{"../../data/library", "../../../specs"}}, sources, sink);
        if (sink.has_errors()) continue;
        const Resolved expected = resolve(spec, sources, *whole);
        if (expected.has_errors) continue;
        const auto part = stored(*whole, sources, expected.spec);
        ASSERT_NE(part, nullptr) << path;
        const Resolved actual = resolve(spec, sources, *part);
        EXPECT_EQ(sema::dump(actual.spec), sema::dump(expected.spec)) << path;
        EXPECT_EQ(actual.diagnostics, expected.diagnostics) << path;
        ++compared;
    }
    EXPECT_GE(compared, 6U);
}

} // namespace

} // namespace kps::golden
