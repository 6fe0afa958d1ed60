#pragma once

#include "compiler/diagnostics/messages.hpp"
#include "compiler/semantics/resolve.hpp"
#include "compiler/semantics/values.hpp"

#include <map>
#include <utility>

namespace kps::sema {

/// What every part of the resolver works on.
struct Context {
    const LoadedSpec& spec;
    const SourceSet& sources;
    const kernel::KernelView* kernel; ///< none: check what can be told without
    diag::Sink& sink;
    ResolvedSpec& out;
    LocateProgram locate_program;
    Kernels kernels = Kernels::given;
    std::map<std::pair<const kernel::Btf*, kernel::TypeId>, EnumId> enums = {};
    std::size_t searches = 0;

    [[nodiscard]] const syntax::File& file(std::size_t index) const {
        return spec.files[index].file;
    }
    [[nodiscard]] const syntax::Expr& expr(std::size_t file_index, syntax::ExprId id) const {
        return file(file_index).exprs[id];
    }
    /// The words of the spec on one line.
    [[nodiscard]] std::string words(Span span) const;

    /// Something that language.md describes and this version does not do; `what` with its verb:
    /// `tracepoints are`.
    void not_supported(std::string_view what, Span span) const {
        sink.report(diag::not_supported, span, what);
    }

    /// Whether to search the whole kernel for similar names again: as often as errors are shown.
    bool may_search() { return searches++ < 20; }

    /// The enum of the kernel as one of the spec's.
    EnumId enumeration(const kernel::Btf& btf, kernel::TypeId type);
};

/// Mistakes that only mean that something else is taken: as long as it lives, nothing else is in
/// `sink`, and what is goes with it.
class Trial {
public:
    explicit Trial(diag::Sink& sink) : sink_(sink), before_(std::exchange(sink, {})) {}
    ~Trial() { sink_ = std::move(before_); }
    Trial(const Trial&) = delete;
    Trial& operator=(const Trial&) = delete;

private:
    diag::Sink& sink_;
    diag::Sink before_;
};

/// `a`, `b` and `c`
std::string listing(const std::vector<std::string>& names, std::string_view last_word = "and");

/// A declaration of a file that others refer to by name.
struct Entity {
    enum class Kind : std::uint8_t { constant, probe, call, span, machine, import, other };
    Kind kind = Kind::other;
    std::size_t file = 0;
    syntax::DeclarationId declaration; ///< unless an import
    std::optional<std::size_t> target; ///< of an import
    syntax::Name name;
};

std::string_view describe(Entity::Kind kind); ///< `a constant`, `an import`

/// The names that each file declares.
class Names {
public:
    /// Reports names that are declared twice.
    explicit Names(const Context& context);

    [[nodiscard]] const Entity* find(std::size_t file, std::string_view name) const;
    [[nodiscard]] std::vector<std::string_view> all(std::size_t file) const;

    struct Lookup {
        const Entity* entity = nullptr; ///< not an import
        std::size_t parts = 0;          ///< how many of the path's parts name it
        bool reported = false;          ///< nothing found, and that is known to the user
    };
    /// `x.name` through an import, or a plain name. Reports only an import that lacks the name.
    Lookup look_up(const Context& context, std::size_t file,
                   const std::vector<syntax::Name>& path) const;

private:
    void declare(const Context& context, std::size_t file, Entity entity);

    std::vector<std::map<std::string_view, Entity>> files_;
    std::vector<std::optional<std::size_t>> within_; ///< whose names count in a file too
};

} // namespace kps::sema
