#include "compiler/base/overloaded.hpp"
#include "tests/unit/semantics/resolve_fixture.hpp"

#include <gtest/gtest.h>

namespace kps::sema {
namespace {

using test::BtfBuilder;

/// `f(outer, plain, counter, bare, early, numbers)` and the structs that its pointers lead through.
std::vector<std::byte> types() {
    BtfBuilder b;
    const auto int_ = b.integer("int", 4);
    const auto uint_ = b.integer("unsigned int", 4, BtfBuilder::is_unsigned);
    const auto long_ = b.integer("long int", 8);
    const auto char_ = b.integer("char", 1, BtfBuilder::is_signed | BtfBuilder::is_char);
    const auto u32 = b.typedef_type("u32", uint_);
    const auto colour = b.enum32("colour", {{"RED", 0}, {"BLUE", 1}});
    const auto inner = b.structure("inner", 12, {{"a", int_, 0}, {"b", b.array(char_, 8), 32}});
    const auto inner_pointer = b.pointer(inner);
    const auto deep = b.union_type("", 16, {{"deep", long_, 0}, {"inside", inner, 0}});
    const auto hidden = b.structure("", 24, {{"", deep, 0}, {"bits", uint_, 131, 5}});
    const auto nameless = b.structure("", 8, {{"v", int_, 0}, {"w", int_, 32}});
    const auto atomic = b.typedef_type("atomic_t", b.structure("", 4, {{"counter", int_, 0}}));
    const auto call = b.pointer(b.prototype(int_, {{"x", int_}}));
    const auto either =
        b.union_type("either", 8, {{"number", long_, 0}, {"next", inner_pointer, 0}});
    const auto outer = b.structure("outer", 144,
                                   {{"first", b.const_type(b.volatile_type(u32)), 0},
                                    {"flag", uint_, 35, 3},
                                    {"items", b.array(inner, 3), 64},
                                    {"", hidden, 384},
                                    {"named", nameless, 576},
                                    {"count", atomic, 640},
                                    {"hue", colour, 672},
                                    {"link", inner_pointer, 704},
                                    {"ops", call, 768},
                                    {"one", either, 832},
                                    {"grid", b.array(b.array(u32, 4), 3), 896}});
    const auto alias = b.typedef_type("outer_alias", b.const_type(outer));
    b.function("f", int_,
               {{"outer", b.pointer(alias)},
                {"plain", inner_pointer},
                {"counter", b.pointer(b.const_type(atomic))},
                {"bare", b.pointer(nameless)},
                {"early", b.pointer(b.structure("inner___init", 4, {{"a", int_, 0}}))},
                {"numbers", b.pointer(int_)}});
    return b.bytes();
}

std::shared_ptr<const kernel::KernelView> make_kernel() {
    kernel::KernelFacts facts = test::fixture_facts();
    facts.image.btf = types();
    facts.modules.clear();
    facts.add("f", 0xffffffff81100000, 'T', kernel::ProbeStatus::probeable);
    facts.image.events = {{"g", "e", {{"struct outer *", "outer", 8, 8, false}}}};
    auto made = kernel::make_view(std::move(facts));
    return made ? *made : nullptr;
}

std::string spell(const CShape& shape) {
    static constexpr std::string_view kinds[] = {"int",    "enum",  "pointer",
                                                 "struct", "union", "array"};
    std::string text(kinds[static_cast<std::size_t>(shape.kind)]);
    if (shape.is_typedef) text += " typedef";
    if (!shape.name.empty()) text += " '" + shape.name + "'";
    if (shape.kind == CKind::array) text += fmt::format(" of {}", shape.count);
    if (shape.is_signed) text += " signed";
    return text + fmt::format(" {}", shape.size);
}

/// What the addresses of members in an expression say, the last to be followed first.
class Paths {
public:
    explicit Paths(const Table<Expr>& exprs) : exprs_(exprs) {}

    std::string of(ExprId id) {
        std::visit(Overloaded{
                       [&](const MemberAddress& e) {
                           text_ += (text_.empty() ? "" : " <- ") + spell(e.root);
                           for (const MemberStep& step : e.steps)
                               this->step(step);
                           text_ += fmt::format("; +{}", e.offset);
                           of(e.base);
                       },
                       [&](const Load& e) { of(e.address); },
                       [&](const LoadString& e) { of(e.address); },
                       [&](const LoadBytes& e) { of(e.address); },
                       [&](const ExtractBits& e) { of(e.container); },
                       [&](const Convert& e) { of(e.operand); },
                       [&](const Binary& e) {
                           of(e.left);
                           of(e.right);
                       },
                       [](const auto&) {},
                   },
                   exprs_[id].node);
        return text_;
    }

private:
    void step(const MemberStep& step) {
        text_ += step.member.empty() ? fmt::format("; [{}]", step.index) : "; " + step.member;
        text_ += fmt::format("@{}", step.bit_offset);
        if (step.bit_size > 0) text_ += fmt::format(":{}", step.bit_size);
        text_ += " " + spell(step.shape);
    }

    const Table<Expr>& exprs_;
    std::string text_;
};

struct PathCase {
    const char* field;
    const char* paths;
};

class PathTest : public testing::TestWithParam<PathCase> {};

ResolvedSpec resolved(const std::string& point, const std::string& field, Kernels kernels) {
    SourceSet sources;
    diag::Sink sink;
    const auto loaded = load(sources.add("t.kps", "probe p on " + point + " { x " + field + " }"),
                             {}, sources, sink);
    ResolvedSpec spec = resolve(loaded, sources, *make_kernel(), sink, same_path, kernels);
    EXPECT_EQ(diag::render_text(sink.sorted(), sources, diag::Colour::never), "") << field;
    return spec;
}

std::string paths_of(const std::string& point, const std::string& field) {
    const ResolvedSpec spec = resolved(point, field, Kernels::given);
    return Paths(spec.exprs).of(spec.probes[{0}].fields.at(0).source);
}

TEST_P(PathTest, IsKept) {
    EXPECT_EQ(paths_of("entry f", GetParam().field), GetParam().paths) << GetParam().field;
}

INSTANTIATE_TEST_SUITE_P(
    Members, PathTest,
    testing::Values(
        PathCase{"= outer->first", "struct 'outer' 144; first@0 int 'unsigned int' 4; +0"},
        PathCase{": u8 = outer->first", "struct 'outer' 144; first@0 int 'unsigned int' 4; +0"},
        PathCase{"= &outer->first", "struct 'outer' 144; first@0 int 'unsigned int' 4; +0"},
        PathCase{"= outer->flag", "struct 'outer' 144; flag@35:3 int 'unsigned int' 4; +4"},
        PathCase{"= outer->hue", "struct 'outer' 144; hue@672 enum 'colour' 4; +84"},
        PathCase{": u64 = outer->ops", "struct 'outer' 144; ops@768 pointer 8; +96"},
        PathCase{"= outer->link", "struct 'outer' 144; link@704 pointer 8; +88"},
        PathCase{"= outer->named.w",
                 "struct 'outer' 144; named@576 struct 8; w@32 int 'int' signed 4; +76"},
        PathCase{"= outer->count.counter",
                 "struct 'outer' 144; count@640 struct 4; counter@0 int 'int' signed 4; +80"},
        PathCase{
            "= outer->one.number",
            "struct 'outer' 144; one@832 union 'either' 8; number@0 int 'long int' signed 8; +104"},
        PathCase{"= outer->deep", "struct 'outer' 144; deep@384 int 'long int' signed 8; +48"},
        PathCase{"= outer->bits", "struct 'outer' 144; bits@515:5 int 'unsigned int' 4; +64"},
        PathCase{"= outer->inside.a",
                 "struct 'outer' 144; inside@384 struct 'inner' 12; a@0 int 'int' signed 4; +48"}));

INSTANTIATE_TEST_SUITE_P(
    Arrays, PathTest,
    testing::Values(
        PathCase{": bytes[4] = outer->items", "struct 'outer' 144; items@64 array of 3 36; +8"},
        PathCase{"= outer->items[2].a", "struct 'outer' 144; items@64 array of 3 36; [2]@192 "
                                        "struct 'inner' 12; a@0 int 'int' signed 4; +32"},
        PathCase{"= outer->items[1].b[3]",
                 "struct 'outer' 144; items@64 array of 3 36; [1]@96 struct 'inner' 12; b@32 array "
                 "of 8 8; [3]@24 int 'char' signed 1; +27"},
        PathCase{"= outer->items[0].b", "struct 'outer' 144; items@64 array of 3 36; [0]@0 struct "
                                        "'inner' 12; b@32 array of 8 8; +12"},
        PathCase{"= outer->grid[2][1]", "struct 'outer' 144; grid@896 array of 3 48; [2]@256 array "
                                        "of 4 16; [1]@32 int 'unsigned int' 4; +148"},
        PathCase{"= outer->items[outer->hue].a",
                 "struct 'inner' 12; a@0 int 'int' signed 4; +0 <- struct 'outer' 144; items@64 "
                 "array of 3 36; +8 <- struct 'outer' 144; hue@672 enum 'colour' 4; +84"},
        PathCase{"= numbers[3]", ""},
        PathCase{"= plain[3].a", "struct 'inner' 12; a@0 int 'int' signed 4; +0"},
        PathCase{": u32 = (&outer->first)[2]",
                 "struct 'outer' 144; first@0 int 'unsigned int' 4; +0"}));

INSTANTIATE_TEST_SUITE_P(
    Pointers, PathTest,
    testing::Values(
        PathCase{"= outer->link->a", "struct 'inner' 12; a@0 int 'int' signed 4; +0 <- struct "
                                     "'outer' 144; link@704 pointer 8; +88"},
        PathCase{"= outer->one.next->b",
                 "struct 'inner' 12; b@32 array of 8 8; +4 <- struct 'outer' 144; one@832 union "
                 "'either' 8; next@0 pointer 8; +104"},
        PathCase{"= (&outer->items[1])->a", "struct 'outer' 144; items@64 array of 3 36; [1]@96 "
                                            "struct 'inner' 12; a@0 int 'int' signed 4; +20"},
        PathCase{"= ((struct outer *)&outer->items[1])->hue",
                 "struct 'outer' 144; hue@672 enum 'colour' 4; +84 <- struct 'outer' 144; items@64 "
                 "array of 3 36; [1]@96 struct 'inner' 12; +20"},
        PathCase{"= counter->counter",
                 "struct typedef 'atomic_t' 4; counter@0 int 'int' signed 4; +0"},
        PathCase{"= bare->w", ""}, PathCase{"= early->a", ""},
        PathCase{"= ((atomic_t *)&outer->named)->counter",
                 "struct typedef 'atomic_t' 4; counter@0 int 'int' signed 4; +0 <- struct 'outer' "
                 "144; named@576 struct 8; +72"},
        PathCase{"= user(outer)->items[1].a", "struct 'outer' 144; items@64 array of 3 36; [1]@96 "
                                              "struct 'inner' 12; a@0 int 'int' signed 4; +20"}));

TEST(MemberPaths, BeginAtFieldsOfEventsToo) {
    EXPECT_EQ(paths_of("tracepoint g:e", "= outer->items[1].a"),
              "struct 'outer' 144; items@64 array of 3 36; [1]@96 struct 'inner' 12; a@0 int 'int' "
              "signed 4; +20");
}

TEST(MemberPaths, BeginAtTheElementThatAPointerLeadsTo) {
    const Resolution r("probe p on entry vfs_read { x = file[2].f_mode }");
    EXPECT_TRUE(r.dumped("  x : ").starts_with("u32 = load u32(((arg1 + 128) + file.f_mode@8))\n"));
}

/// The paths of all sources, and the remarks.
std::string sources_of(const std::string& field) {
    const ResolvedSpec spec = resolved("entry f", field, Kernels::any);
    const Probe& probe = spec.probes[{0}];
    std::string text;
    for (const ExprId source : probe.fields.at(0).sources)
        text += (text.empty() ? "" : " | ") + Paths(spec.exprs).of(source);
    for (const std::string& remark : probe.remarks)
        text += "# " + remark;
    return text;
}

class MissingTest : public testing::TestWithParam<PathCase> {};

TEST_P(MissingTest, IsSupposedToBeAsTheChosenSource) {
    EXPECT_EQ(sources_of(GetParam().field), GetParam().paths) << GetParam().field;
}

INSTANTIATE_TEST_SUITE_P(
    Kept, MissingTest,
    testing::Values(
        PathCase{": u8 = outer->new else outer->first",
                 "struct 'outer' 144; new@0 int 'unsigned int' 4; +0 | struct 'outer' 144; first@0 "
                 "int 'unsigned int' 4; +0"},
        PathCase{"= outer->new else outer->hue",
                 "struct 'outer' 144; new@0 enum 'colour' 4; +0 | struct 'outer' 144; hue@672 enum "
                 "'colour' 4; +84"},
        PathCase{"= outer->hue else outer->new", "struct 'outer' 144; hue@672 enum 'colour' 4; +84 "
                                                 "| struct 'outer' 144; new@0 enum 'colour' 4; +0"},
        PathCase{"= outer->gone.deeper.still else outer->ops",
                 "struct 'outer' 144; gone@0 struct 0; deeper@0 struct 0; still@0 pointer 8; +0 | "
                 "struct 'outer' 144; ops@768 pointer 8; +96"},
        PathCase{"= outer->link->gone.deeper else outer->count.counter",
                 "struct 'inner' 12; gone@0 struct 0; deeper@0 int 'int' signed 4; +0 <- struct "
                 "'outer' 144; link@704 pointer 8; +88 | struct 'outer' 144; count@640 struct 4; "
                 "counter@0 int 'int' signed 4; +80"},
        PathCase{"= outer->items[1].gone else outer->first",
                 "struct 'outer' 144; items@64 array of 3 36; [1]@96 struct 'inner' 12; gone@0 int "
                 "'unsigned int' 4; +20 | struct 'outer' 144; first@0 int 'unsigned int' 4; +0"},
        PathCase{"= outer->gone else outer->flag",
                 "struct 'outer' 144; gone@0 int 'unsigned int' 4; +0 | struct 'outer' 144; "
                 "flag@35:3 int 'unsigned int' 4; +4"},
        PathCase{": string = outer->gone else outer->items[0].b",
                 "struct 'outer' 144; gone@0 array of 8 8; +0 | struct 'outer' 144; items@64 array "
                 "of 3 36; [0]@0 struct 'inner' 12; b@32 array of 8 8; +12"},
        PathCase{": bytes[4] = outer->gone else numbers",
                 "struct 'outer' 144; gone@0 pointer 8; +0 | "},
        PathCase{": bytes[4] = outer->gone else outer->link->a",
                 "struct 'outer' 144; gone@0 int 'int' signed 4; +0 | struct 'inner' 12; a@0 int "
                 "'int' signed 4; +0 <- struct 'outer' 144; link@704 pointer 8; +88"},
        PathCase{": u32 = outer->gone else numbers[0] + 1",
                 "struct 'outer' 144; gone@0 int 4; +0 | "},
        PathCase{": u16 = outer->gone else %ax", "struct 'outer' 144; gone@0 int 2; +0 | "},
        PathCase{": bytes[4] = outer->gone else %ax",
                 "struct 'outer' 144; gone@0 pointer 8; +0 | "},
        PathCase{": bool = outer->gone else outer->first",
                 "struct 'outer' 144; gone@0 int 'unsigned int' 4; +0 | struct 'outer' 144; "
                 "first@0 int 'unsigned int' 4; +0"},
        PathCase{
            "= outer->first else outer->gone else outer->bits",
            "struct 'outer' 144; first@0 int 'unsigned int' 4; +0 | struct 'outer' 144; gone@0 int "
            "'unsigned int' 4; +0 | struct 'outer' 144; bits@515:5 int 'unsigned int' 4; +64"},
        PathCase{"= outer->first else outer->link",
                 "struct 'outer' 144; first@0 int 'unsigned int' 4; +0 | struct 'outer' 144; "
                 "link@704 pointer 8; +88"}));

INSTANTIATE_TEST_SUITE_P(
    LeftOut, MissingTest,
    testing::Values(
        PathCase{"= outer->first", ""},
        PathCase{"= outer->gone->next else outer->first",
                 "# the source `outer->gone->next` of `x` is left out: `outer_alias` has no member "
                 "`gone`"},
        PathCase{
            "= outer->gone[2] else outer->first",
            "# the source `outer->gone[2]` of `x` is left out: `outer_alias` has no member `gone`"},
        PathCase{
            "= &outer->gone else outer->first",
            "# the source `&outer->gone` of `x` is left out: `outer_alias` has no member `gone`"},
        PathCase{"= outer->gone + 1 else outer->first",
                 "# the source `outer->gone + 1` of `x` is left out: `outer_alias` has no member "
                 "`gone`"},
        PathCase{"= (u32)outer->gone else outer->first",
                 "# the source `(u32)outer->gone` of `x` is left out: `outer_alias` has no member "
                 "`gone`"},
        PathCase{"= outer->items[outer->gone].a else outer->first",
                 "# the source `outer->items[outer->gone].a` of `x` is left out: `outer_alias` has "
                 "no member `gone`"},
        PathCase{
            "= bare->gone else outer->first",
            "# the source `bare->gone` of `x` is left out: `struct {...}` has no member `gone`"},
        PathCase{"= absent else outer->first",
                 "# the source `absent` of `x` is left out: `f` has no parameter `absent`"},
        PathCase{"= outer->first else @gone",
                 "# the source `@gone` of `x` is left out: no kernel symbol is named `gone`"},
        PathCase{"= outer->first else outer->items[3].a",
                 "# the source `outer->items[3].a` of `x` is left out: `struct inner[3]` has no "
                 "element 3"},
        PathCase{"= outer->first else outer->items[0].b",
                 "# the source `outer->items[0].b` of `x` is left out: its type is another one"},
        PathCase{
            "= outer->gone else comm",
            "# the source `outer->gone` of `x` is left out: `outer_alias` has no member `gone`"}));

TEST(MissingMembers, AreReadAsTheFieldIs) {
    const Resolution r("probe p on entry vfs_read { a : bool = file->gone else file->f_mode\n"
                       "b : bits(3, 2) = file->gone else file->f_mode\n"
                       "c : u8 = file->gone else file->f_mode\n"
                       "d = file->f_mode else file->f_count\n"
                       "e : string[4] = file->gone else buf }\n"
                       "probe q on entry wake_up_new_task { f = again else p->pid }",
                       true, Kernels::any);
    EXPECT_EQ(r.dumped("    else "), "(load u32((arg1 + file.gone@0)) != 0)\n"
                                     "bits u2 at 3 of load u32((arg1 + file.gone@0))\n"
                                     "load u8((arg1 + file.gone@0))\n"
                                     "load u32((arg1 + file.f_count@0))\n"
                                     "load string(load u64((arg1 + file.gone@0)))\n"
                                     "(load s32((arg1 + task_struct.pid@4)) != 0)");
}

} // namespace
} // namespace kps::sema
