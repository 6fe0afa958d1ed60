#pragma once

#include "compiler/bpf_backend/object.hpp"
#include "compiler/bpf_backend/unit.hpp"

namespace kps::bpf {

/// The maps of one object; each is defined when it is first asked for. The names are those that
/// runtime/collect/messages.hpp tells.
class Maps {
public:
    Maps(Unit& unit, const Request& request);

    llvm::Value* hits();
    llvm::Value* paused();
    llvm::Value* scope(); ///< a setting: which tasks count
    llvm::Value* tasks();
    llvm::Value* cgroup();
    llvm::Value* losses();
    llvm::Value* sums();
    llvm::Value* keys(std::size_t tally);
    /// The calls that a task is in, innermost last: u32 depth, then `deepest_call` frames.
    llvm::Value* calls(std::size_t call, std::uint32_t frame_bytes);

    [[nodiscard]] const plan::SumsLayout& layout() const { return layout_; }

private:
    Unit& unit_;
    const Request& request_;
    plan::SumsLayout layout_;
};

/// Of the setting `kps_scope`; any other value is a thread group whose hits do not count.
inline constexpr std::uint32_t all_tasks = 0;
inline constexpr std::uint32_t workload_tasks = 0xffffffff; ///< those in `tasks`

/// A u32 in `tasks`: a command's first process before its exec, and from then on.
inline constexpr std::uint32_t waiting_task = 1;
inline constexpr std::uint32_t counting_task = 2;

inline constexpr std::uint32_t deepest_call = 8;
inline constexpr std::uint32_t frames_begin = 8; ///< bytes from the start of a task's calls

/// Bytes of the key of a tally in its map.
std::uint32_t key_bytes(const sema::ResolvedSpec& spec, const plan::Tally& tally);

} // namespace kps::bpf
