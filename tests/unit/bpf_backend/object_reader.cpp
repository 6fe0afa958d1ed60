#include "tests/unit/bpf_backend/object_reader.hpp"

#include "compiler/kernel/elf.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace kps::bpf {

namespace {

// Where a part's offset and length stand in the header of .BTF.ext.
constexpr std::size_t line_info = 16;
constexpr std::size_t core_relocations = 24;

std::uint32_t word_at(const std::vector<std::byte>& bytes, std::size_t at) {
    std::uint32_t word = 0;
    if (at + sizeof word > bytes.size()) throw std::out_of_range("the object ends too early");
    std::memcpy(&word, bytes.data() + at, sizeof word);
    return word;
}

} // namespace

ObjectReader::ObjectReader(const std::vector<std::byte>& elf) {
    const auto file = kernel::parse_elf(elf);
    if (!file) throw std::runtime_error(file.error().message);
    for (const kernel::ElfSection& section : file->sections) {
        const auto bytes = file->section(section.name, elf);
        sections_.emplace(section.name, std::vector(bytes.begin(), bytes.end()));
        if (section.name.contains('/') && !section.name.starts_with(".rel"))
            programs_.emplace_back(section.name);
    }
    auto btf = kernel::Btf::parse(sections_[".BTF"]);
    if (!btf) throw std::runtime_error(btf.error().message);
    btf_ = std::move(*btf);
}

std::string ObjectReader::text_of(const std::string& section) const {
    const std::vector<std::byte>& bytes = sections_.at(section);
    std::string text;
    for (const std::byte byte : bytes)
        text += static_cast<char>(byte);
    return text.substr(0, text.find('\0'));
}

std::uint32_t ObjectReader::word(std::size_t at) const {
    return word_at(sections_.at(".BTF.ext"), at);
}

std::string ObjectReader::string(std::uint32_t offset) const {
    const std::vector<std::byte>& btf = sections_.at(".BTF");
    const std::size_t begin = std::size_t{word_at(btf, 4)} + word_at(btf, 16) + offset;
    std::string text;
    for (std::size_t at = begin; btf.at(at) != std::byte{0}; ++at)
        text += static_cast<char>(btf[at]);
    return text;
}

template <class Take>
void ObjectReader::records(std::size_t header_field, Take take) const {
    std::size_t at = std::size_t{word(4)} + word(header_field);
    const std::size_t end = at + word(header_field + 4);
    if (at == end) return;
    const std::uint32_t record_bytes = word(at);
    for (at += 4; at < end;) {
        const std::string section = string(word(at));
        const std::uint32_t count = word(at + 4);
        at += 8;
        for (std::uint32_t i = 0; i < count; ++i, at += record_bytes)
            take(section, at);
    }
}

std::map<std::string, std::vector<ObjectReader::Line>> ObjectReader::lines() const {
    std::map<std::string, std::vector<Line>> all;
    records(line_info, [&](const std::string& section, std::size_t at) {
        constexpr unsigned column_bits = 10;
        Line line{word(at + 12) >> column_bits, string(word(at + 8))};
        std::vector<Line>& of = all[section];
        if (std::ranges::find(of, line) == of.end()) of.push_back(std::move(line));
    });
    return all;
}

std::vector<ObjectReader::Relocation> ObjectReader::relocations() const {
    std::vector<Relocation> all;
    records(core_relocations, [&](const std::string&, std::size_t at) {
        const std::string type(btf_->type({word(at + 4)}).name);
        all.push_back({type.substr(0, type.find("___")), string(word(at + 8)), word(at + 12)});
    });
    return all;
}

std::optional<std::map<std::string, std::uint32_t>>
ObjectReader::map(const std::string& name) const {
    const auto variable = btf_->find(kernel::TypeKind::variable, name);
    if (!variable) return std::nullopt;
    std::map<std::string, std::uint32_t> attributes;
    for (const kernel::Member& member : btf_->members(btf_->type(*variable).target)) {
        const kernel::TypeId target = btf_->type(member.type).target;
        const bool is_number = btf_->type(target).kind == kernel::TypeKind::array;
        attributes.emplace(member.name, is_number ? btf_->array(target).count : 0);
    }
    return attributes;
}

} // namespace kps::bpf
