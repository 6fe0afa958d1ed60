#pragma once

#include "compiler/base/result.hpp"

#include <string>
#include <vector>

/// What process 1 has to do before and after serving: the guest has nothing but the kernel and an
/// initramfs.
namespace kps::agent {

/// Mounts proc, sys, dev, tracefs, debugfs and temporary file systems, makes what programs expect
/// (PATH, /etc/passwd, a host name, standard descriptors). What fails is reported on the console
/// and left out: a job that needs it will say so.
void prepare_guest();

/// Loads each module file named in `/kps/modules`, a path per line, in that order; no such file:
/// none. A module that is loaded already is fine.
Result<void> load_modules();

/// Device file of the virtio-serial port of this name, waiting up to ten seconds for it; else
/// the terminal that the kernel's command line names as `kps.link=DEVICE`.
Result<std::string> find_link(const std::string& port_name);

/// Switches the machine off; does not return.
[[noreturn]] void power_off();

/// A line on the kernel's console.
void say(const std::string& text);

} // namespace kps::agent
