#include "compiler/semantics/graphviz.hpp"

#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <span>

namespace kps::sema {

namespace {

std::string dot_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

/// The words of a span on one line.
std::string words_of(const SourceSet& sources, Span span) {
    std::string words;
    for (const char c : sources.text(span)) {
        const bool is_blank = c == ' ' || c == '\t' || c == '\n';
        if (!is_blank)
            words += c;
        else if (!words.ends_with(' '))
            words += ' ';
    }
    return words;
}

template <class T>
void each_declared(const syntax::File& file, const auto& take) {
    for (const syntax::DeclarationId id : file.declarations)
        if (const auto* found = std::get_if<T>(&file.all_declarations[id].node)) take(*found);
}

// ---------------------------------------------------------------- machines

class MachineDrawing {
public:
    MachineDrawing(const SourceSet& sources, std::string id, std::string& out)
        : sources_(sources), id_(std::move(id)), out_(out) {}

    void draw(const syntax::MachineDeclaration& machine) {
        std::string label(machine.name.text);
        if (machine.by) label += " by " + words_of(sources_, fields_of(*machine.by));
        out_ += fmt::format("  subgraph {} {{\n    label={};\n", dot_string("cluster " + id_),
                            dot_string(label));
        out_ += fmt::format("    {} [shape=point];\n", node(""));
        for (const std::string_view state : states_of(machine)) {
            const auto accepts = [&](const syntax::Name& name) { return name.text == state; };
            const bool accepted = std::ranges::any_of(machine.accept, accepts);
            out_ += fmt::format("    {} [label={}{}];\n", node(state), dot_string(state),
                                accepted ? ", shape=doublecircle" : "");
        }
        for (const syntax::Name& start : machine.start)
            out_ += fmt::format("    {} -> {};\n", node(""), node(start.text));
        for (const syntax::MachineEdge& edge : machine.edges)
            for (const syntax::Stream& event : edge.events)
                out_ += fmt::format("    {} -> {} [label={}];\n", node(edge.from.text),
                                    node(edge.to.text), dot_string(words_of(sources_, event.span)));
        out_ += "  }\n";
    }

private:
    static Span fields_of(const syntax::Key& key) {
        Span span = key.fields.front().span;
        span.end = key.fields.back().span.end;
        return span;
    }
    [[nodiscard]] std::string node(std::string_view state) const {
        return dot_string(fmt::format("{}/{}", id_, state));
    }
    static std::vector<std::string_view> states_of(const syntax::MachineDeclaration& machine) {
        std::vector<std::string_view> states;
        const auto add = [&](const syntax::Name& name) {
            if (std::ranges::find(states, name.text) == states.end()) states.push_back(name.text);
        };
        for (const syntax::Name& name : machine.start)
            add(name);
        for (const syntax::MachineEdge& edge : machine.edges) {
            add(edge.from);
            add(edge.to);
        }
        for (const syntax::Name& name : machine.accept)
            add(name);
        return states;
    }

    const SourceSet& sources_;
    std::string id_;
    std::string& out_;
};

// ---------------------------------------------------------------- tests

using Paths = std::vector<const syntax::Path*>;

Paths paths_of(const syntax::Expectation& expectation) {
    Paths paths = std::visit(
        Overloaded{
            [](const syntax::ExpectExists& e) {
                Paths own = {&e.stream.name};
                if (e.during) own.push_back(&e.during->name);
                return own;
            },
            [](const syntax::ExpectThen& e) {
                Paths own;
                for (const syntax::Stream& step : e.steps)
                    own.push_back(&step.name);
                return own;
            },
            [](const syntax::ExpectOnlyAfter& e) { return Paths{&e.stream.name, &e.earlier.name}; },
            [](const syntax::ExpectPaired& e) { return Paths{&e.opener.name, &e.closer.name}; },
            [](const syntax::ExpectNoOverlap& e) { return Paths{&e.span.name}; },
            [](const syntax::ExpectFollows& e) { return Paths{&e.stream.name, &e.machine}; },
            [](const auto& e) { return Paths{&e.stream.name}; },
        },
        expectation.node);
    if (!expectation.scope) return paths;
    paths.push_back(&expectation.scope->first.name);
    if (expectation.scope->second) paths.push_back(&expectation.scope->second->name);
    return paths;
}

class TestDrawing {
public:
    explicit TestDrawing(const LoadedSpec& spec) : spec_(spec) {}

    std::string draw() {
        each_declared<syntax::TestDeclaration>(
            spec_.root().file, [&](const syntax::TestDeclaration& test) { add(test); });
        std::string out = "digraph tests {\n  rankdir=LR;\n  node [shape=ellipse];\n";
        for (const auto& [node, attributes] : nodes_)
            out += fmt::format("  {} [{}];\n", dot_string(node), attributes);
        for (const auto& [from, to] : edges_)
            out += fmt::format("  {} -> {};\n", dot_string(from), dot_string(to));
        return out + "}\n";
    }

private:
    void add(const syntax::TestDeclaration& test) {
        lets_.clear();
        collect_lets(test.body);
        const std::string node = fmt::format("test {}", test.name.value);
        nodes_[node] = fmt::format("label={}, shape=box", dot_string(test.name.value));
        add(node, test.body);
    }

    void collect_lets(const std::vector<syntax::StatementId>& body) {
        for (const syntax::StatementId id : body)
            std::visit(Overloaded{
                           [&](const syntax::LetStatement& let) {
                               lets_[let.name.text] = &let.stream.name;
                           },
                           [&](const syntax::OnStatement& on) { collect_lets(on.body); },
                           [](const auto&) {},
                       },
                       spec_.root().file.statements[id].node);
    }

    void add(const std::string& test, const std::vector<syntax::StatementId>& body) {
        const auto use = [&](const syntax::Path& path) { add_use(test, path); };
        for (const syntax::StatementId id : body)
            std::visit(Overloaded{
                           [&](const syntax::ExpectStatement& s) {
                               for (const syntax::Path* path : paths_of(s.expectation))
                                   use(*path);
                           },
                           [&](const syntax::WitnessStatement& s) { use(s.stream.name); },
                           [&](const syntax::ShowStatement& s) { use(s.stream.name); },
                           [&](const syntax::OnStatement& s) { add(test, s.body); },
                           [&](const syntax::KnownFailureStatement& s) { add(test, s.body); },
                           [](const auto&) {},
                       },
                       spec_.root().file.statements[id].node);
    }

    /// Through `let`s, which may name each other.
    void add_use(const std::string& test, const syntax::Path& path) {
        const syntax::Path* found = &path;
        for (std::size_t i = 0; i <= lets_.size(); ++i) {
            const auto let = lets_.find(found->parts.front().text);
            if (let == lets_.end()) break;
            found = let->second;
        }
        add_edge(test, spec_.files.size() - 1, found->parts, "");
    }

    /// `prefix`: how the root names what is in `file`.
    void add_edge(const std::string& from, std::size_t file, std::span<const syntax::Name> path,
                  const std::string& prefix) {
        const std::string_view first = path.front().text;
        const syntax::File& syntax = spec_.files[file].file;
        for (const syntax::DeclarationId id : syntax.declarations)
            if (add_declared(from, file, syntax.all_declarations[id], first, prefix)) return;
        for (const SpecFile::Import& import : spec_.files[file].imports)
            if (import.file && import.alias.text == first && path.size() > 1)
                return add_edge(from, *import.file, path.subspan(1),
                                fmt::format("{}{}.", prefix, first));
    }

    bool add_declared(const std::string& from, std::size_t file,
                      const syntax::Declaration& declaration, std::string_view name,
                      const std::string& prefix) {
        const auto add_node = [&](const auto& declared, std::string_view attributes) {
            if (declared.name.text != name) return false;
            const std::string node = fmt::format("{}{}", prefix, name);
            edges_.insert({from, node});
            return nodes_.try_emplace(node, attributes).second;
        };
        const auto follow = [&](const syntax::Stream& stream) {
            add_edge(fmt::format("{}{}", prefix, name), file, stream.name.parts, prefix);
        };
        return std::visit(Overloaded{
                              [&](const syntax::ProbeDeclaration& d) {
                                  add_node(d, "shape=ellipse");
                                  return d.name.text == name;
                              },
                              [&](const syntax::CallDeclaration& d) {
                                  add_node(d, "shape=ellipse");
                                  return d.name.text == name;
                              },
                              [&](const syntax::SpanDeclaration& d) {
                                  if (add_node(d, "shape=ellipse, style=dashed")) {
                                      follow(d.from);
                                      follow(d.to);
                                  }
                                  return d.name.text == name;
                              },
                              [&](const syntax::MachineDeclaration& d) {
                                  if (add_node(d, "shape=hexagon"))
                                      for (const syntax::MachineEdge& edge : d.edges)
                                          std::ranges::for_each(edge.events, follow);
                                  return d.name.text == name;
                              },
                              [](const auto&) { return false; },
                          },
                          declaration.node);
    }

    const LoadedSpec& spec_;
    std::map<std::string_view, const syntax::Path*> lets_;
    std::map<std::string, std::string> nodes_; ///< with their attributes
    std::set<std::pair<std::string, std::string>> edges_;
};

} // namespace

std::string draw_imports(const LoadedSpec& spec) {
    std::string out = "digraph imports {\n  rankdir=LR;\n  node [shape=box];\n";
    for (std::size_t i = 0; i < spec.files.size(); ++i)
        out += fmt::format("  {} [label={}];\n", i, dot_string(spec.files[i].path));
    for (std::size_t i = 0; i < spec.files.size(); ++i)
        for (const SpecFile::Import& import : spec.files[i].imports)
            if (import.file)
                out += fmt::format("  {} -> {} [label={}];\n", i, *import.file,
                                   dot_string(import.alias.text));
    return out + "}\n";
}

std::string draw_machines(const LoadedSpec& spec, const SourceSet& sources) {
    std::string out = "digraph machines {\n  rankdir=LR;\n  node [shape=circle];\n";
    for (std::size_t i = 0; i < spec.files.size(); ++i)
        each_declared<syntax::MachineDeclaration>(
            spec.files[i].file, [&](const syntax::MachineDeclaration& machine) {
                MachineDrawing(sources, fmt::format("{} {}", i, machine.name.text), out)
                    .draw(machine);
            });
    return out + "}\n";
}

std::string draw_tests(const LoadedSpec& spec) {
    return TestDrawing(spec).draw();
}

} // namespace kps::sema
