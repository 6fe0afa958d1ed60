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
/// not count the NUL of an empty one, and on x86 whatever is read from an address of user memory is
/// read like that (`fetch_store_string`, kernel/trace/trace_probe_kernel.h). But the record was
/// made one byte larger for it
/// (`__get_data_size`, kernel/trace/trace_probe_tmpl.h), so the size of the record tells, as far as
/// rounding to four bytes lets it; where it does not, the string counts as unreadable. (A user
/// string that another thread shortens between the two looks at it can be mistaken for an empty
/// one.)
class RecordDecoder {
public:
    /// Fails if the event lacks a field of the plan or has it in another size. `plan` is kept.
    static Result<RecordDecoder> make(const plan::Plan& plan, sema::ProbeId probe,
                                      const EventLayout& layout);

    /// The fields of the probe in their order, in `storage`. What lies outside of the record is
    /// unreadable.
    std::span<const Value> decode(Bytes record, Storage& storage);

private:
    struct Place { // of a part, in the record
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
    };
    struct Slot { // a fetch, with all that is needed of it at every record
        enum class Kind : std::uint8_t { integer, text, array };
        Kind kind = Kind::integer;
        std::uint8_t size = 0; // of an integer or element
        bool is_signed = false;
        bool from_memory = false;
        Place first;
        std::vector<Place> rest;
        std::vector<std::uint32_t> guards; // slots
    };
    struct Source { // of a field
        sema::ValueType type;
        sema::ExprId computed;
        std::optional<std::uint32_t> slot; // none: it is computed
    };
    enum class Text : std::uint8_t { good, faulted, undecided };
    struct Found { // of a string, in the record at hand
        Text state = Text::good;
        std::string_view bytes; // with the NUL and what may follow it
        std::size_t length = 0; // of all copies
    };

    explicit RecordDecoder(const plan::Plan& plan) : plan_(plan) {}

    std::string add_slot(const plan::Fetch& fetch, const EventLayout& layout);
    void find_texts();
    [[nodiscard]] Found find_text(const Slot& slot) const;
    [[nodiscard]] bool add_copy(Place copy, Found& found) const;
    void decide_empty_texts();
    [[nodiscard]] bool readable(std::uint32_t slot) const;
    [[nodiscard]] std::string_view text(std::uint32_t slot) const;
    [[nodiscard]] std::optional<std::uint64_t> integer(const Slot& slot) const;
    [[nodiscard]] Operand operand(std::uint32_t slot) const;
    [[nodiscard]] Value fetched(std::uint32_t slot, const sema::ValueType& type,
                                Storage& storage) const;
    [[nodiscard]] Value array(const Slot& slot, const sema::ValueType& type,
                              Storage& storage) const;
    [[nodiscard]] Value computed(const Source& source, Storage& storage) const;

    const plan::Plan& plan_;
    std::vector<Source> sources_; // as many as fields
    std::vector<Slot> slots_;     // as many as fetches
    std::vector<std::uint32_t> text_slots_;
    std::size_t fixed_end_ = 0;
    // Of the record at hand.
    Bytes record_;
    std::vector<Found> texts_;
    std::vector<std::uint32_t> undecided_;
};

} // namespace kps::hits
