#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/bpf_object.hpp"
#include "runtime/collect/probe_group.hpp"
#include "runtime/collect/tracefs.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct bpf_link;

namespace kps::collect {

/// What attaches the programs of an object; they are detached at the latest with this object, or
/// with the process, except for kprobes that are events of `group`. These are the kretprobes with a
/// `maxactive`, since perf's own cannot have one, and before 6.7, where perf does not tell how many
/// hits its probes missed, all kprobes and kretprobes.
class BpfLinks {
public:
    BpfLinks(Tracefs& tracefs, const std::string& group)
        : tracefs_(tracefs), group_(group), events_(tracefs, group) {}

    /// Attaches the programs in this order, up to the first that the kernel refuses.
    std::optional<Rejected> attach(const BpfObject& object,
                                   const std::vector<Attachment>& attachments);
    /// Hits that the probes of this program missed, as far as the kernel tells.
    Result<std::vector<ProgramProfile>> profile(const BpfObject& object);
    Result<void> detach();

private:
    struct Destroy {
        void operator()(bpf_link* link) const;
    };
    using Handle = std::unique_ptr<bpf_link, Destroy>;
    struct Link {
        std::string program;
        std::string event; ///< of the group; empty: none
        Handle handle;
    };
    /// What was refused: an errno, and the end of tracefs' log if that has it.
    struct Refusal {
        int error = 0;
        std::string log;
    };

    std::expected<Link, Refusal> link(const bpf_program* program, const Attachment& attachment,
                                      std::span<const Attachment::Target> targets);
    std::expected<Link, Refusal> link_event(const bpf_program* program, const std::string& group,
                                            const std::string& event, std::uint64_t cookie);
    std::expected<Link, Refusal> link_kprobe(const bpf_program* program,
                                             const Attachment& attachment,
                                             const Attachment::Target& target);
    std::expected<Link, Refusal> link_kprobe_event(const bpf_program* program,
                                                   const Attachment& attachment,
                                                   const Attachment::Target& target);

    Tracefs& tracefs_;
    std::string group_;
    ProbeGroup events_; ///< outlives the links: it cannot be removed before
    std::vector<Link> links_;
    std::optional<bool> misses_told_; ///< of a link; unknown before there is one
};

} // namespace kps::collect
