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

sema::CShape element_of(const sema::CShape& array) {
    const std::uint64_t count = std::max<std::uint64_t>(array.count, 1);
    return {.name = {}, .size = array.size / count};
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
    return !access.root.is_typedef;
}

void RecordTypes::add(const sema::MemberAddress& access) {
    if (!can_move(access)) return;
    Node* at = &node_of(access.root);
    for (const sema::MemberStep& step : access.steps) {
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
    if (node.element == nullptr) node.element = &node_of(element_of(node.shape));
    const auto count = static_cast<std::int64_t>(node.shape.count);
    llvm::Metadata* const range = debug_.getOrCreateSubrange(0, count);
    return debug_.createArrayType(node.shape.size * 8, 0, make(*node.element),
                                  debug_.getOrCreateArray({range}));
}

llvm::DIType* RecordTypes::make_record(Node& node) {
    const std::uint64_t bits = node.shape.size * 8;
    const auto none = llvm::DINode::FlagZero;
    const std::string name = node.shape.name.empty() ? "" : node.shape.name + flavour_;
    llvm::DICompositeType* record =
        node.shape.kind == CKind::union_type
            ? debug_.createUnionType(file_, name, file_, 0, bits, 0, none, {})
            : debug_.createStructType(file_, name, file_, 0, bits, 0, none, nullptr, {});
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
    llvm::Type* const byte = build.getInt8Ty();
    if (!can_move(access)) return build.CreateConstGEP1_64(byte, base, access.offset);
    Node* at = &node_of(access.root);
    for (const sema::MemberStep& step : access.steps) {
        llvm::DIType* const type = make(*at);
        if (step.member.empty()) {
            base = build.CreatePreserveArrayAccessIndex(llvm::ArrayType::get(byte, at->shape.count),
                                                        base, 1, static_cast<unsigned>(step.index),
                                                        type);
            at = at->element;
            continue;
        }
        const auto found = at->members.find({step.bit_offset, step.member});
        const auto index = static_cast<unsigned>(std::distance(at->members.begin(), found));
        if (at->shape.kind == CKind::union_type) {
            base = build.CreatePreserveUnionAccessIndex(base, index, type);
        } else {
            const std::vector<llvm::Type*> bytes(index + 1, byte);
            base = build.CreatePreserveStructAccessIndex(
                llvm::StructType::get(build.getContext(), bytes), base, index, index, type);
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
