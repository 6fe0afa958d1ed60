#include "runtime/machine/accelerator.hpp"

#include "runtime/collect/files.hpp"
#include "runtime/machine/process.hpp"

#include <fmt/core.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace kps::machine {

namespace {

constexpr std::uint32_t load_address = 0x100000;
constexpr std::uint8_t magic = 0x2a; // isa-debug-exit ends QEMU with status 2 * value + 1
constexpr int ran_status = 2 * magic + 1;
constexpr std::uint8_t exit_port = 0xf4;
constexpr std::string_view works_mark = " works\n";
constexpr std::string_view fails_mark = " fails\n";

/// Entered in 32-bit protected mode without paging (the PVH boot ABI). It turns on long mode and
/// paging as a kernel does, for that is where a nested host may fail, and then reports.
constexpr std::array<std::uint8_t, 46> code{
    0x0f, 0x20,  0xe0,                        // mov eax, cr4
    0x83, 0xc8,  0x20,                        // or eax, PAE
    0x0f, 0x22,  0xe0,                        // mov cr4, eax
    0xb8, 0x00,  0x10, 0x10,      0x00,       // mov eax, level 4 table (0x101000)
    0x0f, 0x22,  0xd8,                        // mov cr3, eax
    0xb9, 0x80,  0x00, 0x00,      0xc0,       // mov ecx, EFER
    0x0f, 0x32,                               // rdmsr
    0x80, 0xcc,  0x01,                        // or ah, LME
    0x0f, 0x30,                               // wrmsr
    0x0f, 0x20,  0xc0,                        // mov eax, cr0
    0x0d, 0x00,  0x00, 0x00,      0x80,       // or eax, PG
    0x0f, 0x22,  0xc0,                        // mov cr0, eax
    0xb0, magic, 0xe6, exit_port, 0xeb, 0xfe, // mov al, magic; out exit_port, al; loop
};

using PageTable = std::array<std::uint64_t, 512>;
constexpr std::uint64_t present_writable = 3;
constexpr std::uint64_t large_page = 0x80;

/// A note of Xen's: PHYS32_ENTRY (include/xen/interface/elfnote.h, 6.12), the 32-bit entry.
struct PvhNote {
    Elf64_Nhdr header{4, sizeof(std::uint32_t), 18};
    std::array<char, 4> name{'X', 'e', 'n', '\0'};
    std::uint32_t entry = 0;
};

struct Image {
    Elf64_Ehdr header{};
    std::array<Elf64_Phdr, 2> segments{};
    PvhNote note;
    std::array<std::uint8_t, code.size()> text = code;
    alignas(4096) PageTable level4{load_address + 0x2000 + present_writable};
    PageTable level3{load_address + 0x3000 + present_writable};
    PageTable level2{present_writable + large_page}; ///< the first 2 MiB
};
static_assert(offsetof(Image, level4) == 0x1000);

std::string boot_id() {
    return collect::read_text("/proc/sys/kernel/random/boot_id").value_or("unknown\n");
}

std::string validity(const Qemu& qemu) {
    std::string id = boot_id();
    id.resize(std::min(id.find('\n'), id.size()));
    return fmt::format("{} {} {}.{}", id, qemu.program.string(), qemu.major, qemu.minor);
}

std::filesystem::path cache_file(const std::filesystem::path& cache) {
    return cache / "kvm-trial";
}

// Written beside and renamed, so that a reader never sees half of it.
void remember(const std::filesystem::path& file, const std::string& valid_for, bool works) {
    const auto temporary = std::filesystem::path(fmt::format("{}.{}", file.string(), ::getpid()));
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    std::ofstream(temporary) << valid_for << (works ? works_mark : fails_mark);
    std::filesystem::rename(temporary, file, error);
    if (error) std::filesystem::remove(temporary, error);
}

} // namespace

std::vector<std::byte> trial_guest() {
    Image image;
    std::memcpy(&image.header.e_ident[0], ELFMAG, SELFMAG);
    image.header.e_ident[EI_CLASS] = ELFCLASS64;
    image.header.e_ident[EI_DATA] = ELFDATA2LSB;
    image.header.e_ident[EI_VERSION] = EV_CURRENT;
    image.header.e_type = ET_EXEC;
    image.header.e_machine = EM_X86_64;
    image.header.e_version = EV_CURRENT;
    image.header.e_entry = load_address + offsetof(Image, text);
    image.header.e_phoff = offsetof(Image, segments);
    image.header.e_ehsize = sizeof(Elf64_Ehdr);
    image.header.e_phentsize = sizeof(Elf64_Phdr);
    image.header.e_phnum = image.segments.size();
    image.note.entry = load_address + offsetof(Image, text);
    image.segments[0] = {PT_LOAD,       PF_R | PF_X,   0,     load_address, load_address,
                         sizeof(Image), sizeof(Image), 0x1000};
    image.segments[1] = {PT_NOTE,
                         PF_R,
                         offsetof(Image, note),
                         load_address + offsetof(Image, note),
                         load_address + offsetof(Image, note),
                         sizeof(PvhNote),
                         sizeof(PvhNote),
                         4};
    std::vector<std::byte> bytes(sizeof(Image));
    std::memcpy(bytes.data(), &image, sizeof(Image));
    return bytes;
}

bool trial_guest_runs(const Qemu& qemu, Accelerator accelerator, std::chrono::milliseconds limit) {
    const auto guest = memory_file(trial_guest());
    if (!guest) return false;
    const std::array<int, 1> keep{guest->get()};
    auto child = Child::start({trial_arguments(qemu, accelerator), keep});
    if (!child) return false;
    const auto status = child->wait(limit);
    return status && WIFEXITED(*status) && WEXITSTATUS(*status) == ran_status;
}

Accelerator choose_accelerator(const std::filesystem::path& file, const std::string& valid_for,
                               const std::function<bool()>& trial) {
    const std::string known = collect::read_text(file.string()).value_or("");
    if (known == fmt::format("{}{}", valid_for, works_mark)) return Accelerator::kvm;
    if (known == fmt::format("{}{}", valid_for, fails_mark)) return Accelerator::tcg;
    const bool works = trial();
    remember(file, valid_for, works);
    return works ? Accelerator::kvm : Accelerator::tcg;
}

Accelerator choose_accelerator(const Qemu& qemu, const std::filesystem::path& cache) {
    if (::access("/dev/kvm", R_OK | W_OK) != 0) return Accelerator::tcg;
    return choose_accelerator(cache_file(cache), validity(qemu), [&] {
        return trial_guest_runs(qemu, Accelerator::kvm, std::chrono::seconds(2));
    });
}

void distrust_kvm(const Qemu& qemu, const std::filesystem::path& cache) {
    remember(cache_file(cache), validity(qemu), false);
}

} // namespace kps::machine
