#pragma once

#include "compiler/diagnostics/sink.hpp"
#include "compiler/kernel/kernel_view.hpp"
#include "compiler/semantics/resolved.hpp"
#include "compiler/syntax/ast.hpp"

#include <filesystem>
#include <functional>

namespace kps::sema {

/// Where `import a.b` looks for `a/b.kps`, in this order: `-L DIR`, `KPS_PATH`, the shipped specs.
struct Library {
    std::vector<std::filesystem::path> directories;
};

/// One parsed file and what its imports stand for.
struct SpecFile {
    struct Import {
        syntax::Name alias;              ///< the name that stands before the dot
        std::optional<std::size_t> file; ///< into `LoadedSpec::files`; none: already reported
        Span span;
    };
    syntax::File file;
    std::string path; ///< as messages show it
    std::vector<Import> imports; ///< and what its uses of templates stand for
    /// Of the body of a template with its arguments: the file that declares the template, whose
    /// names count in it too.
    std::optional<std::size_t> within;
};

/// A spec with all it imports, each file once and after those that it imports; the last is the spec
/// itself.
struct LoadedSpec {
    std::vector<SpecFile> files;

    [[nodiscard]] const SpecFile& root() const { return files.back(); }
};

/// Reads and parses a spec and its imports. Fails only if `path` itself cannot be read; everything
/// else is reported to `sink`, also for an import that is missing or part of a cycle.
Result<LoadedSpec> load(const std::filesystem::path& path, const Library& library,
                        SourceSet& sources, diag::Sink& sink);
/// The same for a text that is in `sources` already (standard input, a test); imports by relative
/// path start at the directory of its `path`.
LoadedSpec load(SourceId source, const Library& library, SourceSet& sources, diag::Sink& sink);

/// Where on this machine a program lies that is at `path` of the system under test.
using LocateProgram = std::function<std::filesystem::path(const std::string& path)>;
std::filesystem::path same_path(const std::string& path);

/// Which kernels a resolved spec is for. `any`: those of the given kernel's architecture; it keeps
/// every alternative that can be told from the given kernel (`Field::sources`,
/// `Probe::instead_of`), and `Probe::remarks` names those that cannot.
enum class Kernels : std::uint8_t { given, any };

/// Settles every name, type, alternative and condition for one kernel. Mistakes go to `sink`; if it
/// has errors then, the result must not be used. Probes of imported files are resolved only where
/// the spec uses them; a test whose requirements are not met comes out with `skip` and without
/// expectations. Names: language.md; register names and argument passing: Documentation/trace/
/// kprobetrace.rst (v6.12), System V x86-64 and AAPCS64 calling conventions.
ResolvedSpec resolve(const LoadedSpec& spec, const SourceSet& sources,
                     const kernel::KernelView& kernel, diag::Sink& sink,
                     LocateProgram locate = same_path, Kernels kernels = Kernels::given);

/// Reports what can be told without a kernel.
void check(const LoadedSpec& spec, const SourceSet& sources, diag::Sink& sink);

/// The resolved spec as text, one fact a line: `kps compile --emit=resolved`.
std::string dump(const ResolvedSpec& spec);
/// The source of a field alike; the same for sources that read the same.
std::string dump(const ResolvedSpec& spec, ExprId source);

} // namespace kps::sema
