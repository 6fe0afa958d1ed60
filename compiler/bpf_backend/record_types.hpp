#pragma once

#include "compiler/bpf_backend/llvm.hpp"
#include "compiler/semantics/resolved.hpp"

#include <deque>
#include <map>

namespace kps::bpf {

/// What a CO-RE relocation asks of a member on the kernel that runs the program
/// (`enum bpf_core_relo_kind`, include/uapi/linux/bpf.h v6.12).
enum class FieldInfo : std::uint64_t {
    byte_offset = 0,
    byte_size = 1,
    existence = 2,
    is_signed = 3,
    left_shift = 4,  ///< to bring the top bit of an integer or bitfield to the top of 64 bits,
    right_shift = 5, ///< and from there its lowest to the bottom
};

/// The kernel's structs and unions as far as members of them are accessed: debug information that
/// LLVM makes BTF and relocations of. Local structs have the accessed members only, which is enough
/// for libbpf to find them by name in the kernel's.
class RecordTypes {
public:
    RecordTypes(llvm::DIBuilder& debug, llvm::DIFile* file);

    /// Whether `info` can be had of the member: only if the loader finds it again.
    static bool can_move(const sema::MemberAddress& access);
    /// All accesses are to be told before the first `address`.
    void add(const sema::MemberAddress& access);
    /// Where the member lies if its root is at `base` (a pointer); of a bitfield that cannot move,
    /// its container.
    llvm::Value* address(llvm::IRBuilder<>& build, llvm::Value* base,
                         const sema::MemberAddress& access);
    /// Whether all members on the way that the loader looks for exist (i1).
    llvm::Value* exists(llvm::IRBuilder<>& build, const sema::MemberAddress& access);
    /// A number (i64) about a member at an `address`.
    static llvm::Value* info(llvm::IRBuilder<>& build, llvm::Value* address, FieldInfo kind);

private:
    struct Node;
    struct Member {
        sema::MemberStep step;
        Node* type = nullptr;
    };
    struct Node { // a type
        sema::CShape shape;
        std::map<std::pair<std::uint64_t, std::string>, Member>
            members{};           ///< by place, as C has them
        Node* element = nullptr; ///< of an array, if one is accessed
        llvm::DIType* made = nullptr;
    };
    Node& node_of(const sema::CShape& shape);
    llvm::Value* relocated(llvm::IRBuilder<>& build, llvm::Value* base,
                           const sema::MemberAddress& access);
    llvm::DIType* make(Node& node);
    llvm::DIType* make_record(Node& node);
    llvm::DIType* make_array(Node& node);

    llvm::DIBuilder& debug_;
    llvm::DIFile* file_;
    std::string flavour_; ///< appended to the names of structs, where libbpf overlooks it
    std::uint32_t records_made_ = 0;
    std::deque<Node> nodes_;
    std::map<std::string, Node*> named_;
};

} // namespace kps::bpf
