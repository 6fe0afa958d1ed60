#include "tests/unit/semantics/resolve_fixture.hpp"

#include <gtest/gtest.h>

namespace kps::sema {
namespace {

struct FieldCase {
    const char* point;
    const char* field;
    const char* lowered; ///< what follows `x : ` in the dump
};

class FieldTest : public testing::TestWithParam<FieldCase> {};

TEST_P(FieldTest, IsLowered) {
    const FieldCase& c = GetParam();
    const Resolution r(std::string("probe p on ") + c.point + " { x " + c.field + " }");
    EXPECT_EQ(r.diagnostics(), "") << c.field;
    const std::string lowered = r.dumped("  x : ");
    EXPECT_EQ(lowered.substr(0, lowered.find('\n')), c.lowered) << c.field;
}

constexpr const char* open = "entry do_sys_openat2";
constexpr const char* vfs_read = "entry vfs_read";
constexpr const char* wake = "entry wake_up_new_task";
constexpr const char* tcp = "entry tcp_connect";

INSTANTIATE_TEST_SUITE_P(
    Parameters, FieldTest,
    testing::Values(
        FieldCase{open, "= dfd", "s32 = s32(arg1)"}, FieldCase{open, "= arg1", "s32 = s32(arg1)"},
        FieldCase{open, ": u8 = dfd", "u8 = u8(arg1)"},
        FieldCase{open, "= filename", "u64 hex = arg2"},
        FieldCase{open, ": ustring = filename", "string = load user string(arg2)"},
        FieldCase{open, ": string[32] = filename", "string[32] = load string(arg2)"},
        FieldCase{open, ": string = user(filename)", "string = load user string(arg2)"},
        FieldCase{open, "= *user(filename)", "s8 char = load user s8(arg2)"},
        FieldCase{open, ": u8[4] = user(filename)", "u8[4] = load user 4x8(arg2)"},
        FieldCase{open, "= user(how)->mode", "u64 = load user u64((arg3 + open_how.mode@8))"},
        FieldCase{open, "= user(filename)[3]", "s8 char = load user s8((arg2 + 3))"},
        FieldCase{open, ": u32 = *(u32 *)(user(filename) + 1)", "u32 = load user u32((arg2 + 1))"},
        FieldCase{vfs_read, "= count", "u64 = arg3"},
        FieldCase{vfs_read, ": s64 = count", "s64 = s64(arg3)"},
        FieldCase{wake, "= again", "u8 bool = u8(arg2)"},
        FieldCase{wake, ": bool = p", "u8 bool = (arg1 != 0)"},
        FieldCase{wake, "= letter", "s8 char = s8(arg3)"},
        FieldCase{"entry seven_words", "= f", "s32 = s32(arg6)"},
        FieldCase{"entry seven_words", "= g", "s32 = s32(stack[1])"},
        FieldCase{"entry seven_words", "= h", "u64 = stack[2]"},
        FieldCase{"entry by_value", "= after", "s32 = s32(arg3)"},
        FieldCase{"entry two_faced", "= same", "s32 = s32(arg1)"},
        FieldCase{"entry no_btf_function", ": u32 = arg2", "u32 = u32(arg2)"},
        FieldCase{"entry no_btf_function", ": string = arg2", "string = load string(arg2)"},
        FieldCase{"return vfs_open", "= retval", "s32 = s32(retval)"},
        FieldCase{"return vfs_read", ": errno = retval", "s64 errno = s64(retval)"},
        FieldCase{"return vfs_open", ": errno = retval", "s32 errno = s32(retval)"},
        FieldCase{"entry loop_back:lb_submit", "= device->queue",
                  "u32 = load u32((arg1 + lb_device.queue@0))"},
        FieldCase{"entry lb_submit", ": enum lb_state = device->state",
                  "u32 enum lb_state = load u32((arg1 + lb_device.state@4))"},
        FieldCase{"at vfs_read+0x10", "= %ax", "u64 hex = %ax"},
        FieldCase{"at vfs_read+0x10", ": u32 = stack[2]", "u32 = u32(stack[2])"}));

INSTANTIATE_TEST_SUITE_P(
    Events, FieldTest,
    testing::Values(
        FieldCase{"tracepoint sched:sched_wakeup", "= prio", "s32 = s32(field prio)"},
        FieldCase{"tracepoint sched:sched_wakeup", "= pid", "s32 = s32(field pid)"},
        FieldCase{"tracepoint sched:sched_wakeup", ": u8 = prio", "u8 = u8(field prio)"},
        FieldCase{"tracepoint sched:sched_wakeup", "= comm", "string[16] = text of field comm"},
        FieldCase{"tracepoint sched:sched_wakeup", "= name", "string = text of field name"},
        FieldCase{"tracepoint sched:sched_wakeup", "= kind", "u32 enum pid_type = u32(field kind)"},
        FieldCase{"tracepoint sched:sched_wakeup", "= file->f_mode",
                  "u32 = load u32((field file + file.f_mode@8))"}));

INSTANTIATE_TEST_SUITE_P(
    Members, FieldTest,
    testing::Values(
        FieldCase{open, "= how->mode", "u64 = load u64((arg3 + open_how.mode@8))"},
        FieldCase{open, ": x32 = how->mode", "u32 hex = load u32((arg3 + open_how.mode@8))"},
        FieldCase{vfs_read, "= file->f_count", "s64 = load s64((arg1 + file.f_count@0))"},
        FieldCase{vfs_read, ": string = file->f_path.dentry->d_name.name",
                  "string = load string(load u64((load u64((arg1 + file.f_path.dentry@24)) + "
                  "dentry.d_name.name@16)))"},
        FieldCase{vfs_read, "= file->f_ra[2]", "u32 = load u32((arg1 + file.f_ra[2]@48))"},
        FieldCase{vfs_read, "= file->f_ra", "u32[4] = load 4x32((arg1 + file.f_ra@40))"},
        FieldCase{vfs_read, "= file->f_ra[count & 3]",
                  "u32 = load u32(((arg1 + file.f_ra@40) + ((arg3 & 3) * 4)))"},
        FieldCase{vfs_read, "= *pos", "s64 = load s64(arg4)"},
        FieldCase{vfs_read, "= pos[2]", "s64 = load s64((arg4 + 16))"},
        FieldCase{vfs_read, "= *(pos + 2)", "s64 = load s64((arg4 + 16))"},
        FieldCase{vfs_read, "= &file->f_pos", "u64 hex = (arg1 + file.f_pos@32)"},
        FieldCase{vfs_read, "= (&file->f_path)->dentry",
                  "u64 hex = load u64((arg1 + file.f_path.dentry@24))"},
        FieldCase{vfs_read, ": bytes[4] = buf", "bytes[4] hex = load 4x8(arg2)"},
        FieldCase{vfs_read, ": u16[3] = buf", "u16[3] = load 3x16(arg2)"},
        FieldCase{vfs_read, ": u8[16] = buf[4]", "u8[16] = load 16x8((arg2 + 4))"},
        FieldCase{wake, "= p->comm", "string[16] = load string((arg1 + task_struct.comm@12))"},
        FieldCase{wake, ": string[4] = p->comm",
                  "string[4] = load string((arg1 + task_struct.comm@12))"},
        FieldCase{wake, "= p->comm[1]", "s8 char = load s8((arg1 + task_struct.comm[1]@13))"},
        FieldCase{wake, "= p->in_iowait",
                  "u32 = bits u1 at 1 of load u32((arg1 + task_struct.in_iowait@28))"},
        FieldCase{wake, "= p->pidtype",
                  "u32 enum task_kind = load u32((arg1 + task_struct.pidtype@40))"},
        FieldCase{tcp, "= sk->__sk_common.skc_ipv6only",
                  "u8 = bits u1 at 5 of load u8((arg1 + sock.__sk_common.skc_ipv6only@9))"},
        FieldCase{tcp, ": enum tcp_state = sk->__sk_common.skc_state",
                  "u8 enum tcp_state = load u8((arg1 + sock.__sk_common.skc_state@8))"},
        FieldCase{tcp, ": ipv4 = sk->__sk_common.skc_daddr",
                  "u32 ipv4 = load u32((arg1 + sock.__sk_common.skc_daddr@0))"},
        FieldCase{tcp, ": port = sk->__sk_common.skc_dport",
                  "u16 port = load u16((arg1 + sock.__sk_common.skc_dport@4))"},
        FieldCase{tcp, ": ipv6 = sk->sk_v6_daddr",
                  "bytes[16] ipv6 = load 16x8((arg1 + sock.sk_v6_daddr@16))"},
        FieldCase{tcp, ": ipv6 = &sk->sk_v6_daddr",
                  "bytes[16] ipv6 = load 16x8((arg1 + sock.sk_v6_daddr@16))"}));

INSTANTIATE_TEST_SUITE_P(
    Computed, FieldTest,
    testing::Values(FieldCase{vfs_read, "= count + 1", "u64 = (arg3 + 1)"},
                    FieldCase{vfs_read, "= -ENOENT", "s64 errno = -2"},
                    FieldCase{vfs_read, "= count > 5 ? 1 : 0", "s64 = ((arg3 > 5) ? 1 : 0)"},
                    FieldCase{vfs_read, ": bits(3, 2) = count", "u64 = ((arg3 >> 3) & 3)"},
                    FieldCase{vfs_read, ": bits(3, 2) = file->f_flags",
                              "u32 = bits u2 at 3 of load u32((arg1 + file.f_flags@12))"},
                    FieldCase{vfs_read, "= file->f_flags & MIGRATE_SYNC",
                              "s64 = (load u32((arg1 + file.f_flags@12)) & 2)"},
                    FieldCase{vfs_read, ": u64 = @jiffies", "u64 = load u64(&jiffies)"},
                    FieldCase{vfs_read, ": string = @linux_proc_banner",
                              "string = load string(&linux_proc_banner)"},
                    FieldCase{vfs_read, "= ((struct sock *)file)->sk_rcvbuf",
                              "s32 = load s32((arg1 + sock.sk_rcvbuf@32))"},
                    FieldCase{vfs_read, "= (u16)count", "u16 = u16(arg3)"},
                    FieldCase{vfs_read, "= (int)count", "s32 = s32(arg3)"},
                    FieldCase{vfs_read, "= (struct file *)count", "u64 hex = arg3"},
                    FieldCase{vfs_read, "= name else comm", "string[15] = comm"},
                    FieldCase{open, "= flags else how->flag else how->flags",
                              "u64 = load u64((arg3 + open_how.flags@0))"},
                    FieldCase{vfs_read, ": symbol = file", "u64 symbol = arg1"},
                    FieldCase{vfs_read, "= stack", "u64[] symbol = stack"},
                    FieldCase{"return vfs_read", "= stack", "u64[] symbol = stack"},
                    FieldCase{"tracepoint sched:sched_wakeup", "= stack", "u64[] symbol = stack"},
                    FieldCase{vfs_read, "= this_cpu(@runqueues).nr_running",
                              "u32 = load u32((this_cpu(&runqueues) + rq.nr_running@0))"},
                    FieldCase{vfs_read, "= this_cpu(@runqueues).curr->pid",
                              "s32 = load s32((load u64((this_cpu(&runqueues) + rq.curr@8)) + "
                              "task_struct.pid@4))"},
                    FieldCase{vfs_read, ": bytes[8] = this_cpu(@runqueues)",
                              "bytes[8] hex = load 8x8(this_cpu(&runqueues))"},
                    FieldCase{"entry mnt_get_count", "= *this_cpu(mnt->mnt_pcp)",
                              "s32 = load s32(this_cpu(load u64((arg1 + mount.mnt_pcp@0))))"},
                    FieldCase{"entry no_btf_function", ": u32 = *(u32 *)this_cpu(arg1)",
                              "u32 = load u32(this_cpu(arg1))"},
                    FieldCase{vfs_read, ": symbol[2] = buf", "u64[2] symbol = load 2x64(arg2)"}));

TEST(Fields, OfOneCpuNeedTheOffsetsOfAll) {
    kernel::KernelFacts facts = test::fixture_facts();
    std::erase_if(facts.image.symbols, [&](const auto& symbol) {
        return facts.image.name_of(symbol) == "__per_cpu_offset";
    });
    const auto kernel = kernel::make_view(std::move(facts));
    ASSERT_TRUE(kernel);
    SourceSet sources;
    diag::Sink sink;
    const LoadedSpec loaded = load(
        sources.add("t.kps", "probe p on entry vfs_read { n = this_cpu(@runqueues).nr_running }"),
        {}, sources, sink);
    resolve(loaded, sources, **kernel, sink);
    ASSERT_EQ(sink.sorted().size(), 1U);
    EXPECT_EQ(sink.sorted().front().message, "no kernel symbol is named `__per_cpu_offset`");
}

TEST(Fields, OfArm64UseItsRegisters) {
    kernel::KernelFacts facts = test::fixture_facts();
    facts.image.architecture = kernel::Architecture::arm64;
    const auto kernel = kernel::make_view(std::move(facts));
    ASSERT_TRUE(kernel);
    SourceSet sources;
    diag::Sink sink;
    const LoadedSpec loaded =
        load(sources.add("t.kps", "probe p on entry seven_words { g a = %x1 }\n"
                                  "probe q on entry by_value { after }"),
             {}, sources, sink);
    const std::string text = dump(resolve(loaded, sources, **kernel, sink));
    EXPECT_EQ(diag::render_text(sink.sorted(), sources, diag::Colour::never), "");
    EXPECT_NE(text.find("  g : s32 = s32(arg7)\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  a : u64 hex = %x1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  after : s32 = s32(arg3)\n"), std::string::npos) << text;
}

} // namespace
} // namespace kps::sema
