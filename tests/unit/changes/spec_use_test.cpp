#include "compiler/changes/spec_use.hpp"

#include "compiler/diagnostics/render.hpp"
#include "tests/data/fixture_kernel.hpp"

#include <gmock/gmock.h>

namespace kps::changes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Used used(const std::string& text) {
    SourceSet sources;
    diag::Sink sink;
    const sema::LoadedSpec loaded = sema::load(sources.add("a.kps", text), {}, sources, sink);
    const sema::ResolvedSpec resolved =
        sema::resolve(loaded, sources, *test::fixture_kernel(), sink);
    EXPECT_FALSE(sink.has_errors())
        << diag::render_text(sink.sorted(), sources, diag::Colour::never);
    return used_by(loaded, resolved);
}

TEST(SpecUse, FunctionsAndTheMembersThatAreRead) {
    const Used found = used(R"(
probe connect on entry tcp_connect {
    family : u16 = sk->__sk_common.skc_family
}
probe open on entry vfs_open {
    count : s64 = file->f_count
    letter : u8 = file->f_path.dentry->d_flags
}
test "t" { run "true" expect some connect expect some open })");
    EXPECT_THAT(found.functions, ElementsAre("tcp_connect", "vfs_open"));
    EXPECT_THAT(found.members, ElementsAre(Pair("dentry", ElementsAre("d_flags")),
                                           Pair("file", ElementsAre("f_count", "f_path")),
                                           Pair("path", ElementsAre("dentry")),
                                           Pair("sock", ElementsAre("__sk_common")),
                                           Pair("sock_common", ElementsAre("skc_family"))));
    EXPECT_THAT(found.events, IsEmpty());
    EXPECT_THAT(found.enumerators, IsEmpty());
}

TEST(SpecUse, EventsEnumeratorsAndRequirements) {
    const Used found = used(R"(
requires config KPROBES
requires symbol tcp_close
probe wake on tracepoint sched:sched_wakeup { prio : s32 = prio }
probe connect on entry tcp_connect { state : u8 = sk->__sk_common.skc_state }
test "t" {
    run "true"
    expect no wake
    expect every connect: state == TCP_SYN_SENT
})");
    EXPECT_THAT(found.events, ElementsAre("sched:sched_wakeup"));
    EXPECT_THAT(found.functions, ElementsAre("tcp_close", "tcp_connect"));
    EXPECT_THAT(found.enumerators, ElementsAre("TCP_SYN_SENT"));
    EXPECT_THAT(found.options, ElementsAre("CONFIG_KPROBES"));
}

TEST(SpecUse, OfAFunctionWithASuffixItIsTheFunction) {
    const Used found = used("probe s on entry finish_task_switch.isra.0\n"
                            "test \"t\" { run \"true\" expect some s }\n");
    EXPECT_THAT(found.functions, ElementsAre("finish_task_switch"));
}

} // namespace
} // namespace kps::changes
