#include "tests/unit/semantics/resolve_fixture.hpp"

#include "compiler/semantics/graph.hpp"
#include "compiler/semantics/requirements.hpp"

#include <gmock/gmock.h>

namespace kps::sema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* streams = R"(
const SLOW = 5ms
const SMALL = 2 * 2KiB
call open on do_sys_openat2 {
    enter { dfd path : ustring = filename }
    exit { ret : s64 = retval }
}
probe read on entry vfs_read { count file_mode = file->f_mode text : string[8] = buf }
probe connect on entry tcp_connect {
    port : port = sk->__sk_common.skc_dport
    address : ipv4 = sk->__sk_common.skc_daddr
    state : enum tcp_state = sk->__sk_common.skc_state
}
span later = read where count > 3 => open.enter by tid
)";

Resolution test_of(const std::string& statements, bool with_kernel = true) {
    return Resolution(std::string(streams) + "test \"t\" {\n" + statements +
                          "\nrun \"true\"\nexpect some open\nexpect some read\nexpect some connect"
                          "\nexpect some later }",
                      with_kernel);
}

struct ExpectCase {
    const char* statement;
    const char* lowered;
};

TEST(Expectations, AreLowered) {
    const ExpectCase cases[] = {
        {"expect no open where ret == -EFAULT", "no open where (ret == -14)"},
        {"expect some read where count > SMALL && comm != \"cat\"",
         "some read where ((count > 4096) && (comm != \"cat\"))"},
        {"expect some read where count in 1..SMALL",
         "some read where ((count >= 1) && (count <= 4096))"},
        {"expect some read where !(count & 7)", "some read where !((count & 7) != 0)"},
        {"expect some read where file_mode == MIGRATE_SYNC", "some read where (file_mode == 2)"},
        {"expect some connect where state == TCP_CLOSE", "some connect where (state == 7)"},
        {"expect some connect where TCP_CLOSE == state", "some connect where (7 == state)"},
        {"expect some connect where address == ip\"127.0.0.1\"",
         "some connect where (address == 16777343)"},
        {"expect some connect where port == 443",
         "some connect where (u16(((port << 8) | (port >> 8))) == 443)"},
        {"expect some read where text == \"abc\"", "some read where (text == \"abc\")"},
        {"expect count(open) <= 3", "count(open) <= 3"},
        {"expect count(open where ret < 0) in 1..2 by comm",
         "count(open where (ret < 0)) in 1..2 by comm"},
        {"expect every open: duration < SLOW", "every open: (duration < 5000000)"},
        {"expect every open if any: ret >= 0 || ret == -ENOENT",
         "every open if any: ((ret >= 0) || (ret == -2))"},
        {"expect open.enter then open.exit", "open.enter by tid then open.exit by tid"},
        {"expect open.enter then read then open.exit by pid within 2s",
         "open.enter by pid then read by pid then open.exit by pid within 2000000000ns"},
        {"expect read only after open.exit where ret >= 0 within 2s",
         "read by tid only after open.exit where (ret >= 0) by tid within 2000000000ns"},
        {"expect read only after open by (pid, comm)",
         "read by pid, comm only after open by pid, comm"},
        {"expect open paired with read", "open by tid paired with read by tid"},
        {"expect no read during open by pid", "no read by pid during open by pid"},
        {"expect some read where count > 3 during later",
         "some read where (count > 3) by tid during later by tid"},
        {"expect no read after open where ret < 0", "no read after open where (ret < 0)"},
        {"expect some read before open.enter", "some read before open.enter"},
        {"expect count(read) >= 1 between open.enter and open.exit",
         "count(read) >= 1 between open.enter and open.exit"},
        {"expect no overlap open after read until connect",
         "no overlap open by tid after read until connect"},
        {"expect distinct(open.path where ret >= 0) <= 3 by comm",
         "distinct(path of open where (ret >= 0)) <= 3 by comm"},
        {"expect no overlap open by dfd", "no overlap open by dfd"},
        {"expect no gap in read where count > 3 over SLOW",
         "no gap in read where (count > 3) over 5000000ns"},
        {"expect p99(open.duration) <= 1.2 * baseline", "p99(duration of open) <= 1.2 * baseline"},
        {"expect count(read) == baseline", "count(read) == 1 * baseline"},
        {"expect distinct(read.count) < baseline * 3 after open",
         "distinct(count of read) < 3 * baseline after open"},
        {"expect rate(read where count > 3) in 1..5 by tid",
         "rate(read where (count > 3)) in 1..5 by tid"},
        {"expect rate(open.enter) < 2 * baseline", "rate(open.enter) < 2 * baseline"},
        {"expect stddev(open.duration) < 5ms by comm",
         "stddev(duration of open) < 5000000 by comm"},
        {"expect open.enter then open.exit after read allow tainted 5%",
         "open.enter by tid then open.exit by tid after read allow tainted 5%"},
        {"expect some read during open allow tainted 99%",
         "some read by tid during open by tid allow tainted 99%"},
        {"expect p99(open.duration) < 5ms", "p99(duration of open) < 5000000"},
        {"expect p99.9(open.duration where ret >= 0) < 5ms",
         "p99.9(duration of open where (ret >= 0)) < 5000000"},
        {"expect sum(read.count) > 100 by (tid, comm)", "sum(count of read) > 100 by tid, comm"},
        {"let x = open where ret < 0 let y = x where dfd > 2 expect no y where ret == -5",
         "no open where (ret < 0) where (dfd > 2) where (ret == -5)"},
        {"expect max(later.duration) < 1s", "max(duration of later) < 1000000000"},
        {"known failure \"why\" { expect no open }", "no open # known failure: why"},
        {"on kernel >= 6.0 { expect no open }", "no open"},
        {"on arch x86_64 { expect no open }", "no open"},
    };
    for (const ExpectCase& c : cases) {
        const Resolution r = test_of(c.statement);
        EXPECT_EQ(r.diagnostics(), "") << c.statement;
        const std::string found = r.dumped("  expect ");
        EXPECT_EQ(found.substr(0, found.find('\n')), c.lowered) << c.statement;
        EXPECT_EQ(test_of(c.statement, false).diagnostics(), "") << c.statement;
    }
}

TEST(Shows, AreLowered) {
    const ExpectCase cases[] = {
        {"show hist(read.count)", "hist(count of read)"},
        {"show hist(open.duration where ret < 0)", "hist(duration of open where (ret < 0))"},
        {"let x = open where dfd > 2 show hist(x.ret)", "hist(ret of open where (dfd > 2))"},
        {"show hist(later.duration)", "hist(duration of later)"},
        {"show hist(read.count) by (tid, comm)", "hist(count of read) by tid, comm"},
        {"show open.enter", "open.enter"},
        {"let x = open where dfd > 2 show x where ret < 0", "open where (dfd > 2) where (ret < 0)"},
        {"show top 10 count(open) by path", "top 10 count(open) by path"},
        {"show top 1000 count(read where count > 3) by (tid, comm)",
         "top 1000 count(read where (count > 3)) by tid, comm"},
        {"show top 1 count(connect) by (address, port)", "top 1 count(connect) by address, port"},
        {"let x = read expect some x on kernel < 6.0 { show hist(x.count) }", ""},
        {"on kernel >= 6.0 { show hist(read.count) }", "hist(count of read)"},
    };
    for (const ExpectCase& c : cases) {
        const Resolution r = test_of(c.statement);
        EXPECT_EQ(r.diagnostics(), "") << c.statement;
        EXPECT_EQ(r.dumped("  show "), c.lowered) << c.statement;
        EXPECT_EQ(test_of(c.statement, false).diagnostics(), "") << c.statement;
    }
    const Resolution r = test_of("show hist(read.count  where count > 3)");
    EXPECT_EQ(r.spec.tests.at(0).shows.at(0).text, "show hist(read.count where count > 3)");
}

TEST(Shows, NeedTheProbesOfTheirStreams) {
    const Resolution r(std::string(streams) + R"(
test "a" { run "true" expect some read show hist(open.duration) }
test "b" { run "true" expect some later show top 3 count(connect) by tid }
probe gone on entry no_such_function optional {}
test "c" { run "true" expect no gone show hist(read.count) })");
    EXPECT_EQ(r.diagnostics(), "");
    EXPECT_EQ(r.dumped("  probes"), " 0 1 2\n 0 1 3\n");
    EXPECT_EQ(r.spec.tests.at(2).shows.size(), 0U) << "the test is skipped";
}

TEST(Shows, AreNoExpectation) {
    const std::string probe = "probe read on entry vfs_read { count }\n";
    EXPECT_EQ(Resolution(probe + "test \"t\" { run \"true\" show hist(read.count) }").codes(),
              "KPS0504");
    EXPECT_EQ(Resolution(probe + "test \"t\" { run \"true\" witness read show hist(read.count) }")
                  .codes(),
              "");
    EXPECT_EQ(Resolution(probe + "test \"t\" { run \"true\" expect some read\n"
                                 "known failure \"x\" { show hist(read.count) expect no read } }")
                  .codes(),
              "KPS0507");
}

TEST(Expectations, InsideBlocksForOtherKernelsAreOnlyChecked) {
    const Resolution r =
        test_of("on kernel < 6.0 { expect some read where count == ONLY_THERE }\n"
                "on arch arm64 { let x = read expect some x where nothing_known == 1 }");
    EXPECT_EQ(r.diagnostics(), "");
    EXPECT_EQ(r.dumped("  expect some read where"), "");
    EXPECT_EQ(test_of("on kernel < 6.0 { expect some raed }").codes(), "KPS0202");
}

TEST(Tests, KeepWhatTheyRun) {
    const Resolution r(R"(
probe read on entry vfs_read { count }
test "one" tags quick, files {
    setup "mkdir /tmp/x"
    background "sleep 9"
    run "cat /x" as nobody exits 1 within 2s
    run "true"
    cleanup "rmdir /tmp/x"
    scope system
    witness read where count > 3
    expect no read
}
test "two" { watch 5s expect no read }
test "three" { run "true" scope cgroup "/g" expect no read })");
    EXPECT_EQ(r.diagnostics(), "");
    const std::vector<sema::Test>& tests = r.spec.tests;
    ASSERT_EQ(tests.size(), 3U);
    EXPECT_THAT(tests[0].tags, ElementsAre("quick", "files"));
    EXPECT_THAT(tests[0].setup, ElementsAre("mkdir /tmp/x"));
    EXPECT_THAT(tests[0].background, ElementsAre("sleep 9"));
    EXPECT_THAT(tests[0].cleanup, ElementsAre("rmdir /tmp/x"));
    ASSERT_EQ(tests[0].runs.size(), 2U);
    EXPECT_EQ(tests[0].runs[0].user, "nobody");
    EXPECT_EQ(tests[0].runs[0].exits, 1);
    EXPECT_EQ(tests[0].runs[0].within_ns, 2'000'000'000U);
    EXPECT_EQ(tests[0].scope, HitScope::system);
    EXPECT_EQ(tests[0].witnesses.size(), 1U);
    EXPECT_EQ(tests[0].witnesses[0].text, "read where count > 3");
    EXPECT_EQ(tests[1].watch_ns, 5'000'000'000U);
    EXPECT_EQ(tests[1].scope, HitScope::system) << "there is no workload whose hits would count";
    EXPECT_EQ(tests[1].expectations[0].text, "expect no read");
    EXPECT_EQ(tests[2].scope, HitScope::system);
    EXPECT_EQ(tests[2].cgroup, "/g");
}

TEST(Tests, NeedOnlyTheProbesOfTheirStreams) {
    const Resolution r(std::string(streams) + R"(
test "a" { run "true" expect some open.enter }
test "b" { run "true" expect some open }
test "c" { run "true" expect some later }
test "d" { run "true" expect some connect })");
    EXPECT_EQ(r.diagnostics(), "");
    EXPECT_EQ(r.dumped("  probes "), "0\n0 1\n0 2\n3");
}

struct SkipCase {
    const char* condition;
    const char* reason; ///< empty: met
};

TEST(Requirements, SkipWithTheirReason) {
    const SkipCase cases[] = {
        {"kernel >= 5.6", ""},
        {"kernel == 6.12", ""},
        {"kernel > 6.12", "needs kernel > 6.12, this is 6.12.0-fixture"},
        {"kernel >= 6.12.1", "needs kernel >= 6.12.1, this is 6.12.0-fixture"},
        {"kernel < 6.2", "needs kernel < 6.2, this is 6.12.0-fixture"},
        {"config KPROBES", ""},
        {"config CONFIG_BTRFS_FS", ""},
        {"config FPROBE", "needs CONFIG_FPROBE, which is not set in 6.12.0-fixture"},
        {"symbol vfs_read", ""},
        {"symbol loop_back:lb_submit", ""},
        {"symbol vfs_reed", "needs the symbol `vfs_reed`, which 6.12.0-fixture does not have"},
        {"feature btf", ""},
        {"feature arguments", ""},
        {"feature named_arguments",
         "needs the feature `named_arguments`, which 6.12.0-fixture does not have"},
        {"arch x86_64, arm64", ""},
        {"arch arm64, riscv64", "needs the architecture `arm64` or `riscv64`, this is x86_64"},
    };
    for (const SkipCase& c : cases) {
        for (const bool inside : {false, true}) {
            const std::string condition = std::string("requires ") + c.condition + "\n";
            const Resolution r((inside ? "" : condition) +
                               "probe read on entry vfs_read {}\ntest \"t\" { run \"true\"\n" +
                               (inside ? condition : "") + "expect some read }");
            EXPECT_EQ(r.diagnostics(), "") << c.condition;
            const auto& skip = r.spec.tests.at(0).skip;
            EXPECT_EQ(skip ? skip->reason : "", c.reason) << c.condition;
            EXPECT_EQ(r.spec.tests[0].expectations.empty(), skip.has_value()) << c.condition;
        }
    }
}

TEST(Tests, ThatOnlyWatchKeepTheWorkloadOfTheirBackground) {
    const Resolution r("probe read on entry vfs_read {}\n"
                       "test \"t\" { background \"cat\" watch 5s expect no read }");
    EXPECT_EQ(r.diagnostics(), "");
    EXPECT_EQ(r.spec.tests.at(0).scope, HitScope::workload);
}

TEST(Bounds, FitTheNumbersTheyAreComparedWith) {
    const std::string probe = "probe read on entry vfs_read { count }\n"
                              "test \"t\" { run \"true\" expect ";
    EXPECT_EQ(Resolution(probe + "max(read.count) < 0xffffffffffffffff }").codes(), "KPS0308");
    EXPECT_EQ(Resolution(probe + "sum(read.count) < 0x7fffffffffffffff }").codes(), "");
    EXPECT_EQ(Resolution(probe + "count(read) < 0x8000000000000000 }").codes(), "KPS0501");
}

TEST(Comparisons, ThatATypeDecidesAreReported) {
    const ExpectCase cases[] = {
        {"== 300", "KPS0302"},
        {"== -1", "KPS0302"},
        {"!= -1", "KPS0303"},
        {"!= 256", "KPS0303"},
        {"< 0", "KPS0302"},
        {"<= -1", "KPS0302"},
        {"<= 255", "KPS0303"},
        {"< 256", "KPS0303"},
        {"> 255", "KPS0302"},
        {">= 256", "KPS0302"},
        {">= 0", "KPS0303"},
        {"> -1", "KPS0303"},
        {"== 255", ""},
        {"!= 0", ""},
        {"< 255", ""},
        {">= 1", ""},
        {"in 0..255", "KPS0303"},
        {"in 250..300", ""},
        {"in 256..300", "KPS0302"},
    };
    for (const ExpectCase& c : cases)
        EXPECT_EQ(Resolution(std::string("probe p on entry vfs_read { x : u8 = count }\n"
                                         "test \"t\" { run \"true\" expect some p where x ") +
                             c.statement + " }")
                      .codes(),
                  c.lowered)
            << c.statement;
}

TEST(Points, WithANamesakeInAModuleAreGivenByOffset) {
    kernel::KernelFacts facts = test::fixture_facts();
    facts.modules[0].add("vfs_read", 0x200, 't', kernel::ProbeStatus::probeable);
    const auto kernel = kernel::make_view(std::move(facts));
    ASSERT_TRUE(kernel);
    SourceSet sources;
    diag::Sink sink;
    const LoadedSpec loaded =
        load(sources.add("t.kps", "probe p on entry vfs_read { count }"), {}, sources, sink);
    const ResolvedSpec spec = resolve(loaded, sources, **kernel, sink);
    EXPECT_FALSE(sink.has_errors());
    ASSERT_EQ(spec.probes.size(), 1U);
    EXPECT_EQ(spec.probes[{0}].module, "");
    EXPECT_EQ(spec.probes[{0}].text_offset, 0x200U);
}

TEST(Requirements, GuardProbesThatOtherKernelsLack) {
    EXPECT_EQ(Resolution("requires kernel < 5.0\nprobe old on entry gone_function { x }\n"
                         "test \"t\" { run \"true\" expect some old }")
                  .diagnostics(),
              "");
    EXPECT_EQ(Resolution("probe old on entry gone_function { x }\n"
                         "test \"t\" { run \"true\" requires kernel < 5.0 expect some old }")
                  .diagnostics(),
              "");
}

TEST(Requirements, CompareAsManyNumbersAsTheyName) {
    EXPECT_TRUE(compare_versions("6.1.0-56-cloud-amd64", "6.1") == 0);
    EXPECT_TRUE(compare_versions("6.12.117+deb12-cloud-amd64", "6.2") > 0);
    EXPECT_TRUE(compare_versions("5.10.0", "5.10.1") < 0);
    EXPECT_TRUE(compare_versions("6", "6.0") == 0);
    EXPECT_TRUE(compare_versions("7.2-rc1", "7.2") == 0);
}

TEST(Alternatives, TheFirstThatExistsIsTakenAndNamed) {
    const Resolution r("probe open on entry do_sys_open else entry do_sys_openat2 {}\n"
                       "probe read on return vfs_read maxactive 64 {}\n"
                       "probe static on entry vfs_open {}");
    EXPECT_EQ(r.diagnostics(), "");
    EXPECT_EQ(r.dumped("probe 0 "), "open entry do_sys_openat2 (of several: entry do_sys_openat2)");
    EXPECT_EQ(r.dumped("probe 1 "), "read return vfs_read maxactive 64");
    EXPECT_THAT(r.dumped("  # "), HasSubstr("inlined"));
}

TEST(Alternatives, WithoutAnyAnOptionalStreamIsAbsent) {
    const Resolution r("probe gone on entry no_such_function optional { x = y }\n"
                       "call back on no_such_call optional { enter {} exit {} }\n"
                       "test \"a\" { run \"true\" expect no gone where x == 3 }\n"
                       "test \"b\" { run \"true\" expect max(back.duration) < 1s }\n"
                       "test \"c\" { run \"true\" let g = gone expect no g }");
    EXPECT_EQ(r.diagnostics(), "");
    ASSERT_EQ(r.spec.tests.size(), 3U);
    EXPECT_EQ(r.spec.tests[0].skip->reason,
              "`gone` is absent: no kernel function is named `no_such_function`");
    EXPECT_TRUE(r.spec.tests[1].skip);
    EXPECT_TRUE(r.spec.tests[2].skip);
}

TEST(Modules, AFunctionOfOneModuleIsFoundByItsNameAlone) {
    const Resolution r(
        "probe submit on entry lb_submit {}\nprobe again on entry other-one:of_modules {}");
    EXPECT_EQ(r.dumped("probe 0 "), "submit entry loop_back:lb_submit") << r.diagnostics();
}

TEST(Imports, AreUsedThroughTheirNames) {
    const Resolution r("import kps.vfs\nimport kps.vfs as other\n"
                       "test \"t\" { run \"true\" expect some vfs.read expect some other.read }");
    EXPECT_EQ(r.diagnostics(), "");
    EXPECT_EQ(r.dumped("  expect "), "some vfs.read\nsome vfs.read");
}

TEST(Imports, ProbesOfALibraryThatNobodyUsesNeedNotExist) {
    const Resolution r("import kps.vfs\nprobe read on entry vfs_read {}\n"
                       "test \"t\" { run \"true\" expect some read }");
    EXPECT_EQ(r.diagnostics(), "");
    EXPECT_EQ(r.spec.probes.size(), 1U);
}

TEST(Imports, CycleIsReportedOnceWithItsWay) {
    const Resolution r("import cycle.one\ntest \"t\" { run \"true\" expect some one.read }");
    EXPECT_EQ(r.codes(), "KPS0209");
    EXPECT_THAT(r.diagnostics(), HasSubstr("one.kps` -> `"));
    EXPECT_THAT(r.diagnostics(), HasSubstr("and from there on"));
}

TEST(Machines, AreLowered) {
    const Resolution apart(std::string(streams) +
                           "machine life { start idle idle: read where count > 3 => busy "
                           "busy: open.exit where ret < 0, read where count <= 3 => idle "
                           "busy: read where count > 3 => busy accept idle }"
                           "test \"t\" { run \"true\" expect open follows life "
                           "expect some connect expect some later }");
    EXPECT_EQ(apart.codes(), "");
    EXPECT_EQ(apart.spec.tests.at(0).expectations.at(0).text, "expect open follows life");
    EXPECT_THAT(dump(apart.spec),
                HasSubstr("expect open by tid follows life from idle; "
                          "idle: read where (count > 3) by tid => busy; "
                          "busy: open.exit where (ret < 0) by tid => idle; "
                          "busy: read where (count <= 3) by tid => idle; "
                          "busy: read where (count > 3) by tid => busy; accept idle"));
}

TEST(Machines, EdgesAreApartIfThatIsProved) {
    const ExpectCase pairs[] = {
        {"count > 3 | count <= 3", ""},
        {"count > 3 | count < 5", "KPS0524"},
        {"count == 3 | 3 != count", ""},
        {"count == 3 | 4 == count", ""},
        {"count >= 3 | 4 > count", "KPS0524"},
        {"count >= 3 | 3 > count", ""},
        {"count in 3..5 | count in 6..9", ""},
        {"count in 3..6 | count in 6..9", "KPS0524"},
        {"count > 3 && comm == \"a\" | comm == \"b\"", ""},
        {"comm == \"a\" | comm != \"b\"", "KPS0524"},
        {"comm == \"a\" | comm != \"a\"", ""},
        {"count > 9 || count < 3 | count in 3..9", ""},
        {"count > 9 || count < 3 | count in 2..9", "KPS0524"},
        {"count > 3 | !(count > 3)", ""},
        {"count > tid | !(count > tid)", ""},
        {"count > tid | count < tid", "KPS0524"},
        {"count & 1 | !(count & 1)", ""},
        {"count < 3 | count > 1 && (count < 2 || tid == 1 && tid == 2)", ""},
        {"count > 3 | tid < 3", "KPS0524"},
    };
    for (const ExpectCase& c : pairs) {
        const std::string both = c.statement;
        const std::size_t bar = both.find(" | ");
        const Resolution resolved(
            std::string(streams) + "machine m { start s s: read where " + both.substr(0, bar) +
            " => s s: read where " + both.substr(bar + 3) + " => s accept s }" +
            "test \"t\" { run \"true\" expect read follows m expect some open "
            "expect some connect expect some later }");
        EXPECT_EQ(resolved.codes(), c.lowered) << both;
    }
}

TEST(DirectedGraph, FindsCyclesOrdersAndWays) {
    EXPECT_THAT(find_cycle({3, {{0, 1}, {1, 2}, {0, 2}}}), testing::IsEmpty());
    EXPECT_THAT(find_cycle({1, {{0, 0}}}), ElementsAre(0));
    EXPECT_THAT(find_cycle({4, {{0, 1}, {1, 2}, {2, 3}, {3, 1}}}), ElementsAre(1, 2, 3));
    EXPECT_THAT(dependency_order({3, {{0, 1}, {1, 2}, {0, 2}}}), ElementsAre(2, 1, 0));
    EXPECT_THAT(reachable({4, {{0, 1}, {1, 0}, {2, 1}, {3, 3}}}, {0}),
                ElementsAre(true, true, false, false));
    EXPECT_THAT(reachable({3, {{0, 1}}}, {0, 2}), ElementsAre(true, true, true));
}

TEST(WithoutAKernel, WhatTheTextAloneTellsIsReported) {
    const ExpectCase cases[] = {
        {"expect some opne", "KPS0202"},
        {"expect some open where pth == \"x\"", ""}, // may be an enumerator of some kernel
        {"expect some open where path == 5", "KPS0301"},
        {"expect every open: duration < \"x\"", "KPS0301"},
        {"expect count(open) >= 0", "KPS0501"},
        {"expect max(open.dration) < 5ms", "KPS0205"},
        {"expect max(open.path) < 5", "KPS0506"},
        {"expect open.enter then open.exit by path", "KPS0205"},
        {"expect open.enter then open.exit within 5", "KPS0307"},
        {"expect some connect where state == WHATEVER", ""},
    };
    for (const ExpectCase& c : cases)
        EXPECT_EQ(test_of(c.statement, false).codes(), c.lowered) << c.statement;
    EXPECT_EQ(Resolution("probe p on entry f { r = retval }", false).codes(), "KPS0415");
    EXPECT_EQ(Resolution("probe p on at f+4 { r = arg1 }", false).codes(), "KPS0417");
    EXPECT_EQ(Resolution("probe p on entry f { r : u7 }", false).codes(), "KPS0309");
}

TEST(Errors, OfOneProbeAreNotRepeatedWhereItIsUsed) {
    const Resolution r(R"(
probe bad on entry no_such_function { x y : u32 = arg2 }
call worse on vfs_read { enter { nothing } exit { ret = retval } }
span both = bad => worse.exit by tid
test "t" {
    run "true"
    let narrow = bad where x == 5 && y == 2
    expect some bad where x == -ENOENT
    expect every narrow: y > 3
    expect max(bad.x) < 5
    expect count(bad) < 5 by x
    expect bad then worse.exit by tid within 1s
    expect every worse: ret > 0 && nothing == 5
    expect max(both.duration) < 5ms
})");
    EXPECT_EQ(r.codes(), "KPS0401 KPS0411") << r.diagnostics();
}

// ---------------------------------------------------------------- several functions

TEST(Points, OfSeveralFunctionsAreProbesOfOneStream) {
    const Resolution r("probe rw on entry all of vfs_read, vfs_write { file count }\n"
                       "probe tcp on entry any of \"tcp_*\" { sk }\n"
                       "probe twins on return any of \"type_show\" {}\n"
                       "probe one on entry any of \"loop_back:lb_*\" { length }\n"
                       "test \"t\" { run \"true\" expect some rw where func == \"vfs_read\"\n"
                       "expect some tcp expect some twins expect some one }");
    EXPECT_EQ(r.diagnostics(), "");
    std::vector<std::string> names;
    std::vector<std::uint64_t> offsets;
    for (const Probe& probe : r.spec.probes) {
        names.push_back(probe.name + " " + probe.module);
        offsets.push_back(probe.text_offset);
    }
    EXPECT_THAT(names,
                ElementsAre("rw:vfs_read ", "rw:vfs_write ", "tcp:tcp_close ", "tcp:tcp_connect ",
                            "twins:type_show ", "twins:type_show ", "one loop_back"));
    EXPECT_THAT(offsets, ElementsAre(0, 0, 0, 0, 0xf00, 0x1000, 0));
    EXPECT_THAT(r.spec.tests[0].probes, testing::SizeIs(7));
}

} // namespace
} // namespace kps::sema
