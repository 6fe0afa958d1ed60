#pragma once

#include "compiler/base/result.hpp"

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace kps::collect {

/// Whom a command runs as.
struct User {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups; ///< `gid` and the supplementary ones
    std::string home;
};

/// The user `name` of the texts of /etc/passwd and /etc/group. Read from the files because the
/// static agent cannot load the modules behind getpwnam.
Result<User> find_user(std::string_view name, std::string_view passwd, std::string_view group);

/// `find_user` in the system's own files.
Result<User> find_user(std::string_view name);

} // namespace kps::collect
