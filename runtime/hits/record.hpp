#pragma once

#include "compiler/plan/plan.hpp"
#include "runtime/hits/evaluate.hpp"
#include "runtime/hits/event_format.hpp"
#include "runtime/hits/ring_buffer_page.hpp"

namespace kps::hits {

/// Turns records of one probe's event into the values of the probe's fields.
///
/// A string that could not be read has length 0 (or, from v6.2 to v6.4, is the text "(fault)"). So
/// has, to v6.12 at least, an *empty* user string: `strncpy_from_user_nofault` (mm/maccess.c) does
/// not count the NUL of an empty one. But the record was made one byte larger for it
/// (`__get_data_size`, kernel/trace/trace_probe_tmpl.h), so the size of the record tells, as far as
/// rounding to four bytes lets it; where it does not, the string counts as unreadable. (A user
/// string that another thread shortens between the two looks at it can be mistaken for an empty
/// one.)
class RecordDecoder {
public:
    /// Fails if the event lacks a field of the plan or has it in another size. `plan` is kept.
    static Result<RecordDecoder> make(const plan::Plan& plan, sema::ProbeId probe,
                                      const EventLayout& layout);

    /// The fields of the probe in their order. What lies outside of the record is unreadable.
    std::vector<Value> decode(Bytes record);

private:
    struct Slot {
        const plan::Fetch* fetch = nullptr;
        std::vector<EventField> parts;
        bool is_text = false;
        bool from_user = false;
    };
    enum class Text : std::uint8_t { good, faulted, undecided };
    struct Found { // of a string, in the record at hand
        Text state = Text::good;
        std::string_view text;
        std::size_t length = 0; // with the NUL, of all copies
    };

    RecordDecoder(const plan::Plan& plan, sema::ProbeId probe) : plan_(plan), probe_(plan[probe]) {}

    std::string add_slot(const plan::Fetch& fetch, const EventLayout& layout);
    void find_texts();
    [[nodiscard]] Found find_text(const Slot& slot) const;
    void decide_empty_texts();
    [[nodiscard]] bool readable(std::uint32_t fetch) const;
    [[nodiscard]] Operand operand(std::uint32_t fetch) const;
    [[nodiscard]] Value value(const plan::Field& field) const;
    [[nodiscard]] Value fetched(std::uint32_t fetch, const sema::ValueType& type) const;
    [[nodiscard]] Value array(const Slot& slot, const sema::ValueType& type) const;
    [[nodiscard]] Value computed(const plan::Field& field) const;

    const plan::Plan& plan_;
    const plan::Probe& probe_;
    std::vector<Slot> slots_; // as many as fetches
    std::size_t fixed_end_ = 0;
    // Of the record at hand.
    Bytes record_;
    std::vector<Found> texts_;
    std::vector<std::uint32_t> undecided_;
};

} // namespace kps::hits
