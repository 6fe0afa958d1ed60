#include "tests/machine/guest.hpp"

namespace kps::machine {

std::string printed_in_guest(const std::string& kernel, const std::vector<std::string>& files,
                             const std::string& script) {
    MachineOptions options;
    options.kernel = kernel;
    options.commands = {script};
    options.add = files;
    auto machine = Machine::boot(options);
    if (!machine) return machine.error().error.message + "\n" + machine.error().console;
    collect::Job job;
    job.id = 1;
    job.instance = job.group = "kps_test";
    job.scope = collect::Scope::system;
    job.run = {{script, "", std::nullopt}};
    std::string output;
    const auto take = [&](const collect::Message& message) {
        if (const auto* ended = std::get_if<collect::CommandEnded>(&message.body))
            output += ended->output;
        if (const auto* trouble = std::get_if<collect::Trouble>(&message.body))
            output += trouble->message + "\n";
    };
    const auto done = machine->run(job, take, std::chrono::minutes(20));
    if (!done) return done.error().error.message + "\n" + done.error().console;
    return output;
}

} // namespace kps::machine
