#include "runtime/collect/files.hpp"

#include "runtime/collect/fd.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace kps::collect {

std::string describe_errno(int error) {
    const char* const text = strerrordesc_np(error);
    const char* const name = strerrorname_np(error);
    if (text == nullptr || name == nullptr) return "error " + std::to_string(error);
    std::string description = text;
    if (description.size() > 1 && description[1] >= 'a' && description[1] <= 'z')
        description[0] = static_cast<char>(description[0] | 0x20);
    return description + " (" + name + ")";
}

Result<std::string> read_text(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return fail("cannot open " + path + ": " + describe_errno(errno));
    std::string text;
    std::array<char, 8192> chunk{};
    while (true) {
        const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
        if (got == 0) return text;
        if (got > 0)
            text.append(chunk.data(), static_cast<std::size_t>(got));
        else if (errno != EINTR)
            return fail("cannot read " + path + ": " + describe_errno(errno));
    }
}

int append_text(const std::string& path, std::string_view text) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!file) return errno;
    while (true) {
        const ssize_t put = ::write(file.get(), text.data(), text.size());
        if (put == static_cast<ssize_t>(text.size())) return 0;
        if (put >= 0) return EIO;
        if (errno != EINTR) return errno;
    }
}

std::vector<std::string> list_directory(const std::string& path) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
    if (!directory) return names;
    while (const dirent* const entry = ::readdir(directory.get())) {
        const std::string_view name = &entry->d_name[0];
        if (name != "." && name != "..") names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    while (true) {
        const std::size_t begin = text.find_first_not_of(" \t");
        if (begin == std::string_view::npos) return found;
        text.remove_prefix(begin);
        const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
        found.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

} // namespace kps::collect
