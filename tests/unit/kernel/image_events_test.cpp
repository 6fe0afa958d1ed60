#include "compiler/kernel/image_events.hpp"

#include "tests/data/program_builder.hpp"
#include "tests/unit/kernel/event_types.hpp"

#include <gmock/gmock.h>

namespace kps::kernel {
namespace {

using testing::ElementsAre;

/// Memory of a kernel: what is put in has an address.
class Memory {
public:
    std::uint64_t put(const std::vector<std::uint64_t>& words) {
        const std::uint64_t at = next();
        for (const std::uint64_t word : words)
            content_.append(reinterpret_cast<const char*>(&word), sizeof word);
        return at;
    }
    std::uint64_t text(const std::string& text) {
        const std::uint64_t at = next();
        content_ += text;
        content_.resize((content_.size() / 8 + 1) * 8);
        return at;
    }
    [[nodiscard]] std::uint64_t next() const {
        return test::ProgramBuilder::address + content_.size();
    }
    [[nodiscard]] std::string file() const {
        test::ProgramBuilder program;
        program.content = content_;
        return program.file();
    }

private:
    std::string content_;
};

std::uint64_t halves(std::uint32_t low, std::uint32_t high) {
    return low | std::uint64_t{high} << 32;
}

/// A `struct trace_event_fields`.
std::vector<std::uint64_t> field(Memory& memory, const char* type, const char* name,
                                 std::uint32_t size, std::uint32_t align, bool is_signed) {
    return {memory.text(type), memory.text(name), halves(size, align), is_signed ? 2U : 0U};
}

struct Kernel {
    Memory memory;
    Kallsyms kallsyms;
    std::vector<std::uint64_t> calls;
    std::vector<std::byte> types = test::event_types();

    void symbol(const std::string& name, std::uint64_t address) {
        kallsyms.symbols.push_back({address,
                                    static_cast<std::uint32_t>(kallsyms.names.size()),
                                    static_cast<std::uint32_t>(name.size()),
                                    'T',
                                    {}});
        kallsyms.names += name;
    }
    void call(const char* group, std::uint64_t fields, std::uint64_t name, std::uint64_t data,
              std::uint32_t flags) {
        const std::uint64_t event_class = memory.put({memory.text(group), fields});
        calls.push_back(memory.put({event_class, name, data, flags}));
    }
    std::uint64_t fields(const std::vector<std::vector<std::uint64_t>>& all) {
        std::vector<std::uint64_t> words;
        for (const auto& one : all)
            words.insert(words.end(), one.begin(), one.end());
        words.resize(words.size() + 4); // the end
        return memory.put(words);
    }
    std::vector<TraceEvent> events() {
        const std::uint64_t table = memory.put(calls);
        symbol("__start_ftrace_events", table);
        symbol("__stop_ftrace_events", memory.next());
        const std::string file = memory.file();
        const auto image = KernelImage::open(std::as_bytes(std::span(file)));
        const auto btf = Btf::parse(types);
        return image && btf ? read_events(*image, kallsyms, *btf) : std::vector<TraceEvent>{};
    }
};

TEST(ImageEvents, HaveTheirFieldsWhereTheKernelPutsThem) {
    Kernel kernel;
    Memory& memory = kernel.memory;
    const auto fields = kernel.fields(
        {field(memory, "char[16]", "comm", 16, 1, false), field(memory, "u8", "flag", 1, 1, false),
         field(memory, "pid_t", "pid", 4, 4, true), field(memory, "void *", "place", 8, 8, false)});
    const auto tracepoint = memory.put({memory.text("switched")});
    kernel.call("sched", fields, tracepoint, 0, 16 | 1);
    kernel.call("ftrace", fields, memory.text("function"), 0, 0);
    kernel.call("block", kernel.fields({}), memory.text("plug"), 0, 0);
    EXPECT_THAT(kernel.events(), ElementsAre(TraceEvent{"block", "plug", {}},
                                             TraceEvent{"sched",
                                                        "switched",
                                                        {{"char[16]", "comm", 8, 16, false},
                                                         {"u8", "flag", 24, 1, false},
                                                         {"pid_t", "pid", 28, 4, true},
                                                         {"void *", "place", 32, 8, false}}}));
}

TEST(ImageEvents, OfSystemCallsAreThoseThatCanBeCalled) {
    Kernel kernel;
    Memory& memory = kernel.memory;
    const std::vector<std::uint64_t> by_function{~std::uint64_t{0}, 0, 0, 0};
    const auto fields =
        kernel.fields({field(memory, "int", "__syscall_nr", 4, 4, true), by_function});
    const auto types = memory.put({memory.text("unsigned int"), memory.text("const char *")});
    const auto names = memory.put({memory.text("fd"), memory.text("path")});
    const auto metadata = memory.put({2, types, names});
    kernel.call("syscalls", fields, memory.text("sys_enter_look"), metadata, 0);
    kernel.call("syscalls", fields, memory.text("sys_enter_olook"), metadata, 0);
    kernel.call("others", fields, memory.text("sys_enter_look"), metadata, 0);
    kernel.symbol("sys_call_table", memory.put({0x1000, 0x2000, 0x3000}));
    kernel.symbol("__x64_sys_look", 0x1000);
    kernel.symbol("__ia32_sys_olook", 0x2000);
    EXPECT_THAT(kernel.events(), ElementsAre(TraceEvent{"syscalls",
                                                        "sys_enter_look",
                                                        {{"int", "__syscall_nr", 8, 4, true},
                                                         {"unsigned int", "fd", 16, 8, false},
                                                         {"const char *", "path", 24, 8, false}}}));
}

TEST(ImageEvents, AreNoneWithoutTheTable) {
    Kernel kernel;
    kernel.memory.put({1, 2, 3});
    const std::string file = kernel.memory.file();
    const auto image = KernelImage::open(std::as_bytes(std::span(file)));
    const auto btf = Btf::parse(test::event_types());
    ASSERT_TRUE(image && btf);
    EXPECT_TRUE(read_events(*image, {}, *btf).empty());
}

TEST(ImageEvents, SurviveTypesThatHoldThemselves) {
    Kernel kernel;
    kernel.calls = {test::ProgramBuilder::address};
    kernel.types = test::event_types(true);
    EXPECT_TRUE(kernel.events().empty());
}

TEST(ImageEvents, SurviveDamage) {
    Kernel kernel;
    kernel.calls = {0, 1, ~std::uint64_t{0}, test::ProgramBuilder::address};
    EXPECT_TRUE(kernel.events().empty());
}

} // namespace
} // namespace kps::kernel
