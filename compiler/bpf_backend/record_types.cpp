#include "compiler/bpf_backend/record_types.hpp"

#include <algorithm>
#include <atomic>
#include <llvm/BinaryFormat/Dwarf.h>
#include <utility>

namespace kps::bpf {

namespace {

using sema::CKind;

bool is_record(CKind kind) {
    return kind == CKind::structure || kind == CKind::union_type;
}

/// Bytes of the aligned integer that holds a bitfield, which LLVM wants to know by the alignment of
/// its struct (`GetStorageBitRange`, BPFAbstractMemberAccess.cpp); 0 if there is none.
std::uint32_t container_bytes(const sema::MemberStep& bitfield) {
    for (const std::uint32_t bytes : {1U, 2U, 4U, 8U})
        if (bitfield.bit_offset % (bytes * 8) + bitfield.bit_size <= bytes * 8) return bytes;
    return 0;
}

/// Whether the loader finds the place that the step leads to. libbpf takes elements of arrays
/// without a length only at the end of a struct, and LLVM bitfields only in structs; what lies in a
/// struct without a name in a union has no place among the union's own members.
bool is_found(const sema::CShape& from, const sema::MemberStep& step) {
    if (step.member.empty()) return from.count > 0;
    if (from.kind == CKind::union_type) return step.bit_size == 0 && step.bit_offset == 0;
    return step.bit_size == 0 || container_bytes(step) > 0;
}

/// An access as the loader finds it again: one part after the other, each from a struct with a tag,
/// which begins `offset` bytes behind where the part before leads.
struct Way {
    std::vector<sema::MemberAddress> parts;
    std::uint64_t rest = 0; ///< bytes behind the last
    bool ends_found = false;
};

Way way_of(const sema::MemberAddress& access) {
    Way way;
    sema::CShape from = access.root;
    std::uint64_t before = 0;  // bytes behind the last part
    std::uint64_t reached = 0; // bytes from the root
    way.ends_found = false;
    for (const sema::MemberStep& step : access.steps) {
        const bool begins =
            !way.ends_found && is_record(from.kind) && !from.name.empty() && !from.is_typedef;
        reached += step.bit_offset / 8;
        if ((begins || way.ends_found) && is_found(from, step)) {
            if (begins) way.parts.push_back({{}, from, {}, before});
            way.parts.back().steps.push_back(step);
            way.ends_found = true;
            before = 0;
        } else {
            way.ends_found = false;
            before += step.bit_offset / 8;
        }
        from = step.shape;
    }
    if (!way.ends_found) way.rest = before + access.offset - reached;
    return way;
}

} // namespace

/// LLVM 19 keeps the variables that stand for accesses by name beyond the end of a module
/// (`GEPGlobals`, BPFAbstractMemberAccess.cpp), so that no two objects of a process may have one of
/// the same name.
RecordTypes::RecordTypes(llvm::DIBuilder& debug, llvm::DIFile* file) : debug_(debug), file_(file) {
    static std::atomic<unsigned> objects = 0;
    if (const unsigned before = objects++; before > 0) flavour_ = "___" + std::to_string(before);
}

RecordTypes::Node& RecordTypes::node_of(const sema::CShape& shape) {
    if (!is_record(shape.kind) || shape.name.empty())
        return nodes_.emplace_back(Node{.shape = shape});
    const char* const tag = shape.kind == CKind::union_type ? "union " : "struct ";
    Node*& known = named_[tag + shape.name];
    if (known == nullptr) known = &nodes_.emplace_back(Node{.shape = shape});
    return *known;
}

bool RecordTypes::can_move(const sema::MemberAddress& access) {
    return way_of(access).ends_found;
}

void RecordTypes::add(const sema::MemberAddress& access) {
    for (const sema::MemberAddress& part : way_of(access).parts) {
        Node* at = &node_of(part.root);
        for (const sema::MemberStep& step : part.steps) {
            if (step.member.empty()) {
                if (at->element == nullptr) at->element = &node_of(step.shape);
                at = at->element;
                continue;
            }
            Member& member = at->members[{step.bit_offset, step.member}];
            if (member.type == nullptr) member = {step, &node_of(step.shape)};
            at = member.type;
        }
    }
}

llvm::DIType* RecordTypes::make(Node& node) {
    if (node.made != nullptr) return node.made;
    const std::uint64_t bits = node.shape.size * 8;
    switch (node.shape.kind) {
    case CKind::integer: {
        const auto encoding =
            node.shape.is_signed ? llvm::dwarf::DW_ATE_signed : llvm::dwarf::DW_ATE_unsigned;
        const char* const sign = node.shape.is_signed ? "s" : "u";
        return node.made = debug_.createBasicType(sign + std::to_string(bits), bits, encoding);
    }
    case CKind::enumeration:
        return node.made = debug_.createEnumerationType(file_, "", file_, 0, bits, 0, {}, nullptr);
    case CKind::pointer: return node.made = debug_.createPointerType(nullptr, 64);
    case CKind::array: return node.made = make_array(node);
    case CKind::structure:
    case CKind::union_type: return node.made = make_record(node);
    }
    std::unreachable();
}

llvm::DIType* RecordTypes::make_array(Node& node) {
    if (node.element == nullptr) node.element = &node_of(node.shape.element.front());
    const auto count = static_cast<std::int64_t>(node.shape.count);
    llvm::Metadata* const range = debug_.getOrCreateSubrange(0, count);
    return debug_.createArrayType(node.shape.size * 8, 0, make(*node.element),
                                  debug_.getOrCreateArray({range}));
}

llvm::DIType* RecordTypes::make_record(Node& node) {
    const std::uint64_t bits = node.shape.size * 8;
    const auto none = llvm::DINode::FlagZero;
    const std::string name = node.shape.name.empty() ? "" : node.shape.name + flavour_;
    // one without a name may contain another that is the same as long as both have no members
    const std::string identifier = std::to_string(++records_made_);
    llvm::DICompositeType* record =
        node.shape.kind == CKind::union_type
            ? debug_.createUnionType(file_, name, file_, 0, bits, 0, none, {}, 0, identifier)
            : debug_.createStructType(file_, name, file_, 0, bits, 0, none, nullptr, {}, 0, nullptr,
                                      identifier);
    llvm::SmallVector<llvm::Metadata*> members;
    for (auto& [place, member] : node.members) {
        const sema::MemberStep& step = member.step;
        llvm::DIType* const type = make(*member.type);
        const std::uint64_t unit = std::max<std::uint64_t>(step.shape.size * 8, 8);
        members.push_back(
            step.bit_size > 0
                ? debug_.createBitFieldMemberType(record, step.member, file_, 0, step.bit_size,
                                                  step.bit_offset, step.bit_offset / unit * unit,
                                                  none, type)
                : debug_.createMemberType(record, step.member, file_, 0, step.shape.size * 8, 0,
                                          step.bit_offset, none, type));
    }
    debug_.replaceArrays(record, debug_.getOrCreateArray(members));
    return record;
}

llvm::Value* RecordTypes::address(llvm::IRBuilder<>& build, llvm::Value* base,
                                  const sema::MemberAddress& access) {
    const Way way = way_of(access);
    for (const sema::MemberAddress& part : way.parts)
        base =
            relocated(build, build.CreateConstGEP1_64(build.getInt8Ty(), base, part.offset), part);
    return build.CreateConstGEP1_64(build.getInt8Ty(), base, way.rest);
}

llvm::Value* RecordTypes::exists(llvm::IRBuilder<>& build, const sema::MemberAddress& access) {
    llvm::Value* all = build.getTrue();
    llvm::Value* const nowhere = llvm::ConstantPointerNull::get(build.getPtrTy());
    for (const sema::MemberAddress& part : way_of(access).parts) {
        llvm::Value* const there =
            info(build, relocated(build, nowhere, part), FieldInfo::existence);
        all = build.CreateAnd(all, build.CreateICmpNE(there, build.getInt64(0)));
    }
    return all;
}

llvm::Value* RecordTypes::relocated(llvm::IRBuilder<>& build, llvm::Value* base,
                                    const sema::MemberAddress& access) {
    Node* at = &node_of(access.root);
    for (const sema::MemberStep& step : access.steps) {
        llvm::DIType* const type = make(*at);
        if (step.member.empty()) {
            base = build.CreatePreserveArrayAccessIndex(
                llvm::ArrayType::get(build.getInt8Ty(), at->shape.count), base, 1,
                static_cast<unsigned>(step.index), type);
            at = at->element;
            continue;
        }
        const auto found = at->members.find({step.bit_offset, step.member});
        const auto index = static_cast<unsigned>(std::distance(at->members.begin(), found));
        if (at->shape.kind == CKind::union_type) {
            base = build.CreatePreserveUnionAccessIndex(base, index, type);
        } else {
            const std::uint32_t bytes = step.bit_size > 0 ? container_bytes(step) : 1;
            const std::vector<llvm::Type*> parts(index + 1, build.getIntNTy(bytes * 8));
            base = build.CreatePreserveStructAccessIndex(
                llvm::StructType::get(build.getContext(), parts), base, index, index, type);
        }
        at = found->second.type;
    }
    return base;
}

llvm::Value* RecordTypes::info(llvm::IRBuilder<>& build, llvm::Value* address, FieldInfo kind) {
    llvm::Value* const number =
        build.CreateIntrinsic(llvm::Intrinsic::bpf_preserve_field_info, {address->getType()},
                              {address, build.getInt64(std::to_underlying(kind))});
    return build.CreateZExt(number, build.getInt64Ty());
}

} // namespace kps::bpf
