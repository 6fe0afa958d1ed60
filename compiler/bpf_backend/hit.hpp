#pragma once

#include "compiler/bpf_backend/maps.hpp"
#include "compiler/bpf_backend/reads.hpp"

namespace kps::bpf {

/// The hit that a program runs for: its fields and what every hit has, each read once.
class Hit {
public:
    Hit(Unit& unit, Maps& maps, const Request& request, sema::ProbeId probe, Attach attach,
        bool shared, llvm::Value* context);

    /// Code that is built while one lives runs in a branch: what it reads is forgotten behind it.
    class Branch {
    public:
        explicit Branch(Hit& hit) : hit_(hit) { hit_.known_.emplace_back(); }
        ~Branch() { hit_.known_.pop_back(); }
        Branch(const Branch&) = delete;
        Branch& operator=(const Branch&) = delete;

    private:
        Hit& hit_;
    };

    /// What `read` gives, asked for once under that name.
    llvm::Value* once(const std::string& name, const std::function<llvm::Value*()>& read);
    Operand field(std::uint32_t index);
    llvm::Value* time(); ///< i64
    llvm::Value* cpu();  ///< i64
    llvm::Value* task(); ///< i64, thread group above thread
    llvm::Value* tid();  ///< i64
    llvm::Value* pid();  ///< i64
    Operand comm();
    [[nodiscard]] sema::ProbeId probe() const { return probe_; }
    [[nodiscard]] const sema::Probe& description() const { return request_.spec.probes[probe_]; }
    [[nodiscard]] const plan::RecordLayout& layout() const { return layout_; }

    /// Writes the record of this hit; strings that did not fit are sent before it.
    void write_record(llvm::Value* record, llvm::Value* tallies, std::uint32_t flags,
                      bool with_long_strings);
    /// Hands a sample of the ring buffer over.
    void submit(llvm::Value* sample);
    /// Counts a hit that happened and is not recorded.
    void count_loss();

private:
    Operand operand_once(const std::string& name, const std::function<Operand()>& read);
    llvm::Value* probe_id(); // i32
    void send_long_string(const Reads::LongString& text, llvm::Value* record);

    Unit& unit_;
    Maps& maps_;
    const Request& request_;
    sema::ProbeId probe_;
    bool shared_; ///< with other probes; the attachment's cookie tells which it is
    llvm::Value* context_;
    Reads reads_;
    plan::RecordLayout layout_;
    std::vector<std::map<std::string, Operand>> known_;
};

} // namespace kps::bpf
