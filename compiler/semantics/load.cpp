#include "compiler/semantics/resolve.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"
#include "compiler/diagnostics/messages.hpp"
#include "compiler/semantics/graph.hpp"
#include "compiler/semantics/templates.hpp"
#include "compiler/syntax/parse.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>

namespace kps::sema {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_files = 1000;

Result<std::string> read_text(const fs::path& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return fail("it is a directory");
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    if (!stream) return fail(errno == 0 ? "it cannot be opened" : std::strerror(errno));
    std::string text;
    std::array<char, 65536> part;
    while (stream.read(part.data(), part.size()) || stream.gcount() > 0) {
        text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
        if (text.size() > syntax::max_source_bytes) return fail("it is larger than 16 MiB");
    }
    if (stream.bad()) return fail("it cannot be read");
    return text;
}

/// What makes two paths the same file.
std::string identity(const fs::path& path) {
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(path, error);
    return (error ? path.lexically_normal() : canonical).string();
}

bool is_identifier(std::string_view text) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !text.empty() && letter(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string dotted(const syntax::Path& path) {
    std::string text;
    for (const syntax::Name& part : path.parts)
        text += (text.empty() ? "" : ".") + std::string(part.text);
    return text;
}

/// Every `.kps` file under the library's directories by its dotted name.
std::vector<std::string> library_names(const Library& library) {
    std::vector<std::string> names;
    for (const fs::path& directory : library.directories) {
        std::error_code error;
        for (auto entry = fs::recursive_directory_iterator(directory, error);
             !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
            if (entry->path().extension() != ".kps") continue;
            std::string name = entry->path().lexically_relative(directory).string();
            name.resize(name.size() - 4);
            std::ranges::replace(name, '/', '.');
            names.push_back(std::move(name));
        }
    }
    return names;
}

std::vector<std::string> nearest(std::string_view name, const std::vector<std::string>& names) {
    return nearest_names(name, std::vector<std::string_view>(names.begin(), names.end()));
}

class Loader {
public:
    Loader(const Library& library, SourceSet& sources, diag::Sink& sink)
        : library_(library), sources_(sources), sink_(sink) {}

    LoadedSpec load(SourceId root) {
        add(root);
        for (std::size_t i = 0; i < files_.size(); ++i) {
            read_imports(i);
            read_uses(i);
        }
        cut_cycles();
        return in_order();
    }

private:
    std::size_t add(SourceId source) {
        const std::string& path = sources_[source].path;
        files_.push_back({syntax::parse(sources_, source, sink_), path, {}, {}});
        known_.emplace(identity(path), files_.size() - 1);
        return files_.size() - 1;
    }

    void read_imports(std::size_t file) {
        const std::vector<syntax::DeclarationId> ids = files_[file].file.declarations;
        for (syntax::DeclarationId id : ids) {
            const syntax::Declaration declaration = files_[file].file.all_declarations[id];
            const auto* import = std::get_if<syntax::ImportDeclaration>(&declaration.node);
            if (import == nullptr) continue;
            const std::optional<syntax::Name> alias = alias_of(*import, declaration.span);
            if (!alias) continue;
            const std::optional<std::size_t> target = find(file, *import, declaration.span);
            files_[file].imports.push_back({*alias, target, declaration.span});
        }
    }

    std::optional<syntax::Name> alias_of(const syntax::ImportDeclaration& import, Span span) {
        if (import.alias) return import.alias;
        if (const auto* path = std::get_if<syntax::Path>(&import.what)) return path->parts.back();
        const syntax::Text& text = std::get<syntax::Text>(import.what);
        const std::string stem = fs::path(text.value).stem().string();
        const std::size_t at = sources_.text(text.span).rfind(stem);
        if (!is_identifier(stem) || at == std::string_view::npos) {
            sink_.report(diag::import_needs_alias, span, text.value);
            return std::nullopt;
        }
        return syntax::Name{sources_.text(text.span).substr(at, stem.size()), text.span};
    }

    std::optional<std::size_t> find(std::size_t file, const syntax::ImportDeclaration& import,
                                    Span span) {
        return std::visit(Overloaded{
                              [&](const syntax::Path& path) { return find_module(path); },
                              [&](const syntax::Text& text) {
                                  const fs::path base = fs::path(files_[file].path).parent_path();
                                  return find_file(base / text.value, text);
                              },
                          },
                          import.what)
            .and_then([&](const fs::path& path) { return read(path, span); });
    }

    std::optional<fs::path> find_module(const syntax::Path& path) {
        const std::string name = dotted(path);
        std::string relative = name;
        std::ranges::replace(relative, '.', '/');
        std::error_code error;
        for (const fs::path& directory : library_.directories)
            if (fs::path found = directory / (relative + ".kps"); fs::exists(found, error))
                return found;
        auto report = sink_.report(diag::unknown_import, path.span, name);
        for (const fs::path& directory : library_.directories)
            report.remark("looked for " + (directory / (relative + ".kps")).string());
        if (library_.directories.empty())
            report.help("give the directory of the library with `-L DIR` or KPS_PATH");
        report.did_you_mean(nearest(name, library_names(library_)));
        return std::nullopt;
    }

    std::optional<fs::path> find_file(const fs::path& path, const syntax::Text& text) {
        std::error_code error;
        if (fs::exists(path, error)) return path.lexically_normal();
        sink_.report(diag::unknown_import, text.span, text.value)
            .remark("looked for " + path.lexically_normal().string());
        return std::nullopt;
    }

    std::optional<std::size_t> read(const fs::path& path, Span span) {
        if (const auto known = known_.find(identity(path)); known != known_.end())
            return known->second;
        Result<std::string> text =
            files_.size() < max_files ? read_text(path) : fail("there are too many files");
        if (!text) {
            sink_.report(diag::unreadable_import, span, path.string(), text.error().message);
            return std::nullopt;
        }
        return add(sources_.add(path.string(), std::move(*text)));
    }

    struct Template {
        std::size_t file = 0;
        syntax::DeclarationId declaration;

        auto operator<=>(const Template&) const = default;
    };

    void read_uses(std::size_t file) {
        const std::vector<syntax::DeclarationId> ids = files_[file].file.declarations;
        for (const syntax::DeclarationId id : ids) {
            const syntax::Declaration declaration = files_[file].file.all_declarations[id];
            const auto* use = std::get_if<syntax::UseDeclaration>(&declaration.node);
            if (use == nullptr) continue;
            const syntax::Name alias = use->alias.value_or(use->name.parts.back());
            std::optional<std::size_t> made;
            if (const auto used = find_template(file, use->name))
                made = instance(file, *used, *use, declaration.span);
            files_[file].imports.push_back({alias, made, declaration.span});
        }
    }

    std::optional<Template> find_template(std::size_t file, const syntax::Path& path) {
        std::optional<std::size_t> in = file;
        if (path.parts.size() > 1) {
            const auto& imports = files_[file].imports;
            const auto import = std::ranges::find_if(imports, [&](const SpecFile::Import& one) {
                return one.alias.text == path.parts.front().text;
            });
            if (import != imports.end() && !import->file) return std::nullopt; // reported
            in = import != imports.end() ? import->file : std::nullopt;
        }
        std::vector<std::string_view> names;
        for (; in; in = files_[*in].within)
            for (const syntax::DeclarationId id : files_[*in].file.declarations) {
                const auto* found = std::get_if<syntax::TemplateDeclaration>(
                    &files_[*in].file.all_declarations[id].node);
                if (found == nullptr) continue;
                if (found->name.text == path.parts.back().text) return Template{*in, id};
                names.push_back(found->name.text);
            }
        sink_.report(diag::unknown_template, path.span, dotted(path))
            .did_you_mean(nearest_names(path.parts.back().text, names));
        return std::nullopt;
    }

    std::optional<std::size_t> instance(std::size_t user, const Template& used,
                                        const syntax::UseDeclaration& use, Span span) {
        const syntax::Declaration declaration =
            files_[used.file].file.all_declarations[used.declaration];
        const auto& group = std::get<syntax::TemplateDeclaration>(declaration.node);
        if (group.parameters.size() != use.arguments.size()) {
            sink_
                .report(diag::template_arguments, span, group.name.text, group.parameters.size(),
                        use.arguments.size())
                .note(group.name.span, "declared here");
            return std::nullopt;
        }
        if (is_within(user, used) || files_.size() >= max_files) {
            sink_.report(diag::template_cycle, span, group.name.text);
            return std::nullopt;
        }
        if (group.body.empty()) return std::nullopt;
        const SourceFile& source = sources_[declaration.span.file];
        const auto& all = files_[used.file].file.all_declarations;
        const Span body{declaration.span.file, all[group.body.front()].span.begin,
                        all[group.body.back()].span.end};
        std::string text = instantiate(source.text, body, arguments_of(user, group, use));
        const SourceId made = sources_.add(source.path, std::move(text));
        diag::Sink mistakes;
        files_.push_back({syntax::parse(sources_, made, mistakes), source.path, {}, used.file});
        for (diag::Diagnostic& mistake : mistakes.sorted())
            sink_.add(std::move(mistake)).note(span, "used here");
        instances_.emplace(files_.size() - 1, Instance{used, user});
        return files_.size() - 1;
    }

    std::map<std::string_view, std::string> arguments_of(std::size_t user,
                                                         const syntax::TemplateDeclaration& group,
                                                         const syntax::UseDeclaration& use) const {
        std::map<std::string_view, std::string> arguments;
        for (std::size_t i = 0; i < use.arguments.size(); ++i) {
            const syntax::Expr& argument = files_[user].file.exprs[use.arguments[i]];
            const bool is_compound = std::holds_alternative<syntax::BinaryExpr>(argument.node) ||
                                     std::holds_alternative<syntax::UnaryExpr>(argument.node) ||
                                     std::holds_alternative<syntax::TernaryExpr>(argument.node);
            const std::string text(sources_.text(argument.span));
            arguments[group.parameters[i].text] = is_compound ? "(" + text + ")" : text;
        }
        return arguments;
    }

    /// Whether the file is made from the template, itself or through what uses it.
    [[nodiscard]] bool is_within(std::size_t file, const Template& used) const {
        for (auto at = instances_.find(file); at != instances_.end();
             at = instances_.find(at->second.user))
            if (at->second.of == used) return true;
        return false;
    }

    struct ImportPlace {
        std::size_t file;
        std::size_t import;
    };

    DirectedGraph graph(std::vector<ImportPlace>& places) const {
        DirectedGraph graph{files_.size(), {}};
        for (std::size_t file = 0; file < files_.size(); ++file) {
            for (std::size_t i = 0; i < files_[file].imports.size(); ++i) {
                const auto& target = files_[file].imports[i].file;
                if (!target) continue;
                graph.edges.emplace_back(file, *target);
                places.push_back({file, i});
            }
        }
        return graph;
    }

    void cut_cycles() {
        while (true) {
            std::vector<ImportPlace> places;
            const std::vector<std::size_t> cycle = find_cycle(graph(places));
            if (cycle.empty()) return;
            report_cycle(cycle, places);
            const ImportPlace last = places[cycle.back()];
            files_[last.file].imports[last.import].file.reset();
        }
    }

    void report_cycle(const std::vector<std::size_t>& cycle,
                      const std::vector<ImportPlace>& places) {
        std::string way;
        for (std::size_t edge : cycle)
            way += "`" + files_[places[edge].file].path + "` -> ";
        way += "`" + files_[places[cycle.front()].file].path + "`";
        const auto span = [&](std::size_t edge) {
            return files_[places[edge].file].imports[places[edge].import].span;
        };
        auto report = sink_.report(diag::import_cycle, span(cycle.front()), way);
        for (std::size_t i = 1; i < cycle.size(); ++i)
            report.note(span(cycle[i]), "and from there on");
        report.help("move what both need into a file of its own");
    }

    LoadedSpec in_order() {
        std::vector<ImportPlace> places;
        const std::vector<std::size_t> order = dependency_order(graph(places));
        std::vector<std::size_t> position(files_.size());
        for (std::size_t i = 0; i < order.size(); ++i)
            position[order[i]] = i;
        LoadedSpec spec;
        for (std::size_t file : order)
            spec.files.push_back(std::move(files_[file]));
        for (SpecFile& file : spec.files) {
            if (file.within) file.within = position[*file.within];
            for (SpecFile::Import& import : file.imports)
                if (import.file) import.file = position[*import.file];
        }
        // What only a cut cycle led to may come after the spec itself.
        if (position[0] + 1 != spec.files.size()) keep_until(spec, position[0]);
        return spec;
    }

    static void keep_until(LoadedSpec& spec, std::size_t root) {
        spec.files.erase(spec.files.begin() + static_cast<std::ptrdiff_t>(root) + 1,
                         spec.files.end());
    }

    const Library& library_;
    SourceSet& sources_;
    diag::Sink& sink_;
    std::vector<SpecFile> files_;
    std::map<std::string, std::size_t> known_;
    struct Instance {
        Template of;
        std::size_t user = 0; ///< the file that asked for it
    };
    std::map<std::size_t, Instance> instances_; ///< by file
};

} // namespace

LoadedSpec load(SourceId source, const Library& library, SourceSet& sources, diag::Sink& sink) {
    return Loader(library, sources, sink).load(source);
}

Result<LoadedSpec> load(const fs::path& path, const Library& library, SourceSet& sources,
                        diag::Sink& sink) {
    Result<std::string> text = read_text(path);
    if (!text) return fail("cannot read " + path.string() + ": " + text.error().message);
    return load(sources.add(path.string(), std::move(*text)), library, sources, sink);
}

} // namespace kps::sema
