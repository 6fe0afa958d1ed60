#include "compiler/base/overloaded.hpp"
#include "runtime/agent/guest.hpp"
#include "runtime/agent/link.hpp"
#include "runtime/collect/session.hpp"
#include "runtime/collect/tracefs.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <deque>

/// kps-agent: process 1 of a machine that kps boots. It serves the host's jobs, one after the
/// other, until it is told to switch the machine off.
namespace kps::agent {
namespace {

constexpr const char* port_name = "org.kps.agent";
constexpr unsigned host_absent_us = 10'000;

class Server {
public:
    explicit Server(Link link) : link_(std::move(link)), tracefs_("/sys/kernel/tracing") {}

    /// Until the host wants the power off, or the link fails.
    Result<void> serve();

private:
    /// What has come, waiting for it; false if the host is not connected.
    Result<bool> take_requests();
    void run(const collect::Job& job);
    bool must_stop(std::uint32_t running_job);

    Link link_;
    collect::MountedTracefs tracefs_;
    std::deque<collect::Job> waiting_;
    std::optional<std::uint32_t> cancelled_;
    bool power_off_ = false;
};

Result<void> Server::serve() {
    link_.send({0, collect::hello(tracefs_)});
    while (true) {
        const auto flushed = link_.flush();
        if (!flushed) return flushed;
        while (waiting_.empty() && !power_off_) {
            const auto connected = take_requests();
            if (!connected) return std::unexpected(connected.error());
            if (!*connected) ::usleep(host_absent_us);
        }
        if (power_off_) return {};
        const collect::Job job = std::move(waiting_.front());
        waiting_.pop_front();
        run(job);
    }
}

Result<bool> Server::take_requests() {
    const auto received = link_.receive();
    if (!received || !*received) return received;
    while (true) {
        auto request = link_.next();
        if (!request) return std::unexpected(request.error());
        if (!*request) return true;
        std::visit(Overloaded{
                       [&](collect::Job& job) { waiting_.push_back(std::move(job)); },
                       [&](const collect::Cancel& cancel) { cancelled_ = cancel.job; },
                       [&](const collect::PowerOff&) { power_off_ = true; },
                   },
                   **request);
    }
}

void Server::run(const collect::Job& job) {
    if (cancelled_ == job.id) { // it came together with the job
        link_.send({job.id, collect::Trouble{"interrupted", {}}});
        link_.send({job.id, collect::Done{false}});
        return;
    }
    collect::run_job(tracefs_, job, [&](const collect::Message& message) { link_.send(message); },
                     {link_.fd(), [&] { return link_.can_read() && must_stop(job.id); }});
    while (::waitpid(-1, nullptr, WNOHANG) > 0) // orphans of others that process 1 has to reap
        ;
}

bool Server::must_stop(std::uint32_t running_job) {
    const auto connected = take_requests();
    return !connected || !*connected || power_off_ || cancelled_ == running_job;
}

Result<void> serve_guest() {
    const auto loaded = load_modules();
    if (!loaded) return loaded;
    const auto device = find_link(port_name);
    if (!device) return std::unexpected(device.error());
    auto link = Link::open(*device);
    if (!link) return std::unexpected(link.error());
    return Server(std::move(*link)).serve();
}

} // namespace
} // namespace kps::agent

int main() {
    using namespace kps::agent;
    if (::getpid() != 1) {
        std::fputs("kps-agent: this is the first process of the machines that `kps run --kernel` "
                   "boots, and does nothing elsewhere\n",
                   stderr);
        return 2;
    }
    prepare_guest();
    const auto served = serve_guest();
    if (!served) say(served.error().message + "; " + served.error().hint);
    power_off();
}
