#pragma once

#include "compiler/semantics/values.hpp"

namespace kps::kernel {
class Btf;
}

namespace kps::sema {

/// A field as conditions and keys see it; parallel to `Stream::fields` of a resolved stream.
struct FieldInfo {
    std::string name;
    ValueType type;
    Range range;
    bool known = true; ///< false: its type cannot be told, or the mistake is reported
};

/// A stream that may have failed to resolve; then its fields keep their names.
struct StreamInfo {
    enum class Kind : std::uint8_t { hit, call, span };
    Kind kind = Kind::hit;
    std::string name;
    std::vector<FieldInfo> fields;
    std::optional<StreamId> id;        ///< none: an error, absent, or looked at without a kernel
    std::optional<std::string> absent; ///< why, if it is `optional` and not on this kernel
    std::vector<ProbeId> probes;
    const kernel::Btf* btf = nullptr; ///< of the module it probes
    std::vector<std::string> keys;    ///< of a span: both ends' fields of that name are equal

    /// Indexes of the fields with that name: several if both ends of a span have it.
    [[nodiscard]] std::vector<std::uint32_t> find(std::string_view field) const;
    [[nodiscard]] std::vector<std::string_view> field_names() const;
};

/// `time`, `cpu`, ... as every stream begins; with `duration` for calls and spans.
std::vector<StreamField> builtin_fields(bool with_duration);
bool is_builtin_field(std::string_view name);

FieldInfo field_info(const StreamField& field);

} // namespace kps::sema
