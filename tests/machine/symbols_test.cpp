// What is decoded from a kernel's image, against what the same kernel says when it runs.

#include "compiler/kernel/open.hpp"
#include "tests/machine/guest.hpp"
#include "tests/machine/kernels.hpp"

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <map>
#include <random>
#include <set>

namespace kps::machine {
namespace {

using kernel::ProbeStatus;
using kernel::Symbol;

struct SymbolsTest : testing::TestWithParam<std::string> {
    void SetUp() override {
        auto opened = kernel::open_kernel(GetParam(), {});
        ASSERT_TRUE(opened) << opened.error().message;
        view = *opened;
        for (const Symbol& symbol : view->symbols().all())
            if (symbol.module == 0) symbols.push_back(symbol);
    }

    [[nodiscard]] bool has_namesake(const Symbol& function) const {
        return std::ranges::count_if(view->symbols().find(function.name), [](const Symbol& s) {
                   return s.type == 't' || s.type == 'T';
               }) > 1;
    }
    /// As kps writes it: by its place where a module may be loaded that has a function of its name.
    [[nodiscard]] std::string point(const Symbol& function) const {
        if (!has_namesake(function)) return std::string(function.name);
        return "_text+" +
               std::to_string(function.address - view->symbols().find("_text").at(0).address);
    }

    /// A file of the host for the guest, gone with the test.
    std::string write(const std::string& name, const std::string& text) {
        const std::string path = testing::TempDir() + "kps-" + std::to_string(getpid()) + name;
        std::ofstream(path) << text;
        files.push_back(path);
        return path;
    }

    void TearDown() override {
        for (const std::string& path : files)
            std::remove(path.c_str());
    }

    std::shared_ptr<const kernel::KernelView> view;
    std::vector<Symbol> symbols;
    std::vector<std::string> files;
};

TEST_P(SymbolsTest, EqualKallsymsNameForNameAndTypeForType) {
    std::multiset<std::string> lines;
    for (const Symbol& symbol : symbols)
        lines.insert(std::string(1, symbol.type) + " " + std::string(symbol.name));
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    const std::string expected = write("kallsyms", text);
    const std::string printed = printed_in_guest(
        GetParam(), {expected + ":/expected"},
        "grep -v '\\[' /proc/kallsyms | cut -d ' ' -f 2,3 | sort > /found\n"
        "if cmp -s /found /expected; then echo equal; else diff /found /expected | head -n 20; fi");
    EXPECT_EQ(printed, "equal\n");
}

/// Without the lengths of arrays, which the image has as the names of macros.
TEST_P(SymbolsTest, EventsAreThoseOfTracefsFieldForField) {
    ASSERT_GT(view->events().size(), 1000U);
    const std::string expected = write("events", kernel::print_events(view->events()));
    const std::string printed = printed_in_guest(GetParam(), {expected + ":/expected"}, R"sh(
cd /sys/kernel/tracing/events
for format in [!f]*/*/format f[!t]*/*/format; do
    echo "group ${format%%/*}"
    cat "$format"
done | awk '
    function item(text, key) { sub(key, "", text); sub(/;$/, "", text); return text }
    /^group / { group = $2 }
    /^name: / { print group ":" $2 }
    /^\tfield:/ && !/ common_/ {
        split($0, part, "\t")
        declared = item(part[2], "field:")
        at = match(declared, / [^ ]*$/)
        name = substr(declared, at + 1)
        bounds = index(name, "[") ? substr(name, index(name, "[")) : ""
        sub(/\[.*/, "", name)
        print " " item(part[3], "offset:") " " item(part[4], "size:") " " \
            (item(part[5], "signed:") == "1" ? "s" : "u") " " name " " \
            substr(declared, 1, at - 1) bounds
    }' | grep -v '^kps_' | sed 's/\[[^]]*\]$/[]/' > /found
# The groups in one order, the events of each as they come.
order() {
    sed 's/\[[^]]*\]$/[]/' "$1" |
        awk '/^[^ ]/ { if (event) print event; event = $0; next } { event = event "|" $0 }
             END { print event }' | sort
}
order /found > /a
order /expected > /b
if cmp -s /a /b; then echo equal; else diff /a /b | head -n 20; fi
)sh");
    EXPECT_EQ(printed, "equal\n");
}

TEST_P(SymbolsTest, WhatIsSaidToBeProbeableIsWhatTheKernelTakes) {
    std::map<std::string_view, int> times;
    for (const Symbol& symbol : symbols)
        ++times[symbol.name];
    std::vector<Symbol> functions;
    for (const Symbol& symbol : symbols)
        if ((symbol.type == 't' || symbol.type == 'T') && times[symbol.name] == 1)
            functions.push_back(symbol);
    const std::uint32_t seed = std::random_device()();
    std::mt19937 random(seed);
    std::shuffle(functions.begin(), functions.end(), random);
    // some of which modules have namesakes, whether these are loaded or not
    std::ranges::stable_partition(functions.begin() + 900, functions.end(),
                                  [&](const Symbol& function) { return has_namesake(function); });
    functions.resize(1000);
    std::string text;
    for (const Symbol& function : functions)
        text += std::string(function.probe == ProbeStatus::probeable ? "yes " : "no ") +
                point(function) + "\n";
    const std::string said = write("functions", text);
    const std::string printed = printed_in_guest(
        GetParam(), {said + ":/functions"},
        "events=/sys/kernel/tracing/kprobe_events\n"
        "n=0\n"
        "while read said name; do\n"
        "    n=$((n + 1))\n"
        "    if echo \"p:kps_test_random/e$n $name\" >> $events; then takes=yes; else takes=no; "
        "fi\n"
        "    [ $takes = $said ] || echo \"$name: we say $said, the kernel $takes\"\n"
        "done < /functions 2>/dev/null\n"
        "echo > $events\n"
        "echo $n functions");
    EXPECT_EQ(printed, "1000 functions\n") << "seed " << seed;
}

INSTANTIATE_TEST_SUITE_P(Kernels, SymbolsTest, testing::ValuesIn(test_kernels()),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

// Not booted: the oldest and the newest layout of the symbol tables.
TEST(OtherKernels, DecodeToo) {
    for (const char* name : {"debian:5.10", "debian:7.2"}) {
        const auto view = kernel::open_kernel(name, {});
        ASSERT_TRUE(view) << name << ": " << view.error().message;
        EXPECT_GT((*view)->symbols().size(), 90'000U) << name;
        ASSERT_NE((*view)->btf(), nullptr) << name;
        EXPECT_FALSE((*view)->btf()->functions("vfs_read").empty()) << name;
        const auto found = (*view)->symbols().find("vfs_read");
        ASSERT_EQ(found.size(), 1U) << name;
        EXPECT_EQ(found[0].probe, ProbeStatus::probeable) << name;
        EXPECT_TRUE((*view)->features().arguments()) << name;
    }
}

} // namespace
} // namespace kps::machine
