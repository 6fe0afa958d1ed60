#include "compiler/bpf_backend/object.hpp"
#include "tests/unit/bpf_backend/object_reader.hpp"
#include "tests/unit/semantics/resolve_fixture.hpp"

#include <gmock/gmock.h>

namespace kps::bpf {

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

/// A spec made into the object of its first test.
struct Made {
    explicit Made(const std::string& text, bool pushdown = true, bool trampolines = true)
        : resolution(text) {
        if (resolution.sink.has_errors()) throw std::runtime_error(resolution.diagnostics());
        const sema::Test& test = resolution.spec.tests.at(0);
        const plan::KernelWork work = plan::divide(resolution.spec, test, pushdown);
        const bool of_workload = test.scope == sema::HitScope::workload;
        object = emit({.spec = resolution.spec,
                       .sources = resolution.sources,
                       .kernel = *test::fixture_kernel(),
                       .probes = test.probes,
                       .work = &work,
                       .workload_only = of_workload,
                       .in_cgroup = !test.cgroup.empty(),
                       .trampolines = trampolines});
    }
    [[nodiscard]] ObjectReader read() const { return ObjectReader(object.value().elf); }

    sema::Resolution resolution;
    Result<Object> object = fail("not made");
};

/// A test of system scope over a probe named `p`.
std::string watched(const std::string& probe, const std::string& statement = "expect some p") {
    return probe + "\ntest \"t\" {\n    scope system\n    watch 1s\n    " + statement + "\n}\n";
}

TEST(Object, AProbeHangsByWhatItsFunctionAllows) {
    struct Case {
        const char* probe;
        const char* section;
    };
    const Case cases[] = {
        {"probe p on entry vfs_read { count }", "fentry/vfs_read"},
        {"probe p on return vfs_read { r = retval }", "fexit/vfs_read"},
        {"probe p on entry do_exit { code }", "fentry/do_exit"},
        {"probe p on return do_exit { r : u64 = 1 }", "kretprobe/do_exit"},
        {"probe p on entry migrate_enable", "kprobe/migrate_enable"},
        {"probe p on entry vfs_read { r : u64 = %di }", "kprobe/vfs_read"},
        {"probe p on return vfs_read { r : u64 = stack[1] }", "kretprobe/vfs_read"},
        {"probe p on entry vfs_read { stack }", "kprobe/vfs_read"},
        {"probe p on entry vfs_read { n = this_cpu(@runqueues).nr_running }", "fentry/vfs_read"},
        {"probe p on entry vfs_read { n : u64 = *(u64 *)this_cpu(%di) }", "kprobe/vfs_read"},
        {"probe p on at vfs_read+0x4 { r : u64 = %di }", "kprobe/vfs_read+0x4"},
        {"probe p on entry seven_words { a }", "kprobe/seven_words"},
        {"probe p on entry by_value", "kprobe/by_value"},
        {"probe p on entry two_faced { same }", "kprobe/two_faced"},
        {"probe p on entry no_btf_function { x : u64 = arg1 }", "kprobe/no_btf_function"},
        {"probe p on entry loop_back:lb_submit { length }", "kprobe/lb_submit"},
        {"probe p on tracepoint sched:sched_wakeup { prio }", "tp/sched/sched_wakeup"},
        {"probe p on user \"/usr/bin/server\":handle_request",
         "uprobe.s//usr/bin/server:handle_request"},
    };
    for (const Case& one : cases)
        EXPECT_THAT(Made(watched(one.probe)).read().programs(), ElementsAre(one.section))
            << one.probe;
    const Made without(watched("probe p on entry vfs_read { count }"), true, false);
    EXPECT_THAT(without.read().programs(), ElementsAre("kprobe/vfs_read"));
}

/// What leaves early has no registers to save; what goes on is a function of its own.
TEST(Object, WhatArgumentsDecideIsAskedBeforeTheRest) {
    const std::string probe = "probe p on entry vfs_read { count\n pos = *pos }";
    const auto rest_of = [&](const char* condition) {
        return Made(watched(probe, std::string("expect no p where ") + condition))
            .read()
            .text_of(".text");
    };
    EXPECT_THAT(rest_of("count > 100"), Not(IsEmpty()));
    EXPECT_THAT(rest_of("pos > 100"), IsEmpty());
}

TEST(Object, TheWorkloadsTasksAreKeptWhereOnlyTheyCount) {
    const ObjectReader object =
        Made("probe p on entry vfs_read\ntest \"t\" { run \"true\" expect some p }").read();
    EXPECT_THAT(object.programs(),
                UnorderedElementsAre("fentry/vfs_read", "tp_btf/sched_process_fork",
                                     "tp_btf/sched_process_exec", "tp_btf/sched_process_free"));
    EXPECT_TRUE(object.map("tasks"));
    EXPECT_FALSE(Made(watched("probe p on entry vfs_read")).read().map("tasks"));
}

TEST(Object, AControlGroupIsAMapOfOne) {
    const ObjectReader object =
        Made("probe p on entry vfs_read\ntest \"t\" { watch 1s scope cgroup \"/g\" expect no p }")
            .read();
    ASSERT_TRUE(object.map("cgroup"));
    EXPECT_EQ(object.map("cgroup").value().at("type"), 8U); // BPF_MAP_TYPE_CGROUP_ARRAY
    EXPECT_EQ(object.map("cgroup").value().at("max_entries"), 1U);
    EXPECT_FALSE(object.map("tasks"));
    EXPECT_FALSE(Made(watched("probe p on entry vfs_read")).read().map("cgroup"));
}

TEST(Object, IsUnderTheGpl) {
    EXPECT_EQ(Made(watched("probe p on entry vfs_read")).read().text_of("license"), "GPL");
}

TEST(Object, MapsHoldWhatThePlanSays) {
    const ObjectReader object =
        Made(watched("probe p on entry vfs_read { count }", "expect count(p) < 9 by (tid, comm)\n"
                                                            "    expect every p: count < 10\n"
                                                            "    show hist(p.count)"))
            .read();
    const auto attribute = [&](const char* map, const char* name) {
        return object.map(map).value().at(name);
    };
    EXPECT_EQ(attribute("keys_0", "key_size"), 16U + 64U); // a number and its sign, a string
    EXPECT_EQ(attribute("keys_0", "value_size"), 2U * 8U);
    EXPECT_EQ(attribute("sums", "value_size"), (2U + 4U + 3U + plan::histogram_buckets) * 8U);
    EXPECT_EQ(attribute("sums", "max_entries"), 1U);
    EXPECT_EQ(attribute("losses", "max_entries"), 1U); // one a probe
    EXPECT_FALSE(object.map("keys_1"));
    EXPECT_TRUE(object.map("hits"));
}

TEST(Object, ACallKeepsAFrameForEachDepth) {
    const ObjectReader object = Made(watched("call c on vfs_read { exit { r = retval } }",
                                             "expect every c: duration < 5ms"))
                                    .read();
    EXPECT_TRUE(object.map("calls_0"));
    EXPECT_THAT(object.programs(), UnorderedElementsAre("fentry/vfs_read", "fexit/vfs_read"));
}

TEST(Object, EveryMemberIsFoundAgainByTheLoader) {
    struct Case {
        const char* probe;
        const char* type;
        std::vector<std::uint32_t> kinds; ///< without repetition, `FieldInfo`
    };
    const Case cases[] = {
        {"probe p on entry vfs_read { f = file->f_flags }", "file", {0, 1}},
        {"probe p on entry vfs_read { f = file->f_ra[2] }", "file", {0, 1}},
        {"probe p on entry vfs_read { f : u8[4] = file->f_ra }", "file", {0}},
        {"probe p on entry vfs_read { f = file->f_count }", "file", {0, 1}},
        {"probe p on entry vfs_read { f = file->f_path.dentry }", "file", {0}},
        {"probe p on entry vfs_read { f : string = file->f_path.dentry->d_name.name }",
         "dentry",
         {0}},
        {"probe p on entry wake_up_new_task { f = p->in_iowait }", "task_struct", {0, 1, 4, 5}},
        {"probe p on entry wake_up_new_task { f = p->tgid }", "task_struct", {0, 1}},
    };
    for (const Case& one : cases) {
        std::vector<std::uint32_t> kinds;
        for (const auto& relocation : Made(watched(one.probe)).read().relocations())
            if (relocation.type == one.type) kinds.push_back(relocation.kind);
        std::ranges::sort(kinds);
        kinds.erase(std::ranges::unique(kinds).begin(), kinds.end());
        EXPECT_EQ(kinds, one.kinds) << one.probe;
    }
    EXPECT_THAT(Made(watched("probe p on entry vfs_read { count }")).read().relocations(),
                IsEmpty());
}

TEST(Object, LinesAreThoseOfTheSpec) {
    const ObjectReader object = Made("# a comment\n"
                                     "probe p on entry vfs_read {\n"
                                     "    flags = file->f_flags\n"
                                     "}\n"
                                     "test \"t\" {\n"
                                     "    scope system\n"
                                     "    watch 1s\n"
                                     "    expect no p where flags == 7\n"
                                     "}\n")
                                    .read();
    const auto lines = object.lines().at("fentry/vfs_read");
    using Line = ObjectReader::Line;
    EXPECT_THAT(lines, Contains(Line{2, "probe p on entry vfs_read {"}));
    EXPECT_THAT(lines, Contains(Line{3, "    flags = file->f_flags"}));
    EXPECT_THAT(lines, Contains(Line{8, "    expect no p where flags == 7"}));
    EXPECT_TRUE(object.btf().find(kernel::TypeKind::function, "p"));
}

TEST(Object, WhatDoesNotFitOnTheStackIsSaid) {
    std::string fields;
    std::string condition = "f0 == \"a\"";
    for (int i = 0; i < 12; ++i) {
        fields += " f" + std::to_string(i) + " : string = buf";
        condition += " || f" + std::to_string(i) + " == \"b\"";
    }
    const Made made(
        watched("probe p on entry vfs_read {" + fields + " }", "expect no p where " + condition));
    ASSERT_FALSE(made.object);
    EXPECT_THAT(made.object.error().message, HasSubstr("does not fit in a BPF program"));
}

} // namespace

} // namespace kps::bpf
