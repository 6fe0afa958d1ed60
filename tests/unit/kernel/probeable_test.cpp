#include "compiler/kernel/probeable.hpp"

#include "tests/unit/kernel/synthetic_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace kps::kernel {
namespace {

using test::Data;
using test::SyntheticKernel;

/// A kernel whose symbols, ftrace sites and NOKPROBE_SYMBOLs are given as offsets from its base.
class OffsetKernel {
public:
    explicit OffsetKernel(std::uint16_t machine = test::machine_x86_64) {
        kernel_.machine = machine;
        if (machine == test::machine_arm64) kernel_.layout = {.name = "arm64"};
        symbol(0x8000, 'T', "_etext");
        symbol(0x10000, 'D', "__init_begin");
        symbol(0x18000, 'D', "__init_end");
    }

    void symbol(std::uint64_t offset, char type, std::string name) {
        kernel_.symbols.push_back({kernel_.base() + offset, type, std::move(name)});
    }
    void site(std::uint64_t offset) { sites_.push_back(kernel_.base() + offset); }
    void dropped_site() { sites_.push_back(0); }
    void refuse(std::uint64_t offset) { refused_.push_back(kernel_.base() + offset); }
    void code(std::size_t offset, std::string_view bytes) {
        kernel_.text.resize(std::max(kernel_.text.size(), offset + bytes.size()));
        std::ranges::copy(test::bytes_of(bytes),
                          kernel_.text.begin() + static_cast<std::ptrdiff_t>(offset));
    }
    /// A function with a site where it begins.
    void function(std::uint64_t offset, std::string name) {
        symbol(offset, 't', std::move(name));
        site(offset);
    }

    std::map<std::string, ProbeStatus> statuses(bool with_tables = true) {
        const std::uint64_t data = SyntheticKernel::data_offset;
        kernel_.data = sites_;
        kernel_.data.insert(kernel_.data.end(), refused_.begin(), refused_.end());
        if (with_tables) {
            symbol(data, 'D', "__start_mcount_loc");
            symbol(data + 8 * sites_.size(), 'D', "__stop_mcount_loc");
            symbol(data + 8 * sites_.size(), 'D', "__start_kprobe_blacklist");
            symbol(data + 8 * kernel_.data.size(), 'D', "__stop_kprobe_blacklist");
        }
        const Data file = kernel_.file();
        const auto image = KernelImage::open(file);
        EXPECT_TRUE(image) << image.error().message;
        auto kallsyms = decode_kallsyms(*image);
        EXPECT_TRUE(kallsyms) << kallsyms.error().message;
        set_probe_status(*image, *kallsyms);
        std::map<std::string, ProbeStatus> result;
        for (const RawSymbol& symbol : kallsyms->symbols)
            result.emplace(kallsyms->name_of(symbol), symbol.probe);
        return result;
    }

private:
    SyntheticKernel kernel_;
    std::vector<std::uint64_t> sites_;
    std::vector<std::uint64_t> refused_;
};

TEST(Probeable, NeedsAnFtraceSite) {
    OffsetKernel kernel;
    kernel.function(0x100, "plain");
    kernel.symbol(0x200, 'T', "behind_endbr");
    kernel.site(0x204);
    kernel.symbol(0x300, 'T', "weak_name");
    kernel.symbol(0x300, 'W', "same_place");
    kernel.site(0x300);
    kernel.dropped_site();
    kernel.symbol(0x400, 't', "notrace");
    kernel.symbol(0x410, 't', "__pfx_other");
    kernel.function(0x420, "other");
    kernel.symbol(0x500, 'D', "data_in_text");
    auto statuses = kernel.statuses();
    EXPECT_EQ(statuses["plain"], ProbeStatus::probeable);
    EXPECT_EQ(statuses["behind_endbr"], ProbeStatus::probeable);
    EXPECT_EQ(statuses["weak_name"], ProbeStatus::probeable);
    EXPECT_EQ(statuses["same_place"], ProbeStatus::probeable);
    EXPECT_EQ(statuses["notrace"], ProbeStatus::notrace);
    EXPECT_EQ(statuses["__pfx_other"], ProbeStatus::notrace);
    EXPECT_EQ(statuses["other"], ProbeStatus::probeable);
    EXPECT_EQ(statuses["data_in_text"], ProbeStatus::not_text);
    EXPECT_EQ(statuses["filler_1"], ProbeStatus::not_text);
}

TEST(Probeable, NeedsTextThatStays) {
    OffsetKernel kernel;
    kernel.function(0x10100, "in_init");
    kernel.function(0x9000, "beyond_etext");
    auto statuses = kernel.statuses();
    EXPECT_EQ(statuses["in_init"], ProbeStatus::init);
    EXPECT_EQ(statuses["beyond_etext"], ProbeStatus::not_text);
}

TEST(Probeable, HeedsTheBlacklist) {
    OffsetKernel kernel;
    kernel.function(0x100, "before");
    kernel.function(0x200, "nokprobe");
    kernel.refuse(0x200);
    kernel.function(0x300, "after");
    std::uint64_t at = 0x1000;
    for (const std::string section : {"kprobes", "noinstr", "entry", "irqentry"}) {
        kernel.symbol(at, 'T', "__" + section + "_text_start");
        kernel.function(at + 0x10, "in_" + section);
        kernel.symbol(at + 0x20, 'T', "__" + section + "_text_end");
        kernel.function(at + 0x20, "behind_" + section);
        at += 0x100;
    }
    auto statuses = kernel.statuses();
    for (const char* name : {"nokprobe", "in_kprobes", "in_noinstr", "in_entry"})
        EXPECT_EQ(statuses[name], ProbeStatus::blacklisted) << name;
    for (const char* name : {"before", "after", "behind_kprobes", "behind_entry", "in_irqentry"})
        EXPECT_EQ(statuses[name], ProbeStatus::probeable) << name;
}

TEST(Probeable, JudgesPartsOfAFunctionByTheWhole) {
    OffsetKernel kernel;
    kernel.function(0x100, "traced");
    kernel.symbol(0x200, 't', "untraced");
    kernel.function(0x300, "refused");
    kernel.refuse(0x300);
    kernel.function(0x10100, "initial");
    kernel.symbol(0x400, 't', "traced.cold");
    kernel.symbol(0x410, 't', "traced.part.0.cold");
    kernel.symbol(0x420, 't', "untraced.cold");
    kernel.function(0x430, "untraced.isra.0");
    kernel.function(0x440, "refused.part.0");
    kernel.symbol(0x450, 't', "absent.cold");
    kernel.symbol(0x460, 't', "initial.cold");
    auto statuses = kernel.statuses();
    EXPECT_EQ(statuses["traced.cold"], ProbeStatus::probeable);
    EXPECT_EQ(statuses["traced.part.0.cold"], ProbeStatus::probeable);
    EXPECT_EQ(statuses["untraced.cold"], ProbeStatus::notrace);
    EXPECT_EQ(statuses["untraced.isra.0"], ProbeStatus::probeable);
    EXPECT_EQ(statuses["refused.part.0"], ProbeStatus::blacklisted);
    EXPECT_EQ(statuses["absent.cold"], ProbeStatus::notrace);
    EXPECT_EQ(statuses["initial.cold"], ProbeStatus::notrace);
}

TEST(Probeable, RefusesThePlaceOfABug) {
    OffsetKernel kernel;
    kernel.function(0x100, "traced");
    kernel.symbol(0x400, 't', "traced.cold");
    kernel.code(0x400, "\x0f\x0b");
    EXPECT_EQ(kernel.statuses()["traced.cold"], ProbeStatus::blacklisted);
}

TEST(Probeable, KnowsWhatArm64Does) {
    OffsetKernel kernel(test::machine_arm64);
    kernel.symbol(0x100, 't', "before");
    kernel.symbol(0x200, 't', "call_ops");
    kernel.site(0x200 - 8);
    kernel.function(0x300, "plain");
    kernel.symbol(0x1000, 'T', "__irqentry_text_start");
    kernel.function(0x1010, "in_irqentry");
    kernel.symbol(0x1020, 'T', "__irqentry_text_end");
    auto statuses = kernel.statuses();
    EXPECT_EQ(statuses["before"], ProbeStatus::notrace);
    EXPECT_EQ(statuses["call_ops"], ProbeStatus::probeable);
    EXPECT_EQ(statuses["plain"], ProbeStatus::probeable);
    EXPECT_EQ(statuses["in_irqentry"], ProbeStatus::blacklisted);
}

TEST(Probeable, DoesNotGuessWithoutTables) {
    OffsetKernel kernel;
    kernel.function(0x100, "plain");
    kernel.function(0x10100, "in_init");
    auto statuses = kernel.statuses(false);
    EXPECT_EQ(statuses["plain"], ProbeStatus::unknown);
    EXPECT_EQ(statuses["in_init"], ProbeStatus::init);
}

} // namespace
} // namespace kps::kernel
