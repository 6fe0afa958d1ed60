#include "compiler/syntax/dump.hpp"

#include "compiler/base/overloaded.hpp"
#include "compiler/syntax/dump_parts.hpp"

#include <fmt/core.h>

namespace kps::syntax {

namespace {

class Dumper {
public:
    explicit Dumper(const File& file) : file_(file) {}

    std::string run() {
        for (const DeclarationId id : file_.declarations)
            declaration(id);
        return std::move(text_);
    }

    // declarations
    void operator()(const ImportDeclaration& d) {
        const auto* path = std::get_if<Path>(&d.what);
        line(fmt::format("(import {}{})",
                         path ? dump(*path) : dump_text(std::get<Text>(d.what).value),
                         alias(d.alias)));
    }
    void operator()(const RequiresDeclaration& d) {
        line(fmt::format("(requires {})", dump(d.condition)));
    }
    void operator()(const ConstDeclaration& d) {
        line(fmt::format("(const {} {})", d.name.text, dump(file_, d.value)));
    }
    void operator()(const ProbeDeclaration& d) {
        std::string points;
        for (const Point& point : d.points)
            points += " " + dump(file_, point);
        line(fmt::format("(probe {}{}{}", d.name.text, points, d.optional ? " optional" : ""));
        fields(d.fields);
        close();
    }
    void operator()(const CallDeclaration& d) {
        std::string symbols;
        for (const SymbolName& symbol : d.symbols)
            symbols += " " + dump(symbol);
        line(fmt::format("(call {}{}{}", d.name.text, symbols, d.optional ? " optional" : ""));
        side("enter", d.enter);
        side("exit", d.exit);
        close();
    }
    void operator()(const SpanDeclaration& d) {
        line(fmt::format("(span {} {} {}{})", d.name.text, dump(file_, d.from), dump(file_, d.to),
                         dump_key(d.by)));
    }
    void operator()(const MachineDeclaration& d) {
        line(fmt::format("(machine {}{} (start {}) (accept {})", d.name.text, dump_key(d.by),
                         dump(d.start), dump(d.accept)));
        ++depth_;
        for (const MachineEdge& edge : d.edges) {
            std::string events;
            for (const Stream& event : edge.events)
                events += " " + dump(file_, event);
            line(fmt::format("({} => {}{})", edge.from.text, edge.to.text, events));
        }
        --depth_;
        close();
    }
    void operator()(const TemplateDeclaration& d) {
        line(fmt::format("(template {} {}", d.name.text, dump(d.parameters)));
        ++depth_;
        for (const DeclarationId id : d.body)
            declaration(id);
        --depth_;
        close();
    }
    void operator()(const UseDeclaration& d) {
        std::string arguments;
        for (const ExprId argument : d.arguments)
            arguments += " " + dump(file_, argument);
        line(fmt::format("(use {}{}{})", dump(d.name), arguments, alias(d.alias)));
    }
    void operator()(const TestDeclaration& d) {
        line(fmt::format("(test {}{}", dump_text(d.name.value),
                         d.tags.empty() ? "" : fmt::format(" (tags {})", dump(d.tags))));
        body(d.body);
    }

    // statements
    void operator()(const RunStatement& s) {
        line(fmt::format("(run {}{}{}{})", dump_text(s.command.value),
                         s.user ? fmt::format(" (as {})", s.user->text) : "",
                         dump_optional(file_, "exits", s.exits),
                         dump_optional(file_, "within", s.within)));
    }
    void operator()(const BackgroundStatement& s) { command("background", s.command); }
    void operator()(const SetupStatement& s) { command("setup", s.command); }
    void operator()(const CleanupStatement& s) { command("cleanup", s.command); }
    void operator()(const WatchStatement& s) {
        line(fmt::format("(watch {})", dump(file_, s.duration)));
    }
    void operator()(const ScopeStatement& s) {
        constexpr std::string_view scopes[] = {"workload", "system", "cgroup"};
        line(fmt::format("(scope {}{})", scopes[static_cast<unsigned>(s.scope)],
                         s.cgroup ? " " + dump_text(s.cgroup->value) : ""));
    }
    void operator()(const LetStatement& s) {
        line(fmt::format("(let {} {})", s.name.text, dump(file_, s.stream)));
    }
    void operator()(const RequiresStatement& s) {
        line(fmt::format("(requires {})", dump(s.condition)));
    }
    void operator()(const OnStatement& s) {
        const auto* kernel = std::get_if<RequiresKernel>(&s.condition);
        line(fmt::format("(on {}", kernel ? dump(kernel->version)
                                          : dump(std::get<RequiresArch>(s.condition).names)));
        body(s.body);
    }
    void operator()(const ExpectStatement& s) { line(dump(file_, s.expectation)); }
    void operator()(const KnownFailureStatement& s) {
        line(fmt::format("(known-failure {}", dump_text(s.reason.value)));
        body(s.body);
    }
    void operator()(const WitnessStatement& s) {
        line(fmt::format("(witness {})", dump(file_, s.stream)));
    }
    void operator()(const ShowStatement& s) {
        constexpr std::string_view kinds[] = {"stream", "hist", "top"};
        line(fmt::format("(show {} {}{}{})", kinds[static_cast<unsigned>(s.kind)],
                         dump(file_, s.stream), dump_optional(file_, "top", s.top),
                         dump_key(s.by)));
    }

private:
    void line(std::string_view content) {
        text_ += std::string(2 * depth_, ' ');
        text_ += content;
        text_ += '\n';
    }
    void close() { text_.insert(text_.size() - 1, ")"); }
    void declaration(DeclarationId id) { std::visit(*this, file_.all_declarations[id].node); }
    void body(const std::vector<StatementId>& statements) {
        ++depth_;
        for (const StatementId id : statements)
            std::visit(*this, file_.statements[id].node);
        --depth_;
        close();
    }
    void fields(const std::vector<Field>& list) {
        ++depth_;
        for (const Field& field : list)
            line(dump(file_, field));
        --depth_;
    }
    void side(std::string_view name, const std::vector<Field>& list) {
        if (list.empty()) return;
        ++depth_;
        line(fmt::format("({}", name));
        fields(list);
        close();
        --depth_;
    }
    void command(std::string_view head, const Text& command) {
        line(fmt::format("({} {})", head, dump_text(command.value)));
    }
    static std::string alias(const std::optional<Name>& name) {
        return name ? fmt::format(" (as {})", name->text) : "";
    }

    const File& file_;
    std::string text_;
    std::size_t depth_ = 0;
};

} // namespace

std::string dump(const File& file) {
    return Dumper(file).run();
}

} // namespace kps::syntax
