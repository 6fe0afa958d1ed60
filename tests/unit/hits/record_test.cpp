#include "runtime/hits/record.hpp"

#include "compiler/plan/lower.hpp"
#include "tests/unit/plan/fixture.hpp"

#include <gmock/gmock.h>

namespace kps::hits {
namespace {

using plan::SpecBuilder;
using testing::ElementsAre;

/// Lays out and writes records of a probe's event as the kernel does: common fields, the address,
/// the arguments without gaps, then the texts.
class Event {
public:
    explicit Event(const SpecBuilder& builder) {
        diag::Sink sink;
        plan = plan::lower(builder.spec, sink);
        layout.id = 1;
        std::uint32_t offset = 16;
        for (const bool texts : {true, false})
            for (const plan::Fetch& fetch : plan.probes[0].fetches)
                for (const plan::Part& part : fetch.parts) {
                    if ((part.size == 0) != texts) continue;
                    const std::uint32_t size = texts ? 4 : part.size * std::max(part.count, 1U);
                    layout.fields.push_back({part.name, offset, size, false, texts});
                    offset += size;
                }
        record.resize(offset);
    }

    Event& set(std::string_view name, std::uint64_t value) {
        const EventField* field = layout.find(name);
        for (std::size_t i = 0; i < field->size; ++i)
            record[field->offset + i] = std::byte(value >> 8 * i);
        return *this;
    }
    /// A string that was read, with its NUL.
    Event& text(std::string_view name, const std::string& value) {
        const std::size_t at = record.size();
        for (const char c : value)
            record.push_back(std::byte(c));
        record.push_back(std::byte{0});
        return set(name, (value.size() + 1) << 16 | at);
    }
    /// One that has length 0, because of a fault or because it is empty.
    Event& no_text(std::string_view name, std::size_t reserved) {
        set(name, record.size());
        empty_ += reserved;
        return *this;
    }
    /// The values live as long as this.
    [[nodiscard]] std::vector<Value> decode() {
        std::vector<std::byte> bytes = record;
        bytes.resize((bytes.size() + empty_ + 3) / 4 * 4);
        const auto values = RecordDecoder::make(plan, {0}, layout)->decode(bytes, storage);
        return {values.begin(), values.end()};
    }

    plan::Plan plan;
    EventLayout layout;
    std::vector<std::byte> record;
    Storage storage;

private:
    std::size_t empty_ = 0;
};

SpecBuilder numbers() {
    SpecBuilder b;
    b.probe("p", "f");
    b.field("small", b.add(sema::Convert{b.argument(0), 2, true}, 2, true));
    b.field("big", b.argument(1));
    b.field("sum", b.sum(b.argument(1), b.number(1)));
    b.field("low", b.add(sema::ExtractBits{b.argument(1), 4, 4, false}));
    return b;
}

TEST(RecordDecoder, ExtendsAndComputesNumbers) {
    Event event(numbers());
    event.set("small", 0xfffe).set("big", 0x123);
    EXPECT_THAT(event.decode(), ElementsAre(Value(std::uint64_t(-2)), Value(std::uint64_t{0x123}),
                                            Value(std::uint64_t{0x124}), Value(std::uint64_t{2})));
}

TEST(RecordDecoder, MakesNumbersUnreadableWhereTheirGuardFaulted) {
    SpecBuilder b;
    b.probe("p", "f");
    b.field("n", b.load(b.argument(0), 8, 4));
    b.field("twice", b.sum(b.load(b.argument(0), 8, 4), b.load(b.argument(0), 8, 4)));
    Event good(b);
    good.set("n", 21).text("n_ok", "\x15");
    EXPECT_THAT(good.decode(), ElementsAre(Value(std::uint64_t{21}), Value(std::uint64_t{42})));
    Event bad(b);
    bad.set("n", 21).no_text("n_ok", 0);
    EXPECT_THAT(bad.decode(), ElementsAre(Value(Unreadable{}), Value(Unreadable{})));
}

TEST(RecordDecoder, KnowsTheFaultTextOfSomeKernels) {
    SpecBuilder b;
    b.probe("p", "f");
    b.string_field("s", b.string(b.argument(0), false));
    Event event(b);
    EXPECT_THAT(event.text("s", "(fault)").decode(), ElementsAre(Value(Unreadable{})));
}

TEST(RecordDecoder, KeepsNoMoreOfAStringThanAskedFor) {
    SpecBuilder b;
    b.probe("p", "f");
    b.field("s", b.string(b.argument(0), false),
            {sema::TypeKind::string, 1, false, 3, sema::Display::text, {}});
    Event event(b);
    EXPECT_THAT(event.text("s", "abcdef").decode(), ElementsAre(Value("abc")));
}

SpecBuilder user_string_and(std::uint8_t size) {
    SpecBuilder b;
    b.probe("p", "f");
    b.string_field("s", b.string(b.argument(0), true));
    b.field("n", b.add(sema::Convert{b.argument(1), size, false}, size));
    return b;
}

TEST(RecordDecoder, TellsAnEmptyUserStringFromAFaultBySize) {
    Event empty(user_string_and(4));
    EXPECT_EQ(empty.no_text("s", 1).decode()[0], Value(""));
    Event fault(user_string_and(4));
    EXPECT_EQ(fault.no_text("s", 0).decode()[0], Value(Unreadable{}));
}

TEST(RecordDecoder, HoldsAnEmptyUserStringForUnreadableIfRoundingHidesIt) {
    Event empty(user_string_and(1));
    EXPECT_EQ(empty.no_text("s", 1).decode()[0], Value(Unreadable{}));
}

TEST(RecordDecoder, DoesNotTakeAnotherTextsEmptinessForThatOfAFault) {
    SpecBuilder b;
    b.probe("p", "f");
    b.string_field("faulted", b.string(b.argument(0), true));
    b.string_field("empty", b.string(b.argument(1), false)); // the address is of user memory
    Event event(b);
    event.no_text("faulted", 0).no_text("empty", 1);
    EXPECT_EQ(event.decode()[0], Value(Unreadable{}));
}

SpecBuilder two_user_numbers() {
    SpecBuilder b;
    b.probe("p", "f");
    b.field("a", b.load(b.argument(0), 0, 4, false, true));
    b.field("b", b.load(b.argument(1), 0, 4, false, true));
    b.field("odd", b.add(sema::Convert{b.argument(2), 1, false}, 1));
    return b;
}

void no_texts(Event& event, const std::string& name, std::size_t reserved) {
    event.no_text(name, reserved);
    for (const auto* copy : {"_2", "_3", "_4"})
        event.no_text(name + copy, reserved);
}

TEST(RecordDecoder, TellsZerosInUserMemoryFromFaults) {
    for (const bool readable : {true, false}) {
        Event event(two_user_numbers());
        no_texts(event, "a_ok", readable);
        no_texts(event, "b_ok", readable);
        const Value expected = readable ? Value(std::uint64_t{0}) : Value(Unreadable{});
        EXPECT_EQ(event.decode()[0], expected);
        EXPECT_EQ(event.decode()[1], expected);
    }
    Event mixed(two_user_numbers()); // one of them, but which?
    no_texts(mixed, "a_ok", 1);
    no_texts(mixed, "b_ok", 0);
    EXPECT_EQ(mixed.decode()[0], Value(Unreadable{}));
    EXPECT_EQ(mixed.decode()[1], Value(Unreadable{}));
}

TEST(RecordDecoder, PutsArraysTogetherFromTheirParts) {
    SpecBuilder b;
    b.probe("p", "f");
    b.field("list", b.add(sema::LoadBytes{b.argument(0), 2, 5, true}, 2, true),
            {sema::TypeKind::array, 2, true, 5, sema::Display::decimal, {}});
    Event event(b);
    event.set("list", 0x0004'0003'0002'0001).set("list_2", 0xffff);
    for (const auto* guard : {"list_ok", "list_ok_2", "list_ok_3", "list_ok_4"})
        event.text(guard, "\x01");
    for (const auto* guard : {"list_ok_5", "list_ok_6", "list_ok_7", "list_ok_8"})
        event.text(guard, "\xff\xff");
    const std::uint64_t elements[] = {1, 2, 3, 4, std::uint64_t(-1)};
    EXPECT_EQ(event.decode()[0], Value(Elements(elements)));
}

TEST(RecordDecoder, RefusesAnEventThatIsNotAsPlanned) {
    Event event(numbers());
    EventLayout layout = event.layout;
    layout.fields[0].size = 4;
    EXPECT_FALSE(RecordDecoder::make(event.plan, {0}, layout));
    layout = event.layout;
    layout.fields.pop_back();
    EXPECT_FALSE(RecordDecoder::make(event.plan, {0}, layout));
}

TEST(RecordDecoder, ReadsNothingOutsideOfShortRecords) {
    SpecBuilder b = two_user_numbers();
    b.string_field("s", b.string(b.argument(3), false));
    Event event(b);
    event.text("s", "text");
    auto decoder = RecordDecoder::make(event.plan, {0}, event.layout);
    for (std::size_t size = 0; size < event.record.size(); ++size) {
        const std::vector<std::byte> cut(event.record.begin(),
                                         event.record.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_EQ(decoder->decode(cut, event.storage).size(), 4U);
    }
    event.set("s", 0xffff'fff0);
    EXPECT_EQ(decoder->decode(event.record, event.storage)[3], Value(Unreadable{}));
}

} // namespace
} // namespace kps::hits
