#pragma once

#include "runtime/hits/evaluate.hpp"
#include "runtime/judge/observation.hpp"

#include <optional>
#include <set>
#include <string>

namespace kps::judge {

/// One occurrence of a stream: a hit, or a call or span with its two hits.
struct Item {
    static constexpr HitIndex none = UINT32_MAX;

    HitIndex opening = 0;
    HitIndex closing = none; ///< of a call or span; none where it was not seen
    Truth exists = Truth::yes;
    /// False where lost hits may have made us pair the wrong ones.
    bool opening_sure = true;
    bool closing_sure = true;
};

/// What kept something from being known.
struct Doubt {
    std::set<std::string> unreadable; ///< names of fields
    bool pairing = false;             ///< other hits may belong to the call or span
    bool order = false;               ///< hits too close on different CPUs
    bool room = false;                ///< more keys than the kernel had room for

    /// `path could not be read`; of several causes the first.
    [[nodiscard]] std::string text() const;
    void add(const Doubt& other);
};

/// Whether a field's value is that of the item, where an item's hits may be the wrong ones.
bool is_sure(const sema::StreamField& field, bool opening_sure, bool closing_sure);

/// Reads the fields of one stream's items and computes conditions over them. Remembers what it
/// could not know.
class Reader {
public:
    Reader(const Observation& seen, sema::StreamId stream);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    hits::Operand field(std::uint32_t index, const Item& item);
    hits::Operand value(sema::ExprId expr, const Item& item);
    Truth truth(sema::ExprId condition, const Item& item);
    /// Whether the item begins in the part of the run that is looked at.
    Truth is_in_part(const Item& item);
    /// None if one of the fields is not known.
    std::optional<KeyId> key(const std::vector<std::uint32_t>& fields, const Item& item);

    [[nodiscard]] std::string print_field(std::uint32_t index, const Item& item) const;
    /// `tid 71, path "/etc"`
    [[nodiscard]] std::string print_key(const std::vector<std::uint32_t>& fields,
                                        const Item& item) const;
    [[nodiscard]] const sema::StreamField& field_info(std::uint32_t index) const;
    /// What was in doubt since this was asked last.
    Doubt take_doubt();
    void forget_doubt();

private:
    [[nodiscard]] hits::Value builtin(sema::Builtin which, const Item& item) const;
    [[nodiscard]] hits::Operand builtin_operand(sema::Builtin which, const Item& item) const;
    [[nodiscard]] const hits::Value* probe_value(const sema::StreamField::OfProbe& of,
                                                 const Item& item) const;
    hits::Operand unreadable(const std::string& name);

    /// Where a field is read.
    struct Source {
        const sema::StreamField* info = nullptr;
        const sema::StreamField::OfProbe* of_probe = nullptr; ///< null: a builtin
        sema::Builtin builtin = sema::Builtin::time;
        bool from_closing = false;
    };

    /// A comparison of a field with a number, which most conditions are.
    struct Comparing {
        sema::ExprId condition;
        const Source* field = nullptr; ///< null: it is something else
        sema::BinaryOp op = sema::BinaryOp::equal;
        sema::Integer bound = {};
    };
    const Comparing& comparing(sema::ExprId condition);
    [[nodiscard]] Comparing as_comparing(sema::ExprId condition) const;
    /// Where it is one that surely is the item's; else `field` tells.
    [[nodiscard]] std::optional<sema::Integer> integer(const Source& source,
                                                       const Item& item) const;

    const Observation& seen_;
    const sema::Stream& stream_;
    std::vector<Source> sources_;      ///< one for each field
    std::vector<Comparing> comparing_; ///< of the conditions that were asked for
    const Item* item_ = nullptr;       ///< the one that `read_` reads
    hits::Read read_;
    std::vector<hits::Operand> key_; ///< the one that is read
    Doubt doubt_;
    bool has_doubt_ = false;
};

} // namespace kps::judge
