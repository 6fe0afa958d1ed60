#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/fd.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace kps::collect {

/// Where the first cgroup2 is mounted, told from the text of `/proc/self/mounts` (proc(5)); none
/// if it is nowhere.
std::optional<std::string> cgroup2_mount(std::string_view mounts);

/// Opens the directory of a control group that is named as in `/proc/PID/cgroup` (cgroups(7)):
/// `/system.slice`, the leading `/` being optional.
Result<Fd> open_control_group(const std::string& name);

} // namespace kps::collect
