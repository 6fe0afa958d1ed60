// Has trace-cmd and perf record the same million hits in a machine.
//   bench_foreign KERNEL PROBES DIRECTORY   PROBES: what `kps compile` writes of eight.kps; leaves
//                                           DIRECTORY/trace.dat and DIRECTORY/perf.data

#include "tests/machine/guest.hpp"

#include <fmt/core.h>
#include <fstream>

namespace kps::bench {

namespace {

const char* const script = R"sh(
kps_define() { printf '%s\n' "$2" >> /sys/kernel/tracing/$1; }
eval "$(grep '^kps_define k' /probes.sh)"
perf --version >/dev/null || exit
events=
for event in read_enter read_exit write_enter write_exit; do events="$events -e kps:$event"; done
trace-cmd record -q -C mono -b 65536 $events -o /trace.dat \
    perf record -q -a -k mono -m 64M $events -o /perf.data sh -c '
        dd if=/dev/zero of=/dev/null bs=7 count=125000 &
        dd if=/dev/zero of=/dev/null bs=7 count=125000
        wait'
)sh";

} // namespace

} // namespace kps::bench

int main(int count, char** arguments) {
    if (count != 4) {
        std::fputs("usage: bench_foreign KERNEL PROBES DIRECTORY\n", stderr);
        return 2;
    }
    const std::string probes = fmt::format("{}:/probes.sh", arguments[2]);
    const kps::machine::Guest guest = kps::machine::run_in_guest(
        arguments[1], {probes}, kps::bench::script, {"/trace.dat", "/perf.data"}, 2048);
    for (const auto& [path, content] : guest.files)
        std::ofstream(std::string(arguments[3]) + path, std::ios::binary) << content;
    fmt::print(stderr, "{}", guest.printed);
    return guest.files.size() == 2 ? 0 : 1;
}
