#include "compiler/semantics/graphviz.hpp"

#include <gmock/gmock.h>

namespace kps::sema {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Loaded {
    SourceSet sources;
    diag::Sink sink;
    LoadedSpec spec;

    explicit Loaded(std::string text)
        : spec(load(sources.add("test.kps", std::move(text)),
                    Library{{KPS_TEST_DATA "/library", KPS_TEST_DATA "/../../specs"}}, sources,
                    sink)) {
        EXPECT_FALSE(sink.has_errors());
    }
};

constexpr const char* text = R"(
import kps.vfs as vfs
probe opened on entry vfs_open { file : x64 }
probe released on entry security_file_release { file : x64 }
probe unused on entry vfs_read {}
span life = opened => released by file
template traced(function) { call it on `function` }
use traced(vfs_write) as writing

machine files by (file, tid) {
    start closed
    closed: opened where tid
        > 1 => open
    open: released, vfs.read => closed
    accept closed
}
test "a \"b\"" {
    run "true"
    let first = opened where tid > 1
    let second = first where tid < 9
    expect second follows files
    on arch x86_64 { expect no life where duration > 1s after writing.it until vfs.open.enter }
    known failure "x" { expect some vfs.write }
}
test "c" { watch 1s witness unknown show top 3 count(life) by tid }
)";

TEST(Graphviz, DrawsImportsAndUses) {
    const std::string drawn = draw_imports(Loaded(text).spec);
    EXPECT_THAT(drawn, HasSubstr("digraph imports {\n"));
    EXPECT_THAT(drawn, HasSubstr("vfs.kps\"];\n"));
    EXPECT_THAT(drawn, HasSubstr(" [label=\"test.kps\"];\n"));
    EXPECT_THAT(drawn, HasSubstr(" [label=\"vfs\"];\n"));
    EXPECT_THAT(drawn, HasSubstr(" [label=\"writing\"];\n"));
}

TEST(Graphviz, DrawsMachines) {
    const Loaded loaded(text);
    const std::string id = std::to_string(loaded.spec.files.size() - 1) + " files";
    EXPECT_EQ(draw_machines(loaded.spec, loaded.sources),
              "digraph machines {\n  rankdir=LR;\n  node [shape=circle];\n"
              "  subgraph \"cluster " +
                  id +
                  "\" {\n"
                  "    label=\"files by file, tid\";\n"
                  "    \"" +
                  id +
                  "/\" [shape=point];\n"
                  "    \"" +
                  id +
                  "/closed\" [label=\"closed\", shape=doublecircle];\n"
                  "    \"" +
                  id +
                  "/open\" [label=\"open\"];\n"
                  "    \"" +
                  id + "/\" -> \"" + id +
                  "/closed\";\n"
                  "    \"" +
                  id + "/closed\" -> \"" + id +
                  "/open\" "
                  "[label=\"opened where tid > 1\"];\n"
                  "    \"" +
                  id + "/open\" -> \"" + id +
                  "/closed\" [label=\"released\"];\n"
                  "    \"" +
                  id + "/open\" -> \"" + id +
                  "/closed\" [label=\"vfs.read\"];\n"
                  "  }\n}\n");
}

TEST(Graphviz, DrawsWhatTestsUse) {
    EXPECT_EQ(draw_tests(Loaded(text).spec),
              "digraph tests {\n  rankdir=LR;\n  node [shape=ellipse];\n"
              "  \"files\" [shape=hexagon];\n"
              "  \"life\" [shape=ellipse, style=dashed];\n"
              "  \"opened\" [shape=ellipse];\n"
              "  \"released\" [shape=ellipse];\n"
              "  \"test a \\\"b\\\"\" [label=\"a \\\"b\\\"\", shape=box];\n"
              "  \"test c\" [label=\"c\", shape=box];\n"
              "  \"vfs.open\" [shape=ellipse];\n"
              "  \"vfs.read\" [shape=ellipse];\n"
              "  \"vfs.write\" [shape=ellipse];\n"
              "  \"writing.it\" [shape=ellipse];\n"
              "  \"files\" -> \"opened\";\n"
              "  \"files\" -> \"released\";\n"
              "  \"files\" -> \"vfs.read\";\n"
              "  \"life\" -> \"opened\";\n"
              "  \"life\" -> \"released\";\n"
              "  \"test a \\\"b\\\"\" -> \"files\";\n"
              "  \"test a \\\"b\\\"\" -> \"life\";\n"
              "  \"test a \\\"b\\\"\" -> \"opened\";\n"
              "  \"test a \\\"b\\\"\" -> \"vfs.open\";\n"
              "  \"test a \\\"b\\\"\" -> \"vfs.write\";\n"
              "  \"test a \\\"b\\\"\" -> \"writing.it\";\n"
              "  \"test c\" -> \"life\";\n"
              "}\n");
}

TEST(Graphviz, LetsThatNameEachOtherEnd) {
    const std::string drawn =
        draw_tests(Loaded("test \"t\" { run \"true\" let a = b let b = a expect some a }").spec);
    EXPECT_THAT(drawn, Not(HasSubstr("->")));
}

} // namespace
} // namespace kps::sema
