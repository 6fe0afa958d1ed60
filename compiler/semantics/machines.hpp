#pragma once

#include "compiler/semantics/streams.hpp"

namespace kps::sema {

/// A machine as far as it could be resolved.
struct MachineInfo {
    const std::optional<syntax::Key>* by = nullptr;
    std::vector<const StreamInfo*> streams; ///< of its events, those that are found
    /// None: something is reported, or a stream is not on this kernel.
    std::optional<Machine> machine;
};

/// Resolves the state machines of all files, each when it is first asked for.
class Machines {
public:
    Machines(Context& context, const Names& names, Streams& streams)
        : context_(context), names_(names), streams_(streams) {}

    /// The machine that `path` names in `file`; null if there is none, which is reported.
    const MachineInfo* find(std::size_t file, const syntax::Path& path, bool live);

    /// Resolves the machines of the spec itself that no test used, and reports them as unused.
    void resolve_rest(bool live, bool report_unused);

private:
    using Key = std::tuple<std::size_t, syntax::DeclarationId, bool>;
    /// One stream of one edge.
    struct Event {
        const syntax::Stream* stream = nullptr;
        std::uint32_t from = 0;
        std::uint32_t to = 0;
        const StreamInfo* info = nullptr;
        std::optional<KeyedUse> use; ///< none: reported, or not on this kernel
    };

    const MachineInfo& resolve(const Entity& entity, bool live);
    std::vector<Event> events_of(const Entity& entity, const syntax::MachineDeclaration& declared,
                                 const std::vector<std::string>& states, bool live, bool& good);
    [[nodiscard]] bool can_take_the_same(const Event& a, const Event& b) const;
    bool report_ambiguous(const std::vector<Event>& events, const std::vector<std::string>& states);
    static void add_edges(std::vector<Event> events, Machine& machine);

    Context& context_;
    const Names& names_;
    Streams& streams_;
    std::map<Key, MachineInfo> machines_;
    std::set<std::pair<std::size_t, syntax::DeclarationId>> used_;
};

} // namespace kps::sema
