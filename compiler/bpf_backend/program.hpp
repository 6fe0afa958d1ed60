#pragma once

#include "compiler/bpf_backend/hit.hpp"

namespace kps::bpf {

inline constexpr std::uint32_t word_bytes = 8; // of the counters

/// The program of one probe, or of several that differ in their function only: whether the hit
/// counts, what is summed up of it, and whether it is sent.
class ProbeProgram {
public:
    ProbeProgram(Unit& unit, Maps& maps, const Request& request,
                 const std::vector<sema::ProbeId>& probes, Attach attach, llvm::Value* context);

    /// Most hits of a hot function are of no interest by their arguments alone; those leave first.
    /// False if none does.
    bool leave_if_no_use_takes_it();
    void build();

private:
    /// A call that ends with this hit: the record of its entry, in the calls of its task.
    struct Frame {
        sema::StreamId stream;
        llvm::Value* record = nullptr;
        const plan::RecordLayout* layout = nullptr;
        const sema::Probe* entry = nullptr;
    };
    /// An item of a tally's stream.
    struct Subject {
        sema::StreamId stream{};
        const Frame* frame = nullptr; ///< null: the hit itself
    };

    /// Whether the hit is one of the stream's, by its probe.
    [[nodiscard]] bool is_hit_of(sema::StreamId stream) const;
    /// Whether it begins or ends a call of the stream.
    [[nodiscard]] bool is_side_of(sema::StreamId stream) const;
    /// Whether an argument decides it (i1): the conditions of the use that read nothing else.
    llvm::Value* may_take(const sema::StreamUse& use);
    [[nodiscard]] bool reads_arguments_only(sema::StreamId stream, sema::ExprId condition) const;
    void leave_if_it_does_not_count();
    void leave_unless_workload();
    llvm::Value* is_sent(); // i1
    [[nodiscard]] bool asks_for_function(const sema::StreamUse& use) const;
    void send(llvm::Value* tallies, llvm::Value* sent);
    void send_call(const Frame& frame, llvm::Value* tallies);

    // fields of streams
    /// The same value as one of which the verifier knows nothing. What a tally learns of a value by
    /// comparing it would else multiply the ways through the tallies behind it.
    Operand forgotten(const Operand& operand);
    Read reader(const Subject& subject);
    Operand stream_field(const Subject& subject, std::uint32_t index);
    Operand builtin(const Subject& subject, sema::Builtin which);
    Operand value_of_field(const Subject& subject, std::uint32_t index);
    Operand saved_field(const Frame& frame, std::uint32_t index);
    /// Whether all conditions hold.
    Values::Truth belongs(const Subject& subject, const sema::StreamUse& use);

    // tallies.cpp
    bool tally_hit(llvm::Value* bits); // whether a tally is of hits of this probe
    void tally(std::size_t index, const Subject& subject, llvm::Value* bits);
    void count_item(std::size_t index, const Subject& subject, const Values::Truth& truth,
                    llvm::Value* bits);
    void update(std::size_t index, const Subject& subject, const Values::Truth& truth,
                llvm::Value* cell, bool keyless, llvm::Value* bits);
    void update_every(const plan::Tally& tally, const Subject& subject, const Values::Truth& truth,
                      llvm::Value* cell, llvm::Value* bit, llvm::Value* bits);
    void update_values(const plan::Tally& tally, const Subject& subject, llvm::Value* cell,
                       llvm::Value* bit, llvm::Value* bits);
    void update_histogram(const plan::Tally& tally, const Subject& subject, llvm::Value* cell);
    /// Adds one to the word; among the first `most` the item is evidence.
    void count(llvm::Value* cell, std::uint32_t word, std::uint32_t most, llvm::Value* bit,
               llvm::Value* bits);
    /// Makes the word the larger of itself and `value`; runs `then` if it grew.
    void raise(llvm::Value* cell, std::uint32_t word, llvm::Value* value,
               const std::function<void()>& then);
    llvm::Value* distance(const Number& value, std::int64_t centre);
    /// The key of an item in a buffer; `known` (i1): all of its parts are.
    llvm::Value* key_of(const plan::Tally& tally, const Subject& subject, llvm::Value*& known);
    llvm::Value* cell_of_key(std::size_t index, llvm::Value* key);
    llvm::Value* sums(); // or the program ends

    // calls.cpp
    void enter_call(std::size_t call);
    void leave_call(std::size_t call);
    void end_call(std::size_t call, llvm::Value* calls, llvm::Value* depth);
    void count_call(std::size_t call, std::uint32_t word, std::uint64_t by);
    llvm::Value* calls_of_task(std::size_t call, bool make);
    [[nodiscard]] bool keeps_record(sema::StreamId call) const;
    [[nodiscard]] bool reads_entry(sema::StreamId stream, sema::ExprId id) const;
    [[nodiscard]] std::uint32_t frame_bytes(sema::StreamId call) const;
    llvm::Value* frame_at(llvm::Value* calls, llvm::Value* depth, std::uint32_t bytes);

    Unit& unit_;
    Maps& maps_;
    const Request& request_;
    std::vector<sema::ProbeId> probes_;
    Values values_;
    Hit hit_;
};

} // namespace kps::bpf
