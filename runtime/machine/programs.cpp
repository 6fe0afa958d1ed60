#include "runtime/machine/programs.hpp"

#include "compiler/kernel/bytes.hpp"
#include "runtime/collect/files.hpp"
#include "runtime/machine/process.hpp"
#include "runtime/machine/program_file.hpp"
#include "runtime/machine/shell_words.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace kps::machine {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view add_hint =
    "`--add FILE[:DEST]` puts a file of this machine into the guest";

std::string missing_program_hint(std::string_view name) {
    return fmt::format("install the package that has `{}`, or put the program in with "
                       "`--add FILE:/usr/bin/{}`",
                       name, name);
}

bool is_executable_file(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

} // namespace

Programs::Programs(Initramfs& initramfs, std::string search)
    : initramfs_(initramfs), search_(std::move(search)) {}

Result<void> Programs::add_busybox() {
    const auto busybox = find_program("busybox", search_);
    if (!busybox) return fail("busybox is not installed", "install the package busybox-static");
    const auto listed = capture({busybox->string(), "--list-full"});
    if (!listed) return std::unexpected(listed.error());
    if (listed->exit_status != 0)
        return fail(fmt::format("{} --list-full ended with status {}", busybox->string(),
                                listed->exit_status));
    if (const auto added = add_file(*busybox, "bin/busybox"); !added) return added;
    for (const std::string_view path : collect::split(listed->output, '\n')) {
        const fs::path applet(path);
        if (applet.filename() == "busybox" || applet.filename().empty()) continue;
        if (!initramfs_.contains(path)) initramfs_.link(path, "/bin/busybox");
        applets_.insert(applet.filename().string());
    }
    return {};
}

Result<void> Programs::add_commands(std::string_view shell) {
    for (const ProgramWord& word : program_words(shell))
        if (const auto added = add_word(word.text, word.required); !added) return added;
    return {};
}

Result<void> Programs::add_word(const std::string& word, bool required) {
    if (word.contains('/')) {
        if (initramfs_.contains(word) || !is_executable_file(word)) return {};
        return add_file(word, word);
    }
    const auto found = find_program(word, search_);
    if (found && link_to_probed(*found, "usr/bin/" + word)) return {};
    if (applets_.contains(word)) return {};
    if (found) return add_file(*found, "usr/bin/" + word);
    if (initramfs_.contains("usr/bin/" + word) || initramfs_.contains("usr/sbin/" + word))
        return {};
    if (!required) return {};
    return fail(
        fmt::format("the workload runs `{}`, which neither busybox nor this machine has", word),
        missing_program_hint(word));
}

Result<void> Programs::add(std::string_view file_and_destination) {
    const std::size_t colon = file_and_destination.find(':');
    const fs::path host(file_and_destination.substr(0, colon));
    const std::string guest(colon == std::string_view::npos
                                ? std::string_view(host.native())
                                : file_and_destination.substr(colon + 1));
    std::error_code error;
    if (guest_path(guest).empty() || host.empty())
        return fail(fmt::format("`{}` does not say which file to add", file_and_destination),
                    std::string(add_hint));
    if (fs::is_directory(host, error)) return add_directory(host, guest);
    return add_file(host, guest);
}

Result<void> Programs::add_directory(const fs::path& host, const std::string& guest) {
    initramfs_.directory(guest);
    std::error_code error;
    for (auto entry = fs::recursive_directory_iterator(host, error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        const std::string path = guest + "/" + entry->path().lexically_relative(host).string();
        if (entry->is_symlink()) {
            initramfs_.link(path, fs::read_symlink(entry->path(), error).string());
        } else if (entry->is_directory()) {
            initramfs_.directory(path);
        } else if (entry->is_regular_file()) {
            if (const auto added = add_file(entry->path(), path); !added) return added;
        }
    }
    if (error) return fail(fmt::format("cannot read {}: {}", host.string(), error.message()));
    return {};
}

Result<void> Programs::add_probed(const std::string& path) {
    std::error_code error;
    if (!fs::is_regular_file(path, error) || probed_.contains(fs::canonical(path, error)))
        return {};
    const auto added = add_file(path, path);
    if (added) probed_[fs::canonical(path, error)] = "/" + guest_path(path);
    return added;
}

bool Programs::link_to_probed(const fs::path& host, std::string_view guest) {
    std::error_code error;
    const auto probed = probed_.find(fs::canonical(host, error));
    if (probed == probed_.end()) return false;
    if (probed->second != "/" + guest_path(guest)) initramfs_.link(guest, probed->second);
    return true;
}

Result<void> Programs::add_file(const fs::path& host, std::string_view guest) {
    if (link_to_probed(host, guest)) return {};
    const auto content = collect::read_text(host.string());
    if (!content) return std::unexpected(content.error());
    const bool executable = is_executable_file(host);
    initramfs_.file(guest, *content, executable ? 0755 : 0644);
    return executable ? add_needs(host, bytes_of(*content)) : Result<void>{};
}

Result<void> Programs::add_needs(const fs::path& host, std::span<const std::byte> content) {
    if (const std::string interpreter = elf_interpreter(content); !interpreter.empty())
        return add_libraries(host, interpreter);
    const std::vector<std::string> words = script_interpreter(content);
    if (words.empty()) return {};
    if (const auto added = add_word(words[0], true); !added) return added;
    if (fs::path(words[0]).filename() == "env" && words.size() > 1) return add_word(words[1], true);
    return {};
}

Result<void> Programs::add_libraries(const fs::path& host, const std::string& interpreter) {
    std::error_code error;
    const auto listed = capture({interpreter, "--list", fs::absolute(host, error).string()});
    if (!listed) return std::unexpected(listed.error());
    auto libraries = listed_libraries(listed->output);
    if (!libraries)
        return fail(fmt::format("{}: {}", host.string(), libraries.error().message),
                    libraries.error().hint);
    if (listed->exit_status != 0)
        return fail(fmt::format("{} cannot tell the libraries of {}: {}", interpreter,
                                host.string(), listed->output));
    libraries->push_back(interpreter);
    // With it the guest's ld.so finds them in whatever directory they are.
    if (fs::exists("/etc/ld.so.cache", error)) libraries->emplace_back("/etc/ld.so.cache");
    for (const std::string& library : *libraries) {
        if (initramfs_.contains(library) || link_to_probed(library, library)) continue;
        const auto content = collect::read_text(library);
        if (!content) return std::unexpected(content.error());
        initramfs_.file(library, *content, library.ends_with(".cache") ? 0644 : 0755);
    }
    return {};
}

Result<std::vector<std::string>> listed_libraries(std::string_view output) {
    std::vector<std::string> paths;
    for (const std::string_view line : collect::split(output, '\n')) {
        const std::vector<std::string_view> words = collect::words(line);
        const auto arrow = std::ranges::find(words, "=>");
        if (arrow != words.end() && arrow + 1 != words.end() && arrow[1] == "not")
            return fail(fmt::format("its library {} is not found", words.front()),
                        std::string(add_hint));
        for (const std::string_view word : words)
            if (word.starts_with('/') && std::ranges::count(paths, word) == 0)
                paths.emplace_back(word);
    }
    return paths;
}

} // namespace kps::machine
