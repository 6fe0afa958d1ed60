#pragma once

#include "compiler/base/result.hpp"
#include "runtime/machine/cpio.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace kps::machine {

/// Puts programs of the host, with all that they need to start, into an initramfs.
///
/// Busybox provides the shell and whatever applets it has; a program that a workload names is taken
/// from the host only if busybox lacks it, or if it is named by a path. A dynamic program brings
/// its interpreter and the libraries that the interpreter says it loads (`ld.so --list`, which runs
/// nothing of the program); what a program opens by itself later (plug-ins, data) it does not
/// bring: that is for `add`. A script brings its interpreter.
class Programs {
public:
    /// `search` is a list of directories like $PATH; relative paths refer to the directory that is
    /// current.
    Programs(Initramfs& initramfs, std::string search);

    /// The program of Debian's busybox-static with links for all of its applets, where they belong.
    Result<void> add_busybox();
    /// What the text of a shell command names (see `program_words`). It is an error if a required
    /// word is neither an applet nor found on the host; a word with a `/` may stay unknown, since
    /// `setup` can make the file.
    Result<void> add_commands(std::string_view shell);
    /// `FILE` or `FILE:DEST`: a file or a whole directory. Without DEST it goes where it is on the
    /// host, or for a relative path to the same path from `/`. Programs bring what they need.
    Result<void> add(std::string_view file_and_destination);
    /// A program or library whose functions are probed, at its own path, if the host has it there.
    /// Probes belong to files: whatever is added later under another name of this one (a link, the
    /// place where a command is found) becomes a link to it. An applet of busybox gives way.
    Result<void> add_probed(const std::string& path);
    /// A file of the host, and what it needs if it is a program.
    Result<void> add_file(const std::filesystem::path& host, std::string_view guest);

private:
    Result<void> add_needs(const std::filesystem::path& host, std::span<const std::byte> content);
    Result<void> add_libraries(const std::filesystem::path& host, const std::string& interpreter);
    Result<void> add_directory(const std::filesystem::path& host, const std::string& guest);
    Result<void> add_word(const std::string& word, bool required);
    /// Whether the file is probed; then `guest` is one more name of it.
    bool link_to_probed(const std::filesystem::path& host, std::string_view guest);

    Initramfs& initramfs_;
    std::string search_;
    std::set<std::string, std::less<>> applets_;
    std::map<std::filesystem::path, std::string> probed_; ///< by the host's own path, the guest's
};

/// Paths in what `ld.so --list PROGRAM` prints, or the names of the libraries that it did not find.
Result<std::vector<std::string>> listed_libraries(std::string_view output);

} // namespace kps::machine
