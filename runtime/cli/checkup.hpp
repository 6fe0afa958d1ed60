#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kps::cli {

/// Something that a way of running needs or profits from, and whether this machine has it.
struct Checked {
    enum class Status : std::uint8_t { ok, missing, unknown };
    std::string name;
    Status status = Status::unknown;
    bool needed = false; ///< without it this way of running does not work
    std::string found;   ///< `/sys/kernel/tracing`; may be empty
    std::string purpose; ///< what it is for
    std::string mend;    ///< a command, or what else to do; empty if it is ok
};
std::string_view name_of(Checked::Status status);

/// A way of running, with all that it takes.
struct Way {
    std::string name; ///< `running` or `machine`
    std::string title;
    std::vector<Checked> checked;

    /// Nothing needed is missing; what is unknown may be there.
    [[nodiscard]] bool works() const;
};

/// What can be told without changing anything; KVM is tried in a tiny guest, once per boot.
Way check_running_kernel();
Way check_machines();

/// `[none] integrity confidentiality`: what the brackets enclose, as in /sys/kernel/security/
/// lockdown; empty if there are none.
std::string_view chosen_in(std::string_view text);

} // namespace kps::cli
