#pragma once

#include "compiler/bpf_backend/points.hpp"
#include "compiler/bpf_backend/values.hpp"
#include "compiler/plan/records.hpp"

namespace kps::bpf {

/// Reads the fields of one probe in the program that is being built.
class Reads {
public:
    Reads(Unit& unit, const Request& request, const sema::Probe& probe, Attach attach,
          llvm::Value* context)
        : unit_(unit), request_(request), probe_(probe), attach_(attach), context_(context),
          values_(unit, request.spec.exprs) {}

    /// The value of a field for a condition; strings are cut at `compared_bytes`.
    Operand field(std::uint32_t index);

    /// A string in a record that fills its capacity although it has no limit of its own.
    struct LongString {
        std::uint32_t field = 0;
        llvm::Value* address = nullptr; ///< i64
        bool user = false;
        llvm::Value* is_long = nullptr; ///< i1
    };
    /// Writes all fields and which of them are unreadable into a record at `record`.
    std::vector<LongString> store(llvm::Value* record, const plan::RecordLayout& layout);
    /// Reads a string there; its length with the NUL, negative if that faulted.
    llvm::Value* read_text(llvm::Value* to, std::uint32_t bytes, llvm::Value* address, bool user);

private:
    struct Address {
        llvm::Value* value = nullptr; ///< i64
        llvm::Value* known = nullptr;
        bool user = false;
    };
    Operand leaf(sema::ExprId id);
    Number number(sema::ExprId id);
    Number base(const sema::Expr& expr);
    Number on_this_cpu(const sema::OnThisCpu& of);
    Number argument(std::uint32_t index);
    [[nodiscard]] bool is_integer_argument(std::uint32_t index) const;
    Number result();
    Number word_of_context(std::uint32_t offset, std::uint32_t bytes);
    Number load(const sema::Load& load, const sema::Expr& expr);
    Number bitfield(const sema::ExtractBits& bits);
    Number read(llvm::Value* address, llvm::Value* known, llvm::Value* size, bool user);
    /// Reads so many bytes to a buffer; whether that went well (i1).
    llvm::Value* read_bytes(llvm::Value* to, llvm::Value* size, llvm::Value* address, bool user);
    struct Place {
        llvm::Value* base = nullptr;   ///< i64
        llvm::Value* member = nullptr; ///< pointer, by relocation
        llvm::Value* known = nullptr;
    };
    Place place_of(const sema::MemberAddress& member);
    Address address(sema::ExprId id, bool user);
    Address address_of_text(const sema::Expr& expr);
    const kernel::EventField* event_field(const std::string& name, Span span);

    Operand text_for_condition(const sema::Field& field, sema::ExprId source);
    /// Stores by the source that exists; whether it is known (i1).
    llvm::Value* store_field(std::uint32_t index, llvm::Value* record, const plan::FieldSlot& slot,
                             std::vector<LongString>& longer);
    llvm::Value* store_from(std::uint32_t index, sema::ExprId source, llvm::Value* record,
                            const plan::FieldSlot& slot, std::vector<LongString>& longer);
    llvm::Value* store_text(std::uint32_t index, sema::ExprId source, llvm::Value* record,
                            const plan::FieldSlot& slot, std::vector<LongString>& longer);
    /// Whether all members that the source needs exist on the kernel that runs it (i1).
    llvm::Value* exists(sema::ExprId source);

    void bring_in(llvm::Value* address);
    /// Programs at functions of programs may sleep, and so bring pages in that are not there yet.
    [[nodiscard]] bool may_sleep() const {
        return attach_ == Attach::uprobe || attach_ == Attach::uretprobe;
    }

    Unit& unit_;
    const Request& request_;
    const sema::Probe& probe_;
    Attach attach_;
    llvm::Value* context_;
    Values values_;
};

} // namespace kps::bpf
