#include "tests/property/spec_writer.hpp"

namespace kps::syntax {

std::string SpecWriter::file() {
    while (goes_on())
        declaration(2);
    gap();
    return text_;
}

unsigned SpecWriter::choose(unsigned count) {
    return at_ < choices_.size() ? choices_[at_++] % count : 0;
}

void SpecWriter::gap() {
    constexpr std::string_view gaps[] = {" ",      " ",          "  ", "\n",     "\n\n\n",
                                         " # c\n", "\n  # d \n", "\t", " \r\n ", "\n#\n\n# e\n"};
    text_ += gaps[choose(std::size(gaps))];
}

void SpecWriter::word(std::string_view text) {
    gap();
    text_ += text;
}

void SpecWriter::pick(std::initializer_list<std::string_view> texts) {
    word(texts.begin()[choose(static_cast<unsigned>(texts.size()))]);
}

void SpecWriter::name() {
    pick({"a", "open", "ret_1", "`by`", "count", "`x y`", "X", "ip", "struct_", "u33"});
}

void SpecWriter::names() {
    name();
    while (goes_on())
        word(","), name();
}

void SpecWriter::path() {
    name();
    while (goes_on())
        word("."), pick({"enter", "run", "b", "`c`"});
}

void SpecWriter::symbol() {
    if (maybe()) pick({"ext4", "nf_tables"}), word(":");
    pick({"vfs_read", "f.isra.0", "g"});
}

void SpecWriter::expression(int depth) {
    condition(depth);
    if (depth > 0 && choose(4) == 1)
        word("?"), expression(depth - 1), word(":"), expression(depth - 1);
}

void SpecWriter::condition(int depth) {
    value(depth);
    if (choose(3) == 1)
        pick({"==", "!=", "<", "<=", ">", ">="}), value(depth - 1);
    else if (choose(4) == 1)
        word("in"), value(depth - 1), word(".."), value(depth - 1);
    if (depth > 0 && choose(3) == 1) pick({"&&", "||"}), condition(depth - 1);
}

void SpecWriter::value(int depth) {
    operand(depth);
    while (depth > 0 && goes_on())
        pick({"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"}), operand(--depth);
}

void SpecWriter::operand(int depth) {
    while (goes_on())
        pick({"-", "~", "!", "*", "&", "(u64)", "(struct a *)", "( b**)", "(enum e)"});
    const unsigned form = choose(depth > 0 ? 6 : 3);
    switch (form) {
    case 0: literal(); return;
    case 1: name(); break;
    case 2: pick({"%di", "@jiffies", "%`ax`"}); break;
    case 3: word("("), expression(depth - 1), word(")"); break;
    case 4: word("this_cpu"), word("("), expression(depth - 1), word(")"); break;
    default: word("f"), word("("), expression(depth - 1), word(","), value(0), word(")"); break;
    }
    while (goes_on()) {
        if (depth > 0 && maybe())
            word("["), expression(depth - 1), word("]");
        else
            pick({".", "->"}), pick({"b", "where", "`c d`"});
    }
}

void SpecWriter::literal() {
    pick({"0", "0x1f", "0o17", "0b1", "1_000", "5ms", "3KiB", "1.5", "\"\"", "\"a # \\\" }\"",
          "'c'", "'\\''", "ip\"10.0.0.1\"", "ip\"::1\"", "18446744073709551615", "2min"});
}

void SpecWriter::declaration(int depth) {
    switch (choose(depth > 0 ? 10 : 9)) {
    case 0: word("const"), name(), word("="), expression(2); break;
    case 1: word("import"), maybe() ? path() : word("\"./a.kps\""); break;
    case 2: condition_on_kernel(); break;
    case 3:
        word("probe"), name(), word("on"), point();
        while (goes_on())
            word("else"), point();
        if (maybe()) word("optional");
        if (maybe()) fields();
        break;
    case 4:
        word("call"), name(), word("on"), symbol();
        while (goes_on())
            word("else"), symbol();
        if (maybe()) word("optional");
        word("{");
        if (maybe())
            word("exit"), fields(), word("enter"), fields();
        else if (maybe())
            word("enter"), fields();
        word("}");
        break;
    case 5: word("span"), name(), word("="), stream(), word("=>"), stream(), key(); break;
    case 6:
        word("machine"), name(), key(), word("{");
        while (goes_on())
            machine_part();
        word("}");
        break;
    case 7: word("use"), path(), word("("), expression(1), word(")"), word("as"), name(); break;
    case 8:
        word("test"), word("\"a test\"");
        if (maybe()) word("tags"), names();
        statements(2);
        break;
    default: block_of_declarations(depth - 1); break;
    }
    if (choose(4) == 1) word(";");
}

void SpecWriter::block_of_declarations(int depth) {
    word("template"), name(), word("("), names(), word(")"), word("{");
    while (goes_on())
        declaration(depth);
    word("}");
}

void SpecWriter::condition_on_kernel() {
    word("requires");
    switch (choose(5)) {
    case 0: word("kernel"), pick({">=", "<"}), pick({"5.6", "6.12.3"}); break;
    case 1: word("config"), word("CONFIG_BPF"); break;
    case 2: word("symbol"), symbol(); break;
    case 3: word("feature"), word("kprobes"); break;
    default: word("arch"), word("x86_64"), word(","), word("arm64"); break;
    }
}

void SpecWriter::point() {
    switch (choose(8)) {
    case 0: word("entry"), symbol(); break;
    case 1: word("return"), symbol(), word("maxactive"), value(0); break;
    case 2: word("at"), symbol(), word("+"), value(1); break;
    case 3: word("at"), symbol(), word(":"), word("15"); break;
    case 4: word("at"), word("\"fs/open.c\""), word(":"), word("12"); break;
    case 5: word("tracepoint"), word("sched"), word(":"), word("on"); break;
    case 6: word("entry"), word("any"), word("of"), word("\"tcp_*\""); break;
    default: word("user"), word("return"), word("\"/bin/sh\""), word(":"), word("main"); break;
    }
}

void SpecWriter::fields() {
    word("{");
    while (goes_on())
        field();
    word("}");
}

void SpecWriter::field() {
    pick({"a", "long_name", "on", "in", "`b c`"});
    if (maybe()) {
        word(":"), pick({"u32", "enum task_state", "bits(1,2)", "string"});
        if (maybe()) word("["), value(0), word("]");
    }
    if (maybe()) {
        word("="), pick({"how->flags", "(u32) x", "*p", "a ? b : -c", "(struct s*)arg1", "x - in"});
        if (maybe()) word("else"), pick({"y", "retval & 0xf"});
    }
    if (choose(4) == 1) word(";");
}

void SpecWriter::machine_part() {
    if (maybe())
        pick({"start", "accept"}), names();
    else
        name(), word(":"), stream(), word(","), stream(), word("=>"), name();
}

void SpecWriter::statements(int depth) {
    word("{");
    while (goes_on())
        statement(depth);
    word("}");
}

void SpecWriter::statement(int depth) {
    switch (choose(depth > 0 ? 12 : 10)) {
    case 0:
    case 1: expectation(); break;
    case 2: word("let"), name(), word("="), stream(); break;
    case 3: run(); break;
    case 4: pick({"background", "setup", "cleanup"}), word("\"x\""); break;
    case 5: word("watch"), value(1); break;
    case 6: word("scope"), pick({"workload", "system", "cgroup \"/a\""}); break;
    case 7: condition_on_kernel(); break;
    case 8: word("witness"), stream(); break;
    case 9: word("show"), pick({"hist(a.b)", "top 3 count ( a ) by tid", "a where b"}); break;
    case 10: word("on"), pick({"kernel >= 6.1", "arch arm64"}), statements(depth - 1); break;
    default: word("known"), word("failure"), word("\"why\""), statements(depth - 1); break;
    }
    if (choose(4) == 1) word(";");
}

void SpecWriter::run() {
    word("run");
    if (maybe())
        word("\"ls \\\"x\\\"\"");
    else
        shell_block();
    if (maybe()) word("exits"), value(0);
    if (maybe()) word("as"), name();
    if (maybe()) word("within"), word("5s");
}

/// Its braces stand in the first column, so every other line must be indented.
void SpecWriter::shell_block() {
    text_ += "\n{";
    if (maybe()) text_ += "  # beside";
    text_ += '\n';
    while (goes_on()) {
        constexpr std::string_view lines[] = {"  echo {\n", "\t  }\n", "\n",
                                              "   # x\n",   " 'a\n",   "  \t\n"};
        text_ += lines[choose(std::size(lines))];
    }
    text_ += '}';
}

void SpecWriter::expectation() {
    word("expect");
    switch (choose(7)) {
    case 0: pick({"some", "no"}), stream(), key(); break;
    case 1: pick({"some", "no"}), stream(), word("during"), stream(), key(); break;
    case 2: word("every"), stream(), pick({":", "if any:"}), condition(2); break;
    case 3:
        pick({"count", "p99.9", "max", "rate"}), word("("), stream(), word(")"), comparison(),
            key();
        break;
    case 4: word("no"), word("overlap"), stream(), key(); break;
    case 5: word("no"), word("gap"), word("in"), stream(), word("over"), value(0); break;
    default: order(); break;
    }
    switch (choose(5)) {
    case 1: word("after"), stream(), word("until"), stream(); break;
    case 2: word("before"), stream(); break;
    case 3: word("between"), stream(), word("and"), stream(); break;
    default: break;
    }
    if (choose(4) == 1) pick({"allow tainted 5%", "allow tainted 5 %"});
}

void SpecWriter::order() {
    stream();
    switch (choose(4)) {
    case 0: word("then"), stream(), key(), word("within"), value(0); break;
    case 1: word("only"), word("after"), stream(), word("within"), value(0), key(); break;
    case 2: word("paired"), word("with"), stream(), key(); break;
    default: word("follows"), path(); break;
    }
}

void SpecWriter::comparison() {
    if (maybe())
        word("in"), value(0), word(".."), value(0);
    else
        pick({"==", "<="}), value(1);
}

void SpecWriter::stream() {
    path();
    if (choose(3) == 1) word("where"), condition(2);
}

void SpecWriter::key() {
    if (maybe()) word("by"), pick({"tid", "(tid, cpu)"});
}

} // namespace kps::syntax
