#include "runtime/report/changes.hpp"

#include "tests/data/json_schema.hpp"

#include <fstream>
#include <gmock/gmock.h>

namespace kps::report {
namespace {

using changes::Kind;
using changes::Severity;
using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

KernelChanges some_changes() {
    KernelChanges all{{"debian:6.1", "6.1.0-test"}, {"debian:6.12", "6.12.0-test"}, {}, {}};
    all.changes.push_back({.kind = Kind::enumerator_value,
                           .severity = Severity::silent_wrong_data,
                           .name = "NO_SOCKET",
                           .old_side = "NO_SOCKET = 2",
                           .new_side = "NO_SOCKET = 3"});
    all.changes.push_back(
        {.kind = Kind::function_renamed,
         .severity = Severity::error,
         .name = "alloc",
         .module = "ext4",
         .old_side = "int alloc(void)",
         .new_side = "int alloc_noprof(void)",
         .candidates = {{"alloc_noprof", "int alloc_noprof(void)", 0.834, "same signature"},
                        {"alloc_odd\xff", "", 0.6, "similar name"}}});
    all.changes.push_back({.kind = Kind::tracepoint_fields,
                           .severity = Severity::error,
                           .name = "sched:stat",
                           .old_side = "u64 a; u64 b",
                           .new_side = "u64 a",
                           .details = {"removed `u64 b`"}});
    return all;
}

Json schema() {
    return Json::parse(std::ifstream(KPS_TEST_DATA "/../../docs/kernel-diff.schema.json"));
}

TEST(Changes, JsonIsAsItsSchemaSays) {
    const Json printed = Json::parse(changes_json(some_changes()));
    EXPECT_THAT(test::SchemaCheck(schema()).violations(printed), IsEmpty());
    EXPECT_EQ(printed["changes"].size(), 3U);
    EXPECT_EQ(printed["changes"][1]["candidates"][0]["name"], "alloc_noprof");
    EXPECT_EQ(printed["changes"][1]["candidates"][0]["score"], 0.83);
    EXPECT_EQ(printed["changes"][1]["module"], "ext4");
    EXPECT_EQ(printed["old"]["release"], "6.1.0-test");
    EXPECT_THAT(test::SchemaCheck(schema()).violations(Json::parse(changes_json({}))), IsEmpty());
}

TEST(Changes, TheSchemaListsEveryKindAndSeverity) {
    KernelChanges all;
    for (std::size_t kind = 0; kind < changes::kinds; ++kind)
        for (std::size_t severity = 0; severity < changes::severities; ++severity)
            all.changes.push_back({.kind = Kind{static_cast<std::uint8_t>(kind)},
                                   .severity = Severity{static_cast<std::uint8_t>(severity)},
                                   .name = "x"});
    Json printed = Json::parse(changes_json(all));
    EXPECT_THAT(test::SchemaCheck(schema()).violations(printed), IsEmpty());
    EXPECT_EQ(schema()["$defs"]["change"]["properties"]["kind"]["enum"].size(), changes::kinds);
    printed["changes"][0]["kind"] = "function_moved";
    printed["changes"][1].erase("severity");
    printed["changes"][2]["new"] = 3;
    printed["changes"][3]["odd"] = true;
    EXPECT_THAT(test::SchemaCheck(schema()).violations(printed), testing::SizeIs(4));
}

TEST(Changes, TextHasASummaryFirst) {
    const std::string text = changes_text(some_changes(), false, diag::Colour::never);
    EXPECT_THAT(text, testing::StartsWith("6.1.0-test to 6.12.0-test: 3 changes\n"));
    EXPECT_THAT(text, HasSubstr("\nfunction_renamed                        -                  -"
                                "                  1                  -\n"));
    EXPECT_THAT(text, Not(HasSubstr("NO_SOCKET")));
    EXPECT_THAT(text, HasSubstr("--all"));
}

TEST(Changes, TextListsBySeverity) {
    KernelChanges all = some_changes();
    all.specs = {"a.kps"};
    const std::string text = changes_text(all, true, diag::Colour::never);
    EXPECT_THAT(text, testing::StartsWith("6.1.0-test to 6.12.0-test: 3 changes for these specs"));
    EXPECT_THAT(text, HasSubstr("\nsilent wrong data\n  enumerator_value NO_SOCKET\n"
                                "    old NO_SOCKET = 2\n    new NO_SOCKET = 3\n"
                                "\nerror\n  function_renamed alloc [ext4]\n"
                                "    old int alloc(void)\n"
                                "    now? int alloc_noprof(void) (83 %: same signature)\n"));
    EXPECT_THAT(text, HasSubstr("        removed `u64 b`\n"));
    all.changes.clear();
    EXPECT_EQ(changes_text(all, true, diag::Colour::never),
              "6.1.0-test to 6.12.0-test: 0 changes for these specs\n");
}

} // namespace
} // namespace kps::report
