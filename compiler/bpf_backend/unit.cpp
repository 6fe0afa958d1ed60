#include "compiler/bpf_backend/unit.hpp"

#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/IR/DebugInfo.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>
#include <utility>

namespace kps::bpf {

Unit::Unit(const SourceSet& sources, Span whole)
    : sources_(sources), module_("kps", context_), build_(context_), debug_(module_),
      records_(debug_, file_of(whole.file)) {
    module_.addModuleFlag(llvm::Module::Warning, "Debug Info Version",
                          llvm::DEBUG_METADATA_VERSION);
    // The one way to have BTF without DWARF beside it, which nobody reads: LLVM makes no DWARF for
    // CodeView, and no CodeView but for Windows (AsmPrinter::doInitialization).
    module_.addModuleFlag(llvm::Module::Warning, "CodeView", 1);
    unit_ =
        debug_.createCompileUnit(llvm::dwarf::DW_LANG_C11, file_of(whole.file), "kps", true, "", 0);
    int_type_ = debug_.createBasicType("int", 32, llvm::dwarf::DW_ATE_signed);
    auto* const text = llvm::ConstantDataArray::getString(context_, "GPL");
    auto* const license = new llvm::GlobalVariable(
        module_, text->getType(), true, llvm::GlobalValue::ExternalLinkage, text, "_license");
    license->setSection("license");
    used_.push_back(license);
}

llvm::DIFile* Unit::file_of(SourceId id) {
    llvm::DIFile*& file = files_[id.value];
    if (file == nullptr)
        file = debug_.createFile(sources_[id].path, "", std::nullopt, sources_[id].text);
    return file;
}

void Unit::export_variable(llvm::GlobalVariable* variable, llvm::DIType* type) {
    variable->addDebugInfo(debug_.createGlobalVariableExpression(unit_, variable->getName(), "",
                                                                 unit_->getFile(), 0, type, false));
    used_.push_back(variable);
}

/// A number as libbpf reads it from BTF: a pointer to an array of so many elements.
llvm::DIType* Unit::map_attribute(std::uint64_t value) {
    llvm::Metadata* const range = debug_.getOrCreateSubrange(0, static_cast<std::int64_t>(value));
    return debug_.createPointerType(
        debug_.createArrayType(value * 32, 0, int_type_, debug_.getOrCreateArray({range})), 64);
}

llvm::GlobalVariable* Unit::map(const std::string& name, const MapShape& shape) {
    llvm::GlobalVariable*& known = globals_[name];
    if (known != nullptr) return known;
    const bool of_tasks = shape.type == MapType::task_storage;
    std::vector<std::pair<const char*, llvm::DIType*>> attributes = {
        {"type", map_attribute(std::to_underlying(shape.type))}};
    const auto add = [&](const char* attribute, std::uint32_t value) {
        if (value > 0) attributes.emplace_back(attribute, map_attribute(value));
    };
    if (of_tasks) { // the kernel wants to know the types of these
        auto* const byte = debug_.createBasicType("u8", 8, llvm::dwarf::DW_ATE_unsigned);
        llvm::Metadata* const range = debug_.getOrCreateSubrange(0, shape.value_bytes);
        auto* const bytes = debug_.createArrayType(shape.value_bytes * 8, 64, byte,
                                                   debug_.getOrCreateArray({range}));
        attributes.emplace_back("key", debug_.createPointerType(int_type_, 64));
        attributes.emplace_back("value", debug_.createPointerType(bytes, 64));
        add("map_flags", 1); // BPF_F_NO_PREALLOC
    } else {
        add("key_size", shape.key_bytes);
        add("value_size", shape.value_bytes);
        add("max_entries", shape.entries);
    }
    const std::vector<llvm::Type*> pointers(attributes.size(), build_.getPtrTy());
    auto* const type = llvm::StructType::get(context_, pointers);
    known = new llvm::GlobalVariable(module_, type, false, llvm::GlobalValue::ExternalLinkage,
                                     llvm::ConstantAggregateZero::get(type), name);
    known->setSection(".maps");
    llvm::SmallVector<llvm::Metadata*> members;
    for (const auto& [attribute, attribute_type] : attributes)
        members.push_back(debug_.createMemberType(unit_, attribute, unit_->getFile(), 0, 64, 0,
                                                  members.size() * 64, llvm::DINode::FlagZero,
                                                  attribute_type));
    export_variable(known, debug_.createStructType(unit_, "", unit_->getFile(), 0,
                                                   members.size() * 64, 0, llvm::DINode::FlagZero,
                                                   nullptr, debug_.getOrCreateArray(members)));
    return known;
}

llvm::GlobalVariable* Unit::variable(const std::string& name) {
    llvm::GlobalVariable*& known = globals_[name];
    if (known != nullptr) return known;
    known = new llvm::GlobalVariable(module_, build_.getInt32Ty(), false,
                                     llvm::GlobalValue::ExternalLinkage, build_.getInt32(0), name);
    export_variable(known, int_type_);
    return known;
}

llvm::GlobalVariable* Unit::setting(const std::string& name) {
    llvm::GlobalVariable* const made = variable(name);
    made->setConstant(true);
    return made;
}

llvm::GlobalVariable* Unit::kernel_symbol(const std::string& name) {
    llvm::GlobalVariable*& known = globals_["ksym " + name];
    if (known != nullptr) return known;
    known = new llvm::GlobalVariable(module_, build_.getInt8Ty(), true,
                                     llvm::GlobalValue::ExternalLinkage, nullptr, name);
    known->setSection(".ksyms");
    known->addDebugInfo(debug_.createGlobalVariableExpression(
        unit_, name, "", unit_->getFile(), 0,
        debug_.createQualifiedType(llvm::dwarf::DW_TAG_const_type, nullptr), false, false));
    return known;
}

llvm::Value* Unit::call(Helper helper, std::initializer_list<llvm::Value*> arguments) {
    std::vector<llvm::Type*> types;
    for (const llvm::Value* argument : arguments)
        types.push_back(argument->getType());
    auto* const type = llvm::FunctionType::get(build_.getInt64Ty(), types, false);
    llvm::Value* const function =
        build_.CreateIntToPtr(word(std::to_underlying(helper)), build_.getPtrTy());
    return build_.CreateCall(type, function, arguments);
}

llvm::Value* Unit::call_pointer(Helper helper, std::initializer_list<llvm::Value*> arguments) {
    std::vector<llvm::Type*> types;
    for (const llvm::Value* argument : arguments)
        types.push_back(argument->getType());
    auto* const type = llvm::FunctionType::get(build_.getPtrTy(), types, false);
    llvm::Value* const function =
        build_.CreateIntToPtr(word(std::to_underlying(helper)), build_.getPtrTy());
    return build_.CreateCall(type, function, arguments);
}

llvm::Function* Unit::begin_program(const std::string& name, const std::string& section,
                                    Span span) {
    begin_function(name, span, llvm::GlobalValue::ExternalLinkage,
                   llvm::DISubprogram::SPFlagDefinition | llvm::DISubprogram::SPFlagOptimized);
    function_->setSection(section);
    used_.push_back(function_);
    return function_;
}

llvm::Value* Unit::hand_over(llvm::Value* context, Span span) {
    llvm::Function* const program = function_;
    const llvm::IRBuilder<>::InsertPoint end = build_.saveIP();
    const llvm::DebugLoc place = build_.getCurrentDebugLocation();
    debug_.finalizeSubprogram(subprogram_);
    begin_function(program->getName().str() + "_on", span, llvm::GlobalValue::InternalLinkage,
                   llvm::DISubprogram::SPFlagDefinition | llvm::DISubprogram::SPFlagOptimized |
                       llvm::DISubprogram::SPFlagLocalToUnit);
    function_->addFnAttr(llvm::Attribute::NoInline);
    const llvm::IRBuilder<>::InsertPointGuard guard(build_);
    build_.restoreIP(end);
    build_.SetCurrentDebugLocation(place);
    build_.CreateRet(build_.CreateCall(function_, {context}));
    return function_->getArg(0);
}

void Unit::begin_function(const std::string& name, Span span,
                          llvm::GlobalValue::LinkageTypes linkage,
                          llvm::DISubprogram::DISPFlags flags) {
    auto* const type = llvm::FunctionType::get(build_.getInt32Ty(), {build_.getPtrTy()}, false);
    function_ = llvm::Function::Create(type, linkage, name, module_);
    function_->addFnAttr(llvm::Attribute::NoUnwind);
    llvm::DIType* const pointer = debug_.createPointerType(nullptr, 64);
    auto* const signature =
        debug_.createSubroutineType(debug_.getOrCreateTypeArray({int_type_, pointer}));
    const unsigned line = sources_.position(span.file, span.begin).line;
    subprogram_ = debug_.createFunction(file_of(span.file), name, "", file_of(span.file), line,
                                        signature, line, llvm::DINode::FlagPrototyped, flags);
    function_->setSubprogram(subprogram_);
    debug_.createParameterVariable(subprogram_, "ctx", 1, file_of(span.file), line, pointer, true);
    scopes_ = {{span.file.value, subprogram_}};
    stack_.clear();
    nothing_ = nullptr;
    comparisons_ = 0;
    build_.SetInsertPoint(llvm::BasicBlock::Create(context_, "", function_));
    at(span);
}

void Unit::end_program() {
    build_.CreateRet(build_.getInt32(0));
    debug_.finalizeSubprogram(subprogram_);
}

llvm::Value* Unit::stack(const std::string& purpose, std::uint32_t bytes) {
    llvm::Value* const slot = unset_stack(purpose, bytes);
    for (std::uint32_t at = 0; at < bytes; at += 8)
        store(word(0), slot, at);
    return slot;
}

llvm::Value* Unit::unset_stack(const std::string& purpose, std::uint32_t bytes) {
    const std::uint32_t words = (bytes + 7) / 8;
    llvm::AllocaInst*& slot = stack_[purpose + std::to_string(words)];
    if (slot == nullptr) {
        const llvm::IRBuilder<>::InsertPointGuard guard(build_);
        llvm::BasicBlock& entry = function_->getEntryBlock();
        build_.SetInsertPoint(&entry, entry.begin());
        slot = build_.CreateAlloca(llvm::ArrayType::get(build_.getInt64Ty(), words));
    }
    return slot;
}

llvm::Value* Unit::stack_of(const std::string& purpose, llvm::Value* value) {
    llvm::Value* const slot = unset_stack(purpose, 8);
    store(value, slot, 0);
    return slot;
}

llvm::Value* Unit::local() {
    const llvm::IRBuilder<>::InsertPointGuard guard(build_);
    llvm::BasicBlock& entry = function_->getEntryBlock();
    build_.SetInsertPoint(&entry, entry.begin());
    llvm::Value* const slot = build_.CreateAlloca(build_.getInt64Ty());
    build_.CreateStore(word(0), slot);
    return slot;
}

llvm::Value* Unit::local_pointer() {
    const llvm::IRBuilder<>::InsertPointGuard guard(build_);
    llvm::BasicBlock& entry = function_->getEntryBlock();
    build_.SetInsertPoint(&entry, entry.begin());
    return build_.CreateAlloca(build_.getPtrTy());
}

void Unit::leave_unless(llvm::Value* condition) {
    auto* const leave = llvm::BasicBlock::Create(context_, "", function_);
    auto* const stay = llvm::BasicBlock::Create(context_, "", function_);
    build_.CreateCondBr(condition, stay, leave);
    build_.SetInsertPoint(leave);
    build_.CreateRet(build_.getInt32(0));
    build_.SetInsertPoint(stay);
}

void Unit::at(Span span) {
    llvm::DIScope*& scope = scopes_[span.file.value];
    if (scope == nullptr) scope = debug_.createLexicalBlockFile(subprogram_, file_of(span.file));
    const LineColumn position = sources_.position(span.file, span.begin);
    build_.SetCurrentDebugLocation(
        llvm::DILocation::get(context_, position.line, position.column, scope));
}

void Unit::refuse(Span span, std::string what) {
    if (!refusal_) refusal_ = Refusal{span, std::move(what)};
}

llvm::Value* Unit::opaque(llvm::Value* value) {
    auto* const type = llvm::FunctionType::get(value->getType(), {value->getType()}, false);
    auto* const nothing = llvm::InlineAsm::get(type, "", "=r,0", true);
    return build_.CreateCall(type, nothing, {value});
}

llvm::Value* Unit::highest_bit(llvm::Value* value) {
    llvm::Value* const bit = build_.CreateLShr(opaque(value), word(63));
    return build_.CreateTrunc(opaque(bit), build_.getInt1Ty());
}

llvm::Value* Unit::is_not_negative(llvm::Value* value) {
    return build_.CreateNot(highest_bit(value));
}

llvm::Value* Unit::is_less(llvm::Value* small, std::uint32_t than) {
    return build_.CreateLShr(opaque(build_.CreateSub(small, word(than))), word(63));
}

llvm::Value* Unit::forgotten(llvm::Value* value) {
    if (nothing_ == nullptr ||
        (llvm::isa<llvm::Constant>(value) && value->getType()->isIntegerTy(1)))
        return value;
    if (!value->getType()->isIntegerTy(1)) return build_.CreateAdd(value, opaque(nothing_));
    // at once: until then it is 0 or 1, and on the stack the two are never alike to the verifier
    llvm::Value* const wide = build_.CreateZExt(value, build_.getInt64Ty());
    return build_.CreateTrunc(opaque(build_.CreateAdd(wide, nothing_)), build_.getInt1Ty());
}

/// A comparison is a branch in this instruction set, and the ways through the program double with
/// each; so few do no harm, and are faster. Without: the borrow of a subtraction (H. S. Warren,
/// Hacker's Delight, 2-12).
llvm::Value* Unit::compared(llvm::CmpInst::Predicate predicate, llvm::Value* a, llvm::Value* b) {
    constexpr unsigned harmless = 4;
    using P = llvm::ICmpInst;
    const bool is_constant = llvm::isa<llvm::Constant>(a) && llvm::isa<llvm::Constant>(b);
    if (is_constant || ++comparisons_ <= harmless) return build_.CreateICmp(predicate, a, b);
    const bool is_equality = P::isEquality(predicate);
    if (!is_equality && (P::isGT(predicate) || P::isLE(predicate))) std::swap(a, b);
    llvm::Value* const differing = build_.CreateXor(a, b);
    if (is_equality) {
        llvm::Value* const not_same =
            highest_bit(build_.CreateOr(differing, build_.CreateNeg(differing)));
        return predicate == P::ICMP_NE ? not_same : build_.CreateNot(not_same);
    }
    llvm::Value* const only_one = P::isSigned(predicate) ? build_.CreateAnd(a, build_.CreateNot(b))
                                                         : build_.CreateAnd(build_.CreateNot(a), b);
    llvm::Value* const borrow =
        build_.CreateAnd(build_.CreateNot(differing), build_.CreateSub(a, b));
    llvm::Value* const less = highest_bit(build_.CreateOr(only_one, borrow));
    return P::isStrictPredicate(predicate) ? less : build_.CreateNot(less);
}

void Unit::finish() {
    llvm::appendToCompilerUsed(module_, used_);
    debug_.finalize();
}

} // namespace kps::bpf
