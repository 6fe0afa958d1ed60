#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Linux's names of errors and signals, as the generic ABI (x86, arm64) numbers them:
/// include/uapi/asm-generic/errno{,-base}.h, include/linux/errno.h (what stays inside the kernel)
/// and include/uapi/asm-generic/signal.h, Linux 6.12.
namespace kps::sema {

/// Positive: 2 for `ENOENT`. Knows the aliases EWOULDBLOCK, EDEADLOCK and ENOTSUP too.
std::optional<std::int32_t> errno_value(std::string_view name);
/// `ENOENT` for 2; empty if the number has no name.
std::string_view errno_name(std::int64_t value);

std::optional<std::int32_t> signal_value(std::string_view name); ///< 9 for `SIGKILL`
std::string_view signal_name(std::int64_t value);                ///< empty if it has no name

/// Every name that `errno_value` and `signal_value` know.
const std::vector<std::string_view>& errno_and_signal_names();

} // namespace kps::sema
