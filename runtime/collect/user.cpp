#include "runtime/collect/user.hpp"

#include "runtime/collect/files.hpp"

#include <algorithm>
#include <charconv>

namespace kps::collect {
namespace {

bool to_id(std::string_view text, std::uint32_t& id) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

Result<User> find_user(std::string_view name, std::string_view passwd, std::string_view group) {
    const auto lines = split(passwd, '\n');
    const auto line = std::ranges::find_if(lines, [&](std::string_view text) {
        return text.size() > name.size() && text.starts_with(name) && text[name.size()] == ':';
    });
    if (line == lines.end())
        return fail("there is no user '" + std::string(name) + "' in /etc/passwd");
    const auto fields = split(*line, ':'); // name:password:uid:gid:comment:home:shell
    User user;
    user.name = name;
    if (fields.size() < 6 || !to_id(fields[2], user.uid) || !to_id(fields[3], user.gid))
        return fail("the line of user '" + user.name + "' in /etc/passwd is malformed");
    user.home = fields[5];
    user.groups.push_back(user.gid);
    for (const std::string_view entry : split(group, '\n')) {
        const auto parts = split(entry, ':'); // name:password:gid:members
        gid_t gid = 0;
        if (parts.size() < 4 || !to_id(parts[2], gid) || gid == user.gid) continue;
        if (std::ranges::count(split(parts[3], ','), name) > 0) user.groups.push_back(gid);
    }
    return user;
}

Result<User> find_user(std::string_view name) {
    const auto passwd = read_text("/etc/passwd");
    if (!passwd) return std::unexpected(passwd.error());
    return find_user(name, *passwd, read_text("/etc/group").value_or(""));
}

} // namespace kps::collect
