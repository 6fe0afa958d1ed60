#include "compiler/kernel/image_facts.hpp"

#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/image.hpp"
#include "compiler/kernel/image_events.hpp"
#include "compiler/kernel/probeable.hpp"
#include "compiler/kernel/unpack.hpp"

#include <cstring>

namespace kps::kernel {
namespace {

using Bytes = std::span<const std::byte>;

/// Where `needle` occurs from `start` on, or the size of `data`. memmem is several times faster
/// than std::string_view::find on whole images.
std::size_t find_text(Bytes data, std::string_view needle, std::size_t start = 0) {
    const Bytes rest = data.subspan(start);
    const void* found = memmem(rest.data(), rest.size(), needle.data(), needle.size());
    return found == nullptr
               ? data.size()
               : static_cast<std::size_t>(static_cast<const std::byte*>(found) - data.data());
}

/// From the banner `Linux version RELEASE (...`, init/version.c. The text occurs elsewhere, too,
/// but only there with a digit after it.
std::string find_release(Bytes data) {
    constexpr std::string_view prefix = "Linux version ";
    constexpr std::size_t longest = 65; // __NEW_UTS_LEN and the blank
    for (auto at = find_text(data, prefix); at < data.size();
         at = find_text(data, prefix, at + 1)) {
        const std::string_view rest = as_text(data).substr(at + prefix.size(), longest);
        if (!rest.empty() && rest.front() >= '0' && rest.front() <= '9' &&
            rest.find(' ') != std::string_view::npos)
            return std::string(rest.substr(0, rest.find(' ')));
    }
    return {};
}

/// The text of readme_msg, kernel/trace/trace.c.
std::string find_readme(Bytes data) {
    constexpr std::size_t longest = std::size_t{64} << 10;
    const auto at = find_text(data, "tracing mini-HOWTO:\n");
    const std::string_view rest = as_text(data.subspan(at)).substr(0, longest);
    return std::string(rest.substr(0, rest.find('\0')));
}

/// The gzip'd .config between the marks of kernel/configs.c.
std::string find_config(Bytes data) {
    constexpr std::string_view begin = "IKCFG_ST\x1f\x8b";
    constexpr std::size_t mark_size = 8;
    const auto at = find_text(data, begin);
    if (at == data.size()) return {};
    const auto end = find_text(data, "IKCFG_ED", at);
    const auto text = unpack_payload(data.subspan(at + mark_size, end - at - mark_size));
    return text ? std::string(as_text(*text)) : std::string{};
}

/// Bytes of the BTF that `data` starts with (struct btf_header, include/uapi/linux/btf.h), 0 if
/// there is none.
std::uint64_t btf_size(Bytes data) {
    constexpr std::uint32_t header_size = 24;
    const auto type_offset = read_le<std::uint32_t>(data, 8);
    const auto string_offset = read_le<std::uint32_t>(data, 16);
    const auto string_size = read_le<std::uint32_t>(data, 20);
    if (!string_size || read_le<std::uint32_t>(data, 4) != header_size || *type_offset != 0)
        return 0;
    const std::uint64_t size = std::uint64_t{header_size} + *string_offset + *string_size;
    const Bytes strings = slice(data, header_size + std::uint64_t{*string_offset}, *string_size);
    const bool sound =
        !strings.empty() && strings.front() == std::byte{0} && strings.back() == std::byte{0};
    return sound && size <= data.size() ? size : 0;
}

Bytes find_btf(const KernelImage& image) {
    using namespace std::string_view_literals;
    if (image.is_elf()) return image.section(".BTF");
    constexpr std::string_view magic_version_flags = "\x9f\xeb\x01\0"sv;
    const Bytes data = image.bytes();
    for (auto at = find_text(data, magic_version_flags); at < data.size();
         at = find_text(data, magic_version_flags, at + 1))
        if (const auto size = btf_size(data.subspan(at)); size != 0) return data.subspan(at, size);
    return {};
}

std::vector<TraceEvent> find_events(const KernelImage& image, const Kallsyms& kallsyms, Bytes btf) {
    const auto types = Btf::parse({btf.begin(), btf.end()});
    return types ? read_events(image, kallsyms, *types) : std::vector<TraceEvent>{};
}

} // namespace

Result<ImageFacts> read_image(Bytes file) {
    const auto image = KernelImage::open(file);
    if (!image) return std::unexpected(image.error());
    auto kallsyms = decode_kallsyms(*image);
    if (!kallsyms) return std::unexpected(kallsyms.error());
    set_probe_status(*image, *kallsyms);
    const Bytes btf = find_btf(*image);
    auto events = find_events(*image, *kallsyms, btf);
    return ImageFacts{.release = find_release(image->bytes()),
                      .architecture = image->architecture(),
                      .names = std::move(kallsyms->names),
                      .symbols = std::move(kallsyms->symbols),
                      .btf = {btf.begin(), btf.end()},
                      .config = find_config(image->bytes()),
                      .readme = find_readme(image->bytes()),
                      .events = std::move(events)};
}

Result<std::vector<std::byte>> bootable_elf(Bytes file) {
    std::vector<std::byte> unpacked;
    const auto bytes = unwrap_image(file, unpacked);
    if (!bytes) return std::unexpected(bytes.error());
    if (!is_elf(*bytes))
        return fail("a flat kernel image, which holds no ELF file", "boot the file itself instead");
    if (bytes->data() == unpacked.data()) return unpacked;
    return std::vector(bytes->begin(), bytes->end());
}

} // namespace kps::kernel
