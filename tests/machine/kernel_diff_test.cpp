// What is told of the changes between Debian's kernels, against what is known of them.

#include "compiler/changes/diff.hpp"
#include "compiler/kernel/kernel_view.hpp"

#include <gmock/gmock.h>

namespace kps::changes {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<Change> between(const char* old_name, const char* new_name) {
    const auto old_kernel = kernel::open_kernel(old_name),
               new_kernel = kernel::open_kernel(new_name);
    if (!old_kernel || !new_kernel) {
        ADD_FAILURE() << "a kernel cannot be opened";
        return {};
    }
    return diff(**old_kernel, **new_kernel);
}

struct From61To612 : testing::Test {
    static const std::vector<Change>& all() {
        static const std::vector<Change> changes = between("debian:6.1", "debian:6.12");
        return changes;
    }

    static std::vector<Change> of(Kind kind, std::string_view name) {
        std::vector<Change> found;
        for (const Change& change : all())
            if (change.kind == kind && change.name == name) found.push_back(change);
        return found;
    }

    static Change one(Kind kind, std::string_view name) {
        const std::vector<Change> found = of(kind, name);
        EXPECT_EQ(found.size(), 1U) << to_string(kind) << " " << name;
        return found.empty() ? Change{} : found[0];
    }

    static std::string renamed_to(std::string_view name) {
        const Change change = one(Kind::function_renamed, name);
        return change.candidates.empty() ? "" : change.candidates.front().name;
    }
};

TEST_F(From61To612, RenamedFunctionsAreFound) {
    EXPECT_EQ(renamed_to("__alloc_pages"), "__alloc_pages_noprof");
    EXPECT_EQ(renamed_to("kfree_skb_reason"), "sk_skb_reason_drop");
}

TEST_F(From61To612, ChangedPrototypesAreFound) {
    const Change accept = one(Kind::function_signature, "inet_csk_accept");
    EXPECT_EQ(accept.severity, Severity::silent_wrong_data);
    EXPECT_THAT(accept.details, Contains("removed `int *err`"));
    const Change create = one(Kind::function_signature, "vfs_create");
    EXPECT_EQ(create.severity, Severity::silent_wrong_data);
    EXPECT_THAT(create.details,
                Contains("`struct user_namespace *mnt_userns` is `struct mnt_idmap *idmap`"));
}

TEST_F(From61To612, AFunctionThatTakesNoProbeIsFound) {
    EXPECT_EQ(one(Kind::function_not_probeable, "blk_account_io_start").new_side, "notrace");
}

TEST_F(From61To612, WhatChangedBehindAPointerIsFoundAsMembers) {
    EXPECT_THAT(of(Kind::function_signature, "vfs_rename"), IsEmpty());
    const Change member = one(Kind::member_renamed, "renamedata.old_mnt_userns");
    EXPECT_EQ(member.candidates.front().name, "renamedata.old_mnt_idmap");
    EXPECT_EQ(one(Kind::member_removed, "inode.i_ctime").old_side, "struct timespec64 i_ctime");
}

TEST_F(From61To612, AMovedEnumeratorIsFound) {
    EXPECT_EQ(one(Kind::enumerator_value, "SKB_DROP_REASON_NO_SOCKET").severity,
              Severity::silent_wrong_data);
}

TEST_F(From61To612, ChangedFieldsOfAnEventAreFound) {
    const Change change = one(Kind::tracepoint_fields, "sched:sched_stat_runtime");
    EXPECT_THAT(change.details, testing::ElementsAre("removed `u64 vruntime`"));
    EXPECT_EQ(change.severity, Severity::error);
}

TEST_F(From61To612, WhatStayedTheSameIsNotReported) {
    for (const char* name :
         {"do_sys_openat2", "vfs_read", "tcp_connect", "submit_bio", "cap_capable"})
        for (const Change& change : all())
            EXPECT_FALSE(change.name == name && to_string(change.kind).starts_with("function"))
                << name << ": " << to_string(change.kind);
}

TEST_F(From61To612, NothingIsReportedOfPadding) {
    for (const Change& change : all())
        EXPECT_FALSE(change.name.starts_with("__pfx_")) << change.name;
}

TEST(OtherKernelDiffs, WorkAlike) {
    const auto has = [](const std::vector<Change>& changes, Kind kind, std::string_view name) {
        return std::ranges::any_of(
            changes, [&](const Change& c) { return c.kind == kind && c.name == name; });
    };
    const auto first = between("debian:5.10", "debian:6.1");
    EXPECT_TRUE(has(first, Kind::function_signature, "vfs_create"));    // mnt_userns came in v5.12
    EXPECT_TRUE(has(first, Kind::member_renamed, "task_struct.state")); // __state since v5.14
    const auto last = between("debian:6.12", "debian:7.2");
    EXPECT_FALSE(last.empty());
    for (const auto* changes : {&first, &last})
        EXPECT_FALSE(has(*changes, Kind::function_removed, "vfs_read"));
}

} // namespace
} // namespace kps::changes
