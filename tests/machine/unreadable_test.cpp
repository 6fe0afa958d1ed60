// Reads that fault, of every kind and at every kind of address: unreadable, never zero or garbage,
// and what stands beside them is read all the same.

#include "tests/machine/kernels.hpp"
#include "tests/machine/lab.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>

namespace kps::machine {
namespace {

using Fields = std::map<std::string, std::string>;

const std::vector<std::string> from_memory = {"number", "small", "list",  "raw",
                                              "low",    "text",  "utext", "chain"};

/// `ksys_write` fails by its file descriptor before it looks at the buffer, whose address so may be
/// anything. The count tells the calls apart.
std::string spec_of(const std::string& program) {
    return R"(
probe w on entry ksys_write {
    buf
    tag    : u64      = count
    number : u64      = *(u64 *)buf
    small  : u16      = *(u16 *)buf
    list   : u16[3]   = *(u16 *)buf
    raw    : bytes[5] = buf[0]
    low    : bits(4, 4) = *(u32 *)buf
    text   : string   = buf
    utext  : ustring  = buf
    chain  : u64      = **(u64 **)buf
    plain  : s32      = fd
}
test "addresses" {
    run "perl -e ')" +
           program + R"('"
    expect some w where tag == 1001
}
)";
}

struct UnreadableTest : testing::TestWithParam<std::string> {
    /// The fields by tag of the calls that the program makes.
    std::map<std::uint64_t, Fields> calls(const std::string& program) {
        const Observed seen = Lab::on(GetParam()).run(spec_of(program));
        for (const hits::Loss& loss : seen.trace.losses)
            ADD_FAILURE() << loss.count << " " << loss.cause << " " << loss.begin_ns << ".."
                          << loss.end_ns << " live " << seen.trace.live_ns;
        std::map<std::uint64_t, Fields> calls;
        for (const hits::Hit& hit : seen.trace.hits) {
            const std::uint64_t tag = std::stoull(seen.shown(hit, "tag"));
            if (tag < 1000) continue;
            for (const sema::Field& field : seen.spec.probes[hit.probe].fields)
                calls[tag][field.name] = seen.shown(hit, field.name);
        }
        return calls;
    }
};

TEST_P(UnreadableTest, FaultsOfEveryKindAreUnreadable) {
    // NULL and near it; non-canonical; never mapped in the kernel's half; unmapped user memory
    const auto seen = calls("$n = 1000;"
                            "for (0, 8, 0xdead000000000100, 0x8000000000000000, "
                            "0xffffffffffffe000, 0xfffffe7fffffe000, 0x1000, 0x7fffdeadb000) "
                            "{ syscall(1, 99, int($_), ++$n) }");
    ASSERT_EQ(seen.size(), 8U);
    for (const auto& [tag, fields] : seen) {
        for (const std::string& field : from_memory)
            EXPECT_EQ(fields.at(field), "<unreadable>") << field << " of call " << tag;
        EXPECT_EQ(fields.at("plain"), "99") << tag;
        EXPECT_NE(fields.at("buf"), "<unreadable>") << tag;
    }
}

TEST_P(UnreadableTest, ReadableUserMemoryIsRead) {
    // A pointer to eight bytes that are text, one to a pointer to those, an empty text.
    const auto seen =
        calls("$t = q(abcdefg); $a = unpack(q(Q), pack(q(p), $t)); $p = pack(q(Q), $a);"
              "$e = chr(0) x 16;"
              "syscall(1, 99, $t, 1001); syscall(1, 99, $p, 1002); syscall(1, 99, $e, 1003)");
    ASSERT_EQ(seen.size(), 3U);
    const Fields& text = seen.at(1001);
    EXPECT_EQ(text.at("number"), std::to_string(0x0067666564636261));
    EXPECT_EQ(text.at("small"), std::to_string(0x6261));
    EXPECT_EQ(text.at("list"), fmt::format("[{}, {}, {}]", 0x6261, 0x6463, 0x6665));
    EXPECT_EQ(text.at("raw"), "61 62 63 64 65");
    EXPECT_EQ(text.at("low"), "6");
    EXPECT_EQ(text.at("text"), "\"abcdefg\"");
    EXPECT_EQ(text.at("utext"), "\"abcdefg\"");
    EXPECT_EQ(text.at("chain"), "<unreadable>"); // that text is no address
    EXPECT_EQ(seen.at(1002).at("chain"), text.at("number"));
    // Kernels to 6.12 report a zero in user memory like a fault; it may be either, never garbage.
    const Fields zeros = {
        {"number", "0"},  {"small", "0"},    {"list", "[0, 0, 0]"},    {"low", "0"},
        {"text", "\"\""}, {"utext", "\"\""}, {"raw", "00 00 00 00 00"}};
    for (const auto& [field, zero] : zeros)
        EXPECT_THAT(seen.at(1003).at(field), testing::AnyOf("<unreadable>", zero)) << field;
    EXPECT_EQ(seen.at(1003).at("chain"), "<unreadable>");
    EXPECT_EQ(seen.at(1003).at("plain"), "99");
}

INSTANTIATE_TEST_SUITE_P(Kernels, UnreadableTest, testing::ValuesIn(test_kernels()),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

} // namespace
} // namespace kps::machine
