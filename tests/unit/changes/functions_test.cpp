#include "tests/unit/changes/two_kernels.hpp"

#include <gmock/gmock.h>

namespace kps::changes {
namespace {

using kernel::ProbeStatus;
using test::differences;
using test::SmallKernel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Named {
    std::string name;
    ProbeStatus probe = ProbeStatus::probeable;
};

struct SymbolsRow {
    std::vector<Named> was, now;
    std::vector<std::string> expected;
};

class Symbols : public testing::TestWithParam<SymbolsRow> {};

TEST_P(Symbols, AreCompared) {
    SmallKernel was, now;
    for (const Named& symbol : GetParam().was)
        was.symbol(symbol.name, symbol.probe);
    for (const Named& symbol : GetParam().now)
        now.symbol(symbol.name, symbol.probe);
    EXPECT_EQ(differences(was, now), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Functions, Symbols,
    testing::Values(
        SymbolsRow{{{"f"}}, {{"f"}}, {}},
        SymbolsRow{{{"f"}}, {}, {"function_removed f (error): f -> none"}},
        SymbolsRow{{}, {{"f"}}, {"function_added f (harmless): none -> f"}},
        SymbolsRow{{{"f"}},
                   {{"f", ProbeStatus::notrace}},
                   {"function_not_probeable f (error): probeable -> notrace"}},
        SymbolsRow{{{"f"}},
                   {{"f", ProbeStatus::init}},
                   {"function_not_probeable f (error): probeable -> init, gone after boot"}},
        SymbolsRow{{{"f", ProbeStatus::blacklisted}}, {{"f", ProbeStatus::notrace}}, {}},
        SymbolsRow{{},
                   {{"f", ProbeStatus::blacklisted}},
                   {"function_not_probeable f (error): none -> blacklisted",
                    "function_added f (harmless): none -> f"}},
        // What is gone after boot is nothing to be observed.
        SymbolsRow{{{"f", ProbeStatus::init}}, {{"g", ProbeStatus::init}}, {}},
        SymbolsRow{{{"f"}},
                   {{"f"}, {"f"}},
                   {"function_ambiguous f (missed hits): 1 function -> 2 functions"}},
        SymbolsRow{{{"f"}, {"f"}}, {{"f"}, {"f"}, {"f"}}, {}},
        SymbolsRow{{{"f"}}, {{"f.isra.0"}}, {"function_suffixed f (error): f -> f.isra.0"}},
        SymbolsRow{{{"f"}},
                   {{"f"}, {"f.part.0"}},
                   {"function_suffixed f (missed hits): f -> f, f.part.0"}},
        SymbolsRow{{{"f.isra.0"}}, {{"f"}}, {"function_suffixed f (harmless): f.isra.0 -> f"}},
        SymbolsRow{{{"f.isra.0"}}, {{"f.isra.7"}}, {}},
        SymbolsRow{{{"f"}}, {{"f"}, {"f.cold"}}, {}},
        SymbolsRow{{{"f"}}, {{"f"}, {"__pfx_f"}, {"__SCT__f"}}, {}},
        // Data that is text by its type, as 7.2 has it.
        SymbolsRow{{}, {{"event_attr", ProbeStatus::not_text}}, {}}));

struct Prototype {
    std::string returned = "void";
    std::vector<std::pair<std::string, std::string>> parameters; ///< type, name
};

struct PrototypeRow {
    Prototype was, now;
    std::string expected; ///< severity and details; empty: no change
};

void add(SmallKernel& kernel, const Prototype& prototype) {
    const auto type = [&](const std::string& text) -> kernel::TypeId {
        if (text == "int") return kernel.int_;
        if (text == "u32") return kernel.types.typedef_type("u32", kernel.u32);
        if (text == "unsigned int") return kernel.u32;
        if (text == "long") return kernel.long_;
        if (text == "void *") return kernel.types.pointer({0});
        if (text == "const a *")
            return kernel.types.pointer(kernel.types.const_type(kernel.types.forward("a")));
        if (text == "whole a *")
            return kernel.types.pointer(kernel.types.structure("a", 4, {{"x", kernel.int_, 0}}));
        if (text == "user a *")
            return kernel.types.pointer(kernel.types.type_tag("user", kernel.types.forward("a")));
        if (text == "a *") return kernel.pointer_to_struct("a");
        if (text == "b *") return kernel.pointer_to_struct("b");
        return {0};
    };
    std::vector<test::BtfBuilder::Parameter> parameters;
    for (const auto& [spelling, name] : prototype.parameters)
        parameters.push_back({name, type(spelling)});
    kernel.function("f", type(prototype.returned), parameters);
}

class Prototypes : public testing::TestWithParam<PrototypeRow> {};

TEST_P(Prototypes, AreCompared) {
    SmallKernel was, now;
    add(was, GetParam().was);
    add(now, GetParam().now);
    std::string found;
    for (const Change& change : diff(*was.make(), *now.make())) {
        if (change.kind != Kind::function_signature) continue;
        found = to_string(change.severity);
        for (const std::string& detail : change.details)
            found += "; " + detail;
    }
    EXPECT_EQ(found, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Functions, Prototypes,
    testing::Values(
        PrototypeRow{{"int", {{"a *", "p"}}}, {"int", {{"a *", "p"}}}, ""},
        // What is inside of a struct is no matter of the function.
        PrototypeRow{{"int", {{"a *", "p"}}}, {"int", {{"whole a *", "p"}}}, ""},
        PrototypeRow{{"int", {{"a *", "p"}}}, {"int", {{"user a *", "p"}}}, ""},
        PrototypeRow{{"int", {{"a *", "p"}}},
                     {"int", {{"const a *", "p"}}},
                     "harmless; `struct a *p` is `const struct a *p`"},
        PrototypeRow{{"int", {{"u32", "n"}}},
                     {"int", {{"unsigned int", "n"}}},
                     "harmless; `u32 n` is `unsigned int n`"},
        PrototypeRow{{"int", {{"int", "n"}}},
                     {"int", {{"unsigned int", "n"}}},
                     "silent wrong data; `int n` is `unsigned int n`"},
        PrototypeRow{{"int", {{"a *", "p"}}},
                     {"int", {{"b *", "p"}}},
                     "silent wrong data; `struct a *p` is `struct b *p`"},
        PrototypeRow{{"int", {{"a *", "p"}}},
                     {"int", {{"void *", "p"}}},
                     "harmless; `struct a *p` is `void *p`"},
        PrototypeRow{{"int", {{"a *", "p"}}},
                     {"int", {{"a *", "q"}}},
                     "error; `struct a *p` is `struct a *q`"},
        PrototypeRow{{"int", {{"a *", "p"}, {"int", "n"}}},
                     {"int", {{"b *", "q"}, {"int", "n"}}},
                     "silent wrong data; `struct a *p` is `struct b *q`"},
        PrototypeRow{{"int", {{"a *", "p"}}},
                     {"int", {{"a *", "p"}, {"int", "n"}}},
                     "harmless; added `int n`"},
        PrototypeRow{{"int", {{"a *", "p"}}},
                     {"int", {{"int", "n"}, {"a *", "p"}}},
                     "silent wrong data; `p` is parameter 2, was 1; added `int n`"},
        PrototypeRow{{"int", {{"a *", "p"}, {"int", "n"}}},
                     {"int", {{"a *", "p"}}},
                     "silent wrong data; removed `int n`"},
        PrototypeRow{{"int", {{"a *", "p"}, {"b *", "q"}}},
                     {"int", {{"b *", "q"}, {"a *", "p"}}},
                     "silent wrong data; `p` is parameter 2, was 1; `q` is parameter 1, was 2"},
        PrototypeRow{{"int", {}}, {"long", {}}, "silent wrong data; returns `long int`, was `int`"},
        PrototypeRow{{"int", {}}, {"void", {}}, "silent wrong data; returns `void`, was `int`"},
        PrototypeRow{{"void", {}}, {"int", {}}, "harmless; returns `int`, was `void`"}));

TEST(Functions, OfSeveralPrototypesOneInCommonIsNoChange) {
    SmallKernel was, now;
    was.function("f", was.int_, {{"a", was.int_}});
    was.types.function("f", was.int_, {{"b", was.long_}});
    now.function("f", now.int_, {{"b", now.long_}});
    EXPECT_THAT(differences(was, now), IsEmpty());
}

/// A function between others, in a kernel that calls it by that name.
SmallKernel around(const std::string& name, bool has_sock) {
    SmallKernel kernel;
    const auto skb = kernel.pointer_to_struct("sk_buff");
    const auto reason = kernel.types.enum32("drop_reason", {{"DROP", 0}});
    for (const char* before : {"skb_release", "build_skb", "skb_clone"})
        kernel.function(before, skb, {{"skb", skb}});
    std::vector<test::BtfBuilder::Parameter> parameters = {{"skb", skb}, {"reason", reason}};
    if (has_sock) parameters.insert(parameters.begin(), {"sk", kernel.pointer_to_struct("sock")});
    kernel.function(name, {0}, parameters);
    for (const char* after : {"skb_queue", "skb_dequeue", "skb_trim"})
        kernel.function(after, skb, {{"skb", skb}});
    return kernel;
}

TEST(Functions, ARenamedOneIsFoundByPlaceSignatureAndWords) {
    const SmallKernel was = around("free_skb_reason", false);
    SmallKernel now = around("sk_skb_reason_drop", true);
    now.function("dev_queue_xmit", now.int_, {{"n", now.int_}});
    EXPECT_THAT(differences(was, now),
                ElementsAre("function_renamed free_skb_reason (error): "
                            "void free_skb_reason(struct sk_buff *skb, enum drop_reason reason) -> "
                            "void sk_skb_reason_drop(struct sock *sk, struct sk_buff *skb, "
                            "enum drop_reason reason); ? sk_skb_reason_drop",
                            "function_added dev_queue_xmit (harmless): none -> "
                            "int dev_queue_xmit(int n)",
                            "function_added sk_skb_reason_drop (harmless): none -> "
                            "void sk_skb_reason_drop(struct sock *sk, struct sk_buff *skb, "
                            "enum drop_reason reason)"));
}

TEST(Functions, TheLikeliestCandidateIsTheFirst) {
    const SmallKernel was = around("free_skb_reason", false);
    SmallKernel now = around("free_skb_reason_noprof", false);
    now.function("free_skb_list", {0}, {{"skb", now.pointer_to_struct("sk_buff")}});
    const auto found = diff(*was.make(), *now.make());
    ASSERT_EQ(found.front().kind, Kind::function_renamed);
    EXPECT_EQ(found.front().candidates.front().name, "free_skb_reason_noprof");
    EXPECT_GT(found.front().candidates.front().score, 0.8);
}

kernel::ModuleFacts module_with(const char* function) {
    kernel::ModuleFacts module;
    module.name = "ext4";
    if (function != nullptr) module.add(function, 0x40, 'T', ProbeStatus::probeable);
    return module;
}

TEST(Functions, OfModulesAreComparedToo) {
    SmallKernel was, now;
    was.facts.modules.push_back(module_with("ext4_sync"));
    now.facts.modules.push_back(module_with(nullptr));
    const auto found = diff(*was.make(), *now.make());
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(test::line_of(found[0]), "function_removed ext4_sync (error): ext4_sync -> none");
    EXPECT_EQ(found[0].module, "ext4");
}

TEST(Functions, ModulesOfWhichOneKernelTellsNothingAreNotGone) {
    SmallKernel was, now;
    was.facts.modules.push_back(module_with("ext4_sync"));
    EXPECT_THAT(differences(was, now), IsEmpty());
}

TEST(Functions, OnlyThoseThatAreUsed) {
    SmallKernel was, now;
    was.symbol("f"), was.symbol("g");
    now.symbol("h");
    Used used;
    used.functions = {"g"};
    EXPECT_THAT(differences(was, now, {.used = &used}),
                ElementsAre("function_removed g (error): g -> none"));
}

TEST(Functions, AreOnlyNamedForASummary) {
    SmallKernel was, now;
    was.function("gone", was.int_, {});
    was.function("kept", was.int_, {{"a", was.int_}});
    now.function("kept", now.int_, {{"a", now.long_}});
    now.function("new_one", now.int_, {});
    EXPECT_THAT(differences(was, now, {.with_declarations = false}),
                ElementsAre("function_signature kept (silent wrong data): kept -> kept; `int a` is "
                            "`long int a`",
                            "function_removed gone (error): gone -> none",
                            "function_added new_one (harmless): none -> new_one"));
}

} // namespace
} // namespace kps::changes
