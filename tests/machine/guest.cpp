#include "tests/machine/guest.hpp"

#include <fmt/core.h>

namespace kps::machine {

namespace {

constexpr std::size_t chunk_size = 48 << 10; // less than the output that is kept of a command

class Shell {
public:
    Shell(Machine machine, Guest& guest) : machine_(std::move(machine)), guest_(guest) {}

    /// What each of the commands printed. What goes wrong is added to what the guest printed.
    std::vector<std::string> outputs(std::vector<std::string> commands) {
        collect::Job job;
        job.id = ++jobs_;
        job.instance = job.group = "kps_test";
        job.scope = collect::Scope::system;
        for (std::string& command : commands)
            job.run.push_back({std::move(command), "", std::nullopt});
        std::vector<std::string> outputs;
        const auto take = [&](const collect::Message& message) {
            if (const auto* ended = std::get_if<collect::CommandEnded>(&message.body))
                outputs.push_back(ended->output);
            if (const auto* trouble = std::get_if<collect::Trouble>(&message.body))
                guest_.printed += trouble->message + "\n";
        };
        const auto done = machine_.run(job, take, std::chrono::minutes(20));
        if (!done) guest_.printed += done.error().error.message + "\n" + done.error().console;
        return outputs;
    }

    void fetch(const std::string& path) {
        const auto told = outputs({"stat -c %s " + path});
        if (told.empty() || told.front().find_first_not_of("0123456789\n") != std::string::npos)
            return;
        const std::size_t size = std::stoull(told.front());
        std::string& content = guest_.files[path];
        while (content.size() < size) {
            const std::size_t had = content.size();
            for (const std::string& chunk : outputs(reading(path, had, size)))
                content += chunk;
            if (content.size() == had) return;
        }
    }

private:
    /// Commands that print the next chunks; all those of a job are there at once.
    static std::vector<std::string> reading(const std::string& path, std::size_t from,
                                            std::size_t size) {
        std::vector<std::string> commands;
        for (std::size_t at = from; at < size && commands.size() < 64; at += chunk_size)
            commands.push_back(fmt::format("dd if={} bs={} skip={} count=1 2>/dev/null", path,
                                           chunk_size, at / chunk_size));
        return commands;
    }

    Machine machine_;
    Guest& guest_;
    std::uint32_t jobs_ = 0;
};

} // namespace

Guest run_in_guest(const std::string& kernel, const std::vector<std::string>& files,
                   const std::string& script, const std::vector<std::string>& wanted,
                   std::uint32_t memory_mib) {
    MachineOptions options;
    options.kernel = kernel;
    options.commands = {script};
    options.add = files;
    options.memory_mib = memory_mib;
    auto machine = Machine::boot(options);
    if (!machine) return {machine.error().error.message + "\n" + machine.error().console, {}};
    Guest guest;
    Shell shell(std::move(*machine), guest);
    for (const std::string& output : shell.outputs({script}))
        guest.printed = output + guest.printed;
    for (const std::string& path : wanted)
        shell.fetch(path);
    return guest;
}

std::string printed_in_guest(const std::string& kernel, const std::vector<std::string>& files,
                             const std::string& script) {
    return run_in_guest(kernel, files, script, {}).printed;
}

} // namespace kps::machine
