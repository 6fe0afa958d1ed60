#include "tests/cluster/slurm.hpp"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fmt/core.h>
#include <fstream>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace kps::test {

namespace fs = std::filesystem;

namespace {

/// One that nobody listens on.
int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    const bool is_bound = ::bind(fd, any, size) == 0 && ::getsockname(fd, any, &size) == 0;
    ::close(fd);
    return is_bound ? ntohs(address.sin_port) : 0;
}

std::string host_name() {
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    const std::string whole = name;
    return whole.substr(0, whole.find('.'));
}

/// slurm.conf(5). Without control groups, which a container may not have.
std::string configuration(const std::string& directory) {
    const passwd* const user = ::getpwuid(::getuid());
    return fmt::format("ClusterName=kps\n"
                       "SlurmctldHost={0}(127.0.0.1)\n"
                       "SlurmctldPort={1}\n"
                       "SlurmdPort={2}\n"
                       "SlurmUser={3}\n"
                       "SlurmdUser={3}\n"
                       "AuthType=auth/none\n"
                       "CredType=cred/none\n"
                       "SlurmctldPidFile={4}/slurmctld.pid\n"
                       "SlurmdPidFile={4}/slurmd.pid\n"
                       "StateSaveLocation={4}/state\n"
                       "SlurmdSpoolDir={4}/spool\n"
                       "ProctrackType=proctrack/pgid\n"
                       "TaskPlugin=task/none\n"
                       "MpiDefault=none\n"
                       "SelectType=select/cons_tres\n"
                       "SelectTypeParameters=CR_Core\n"
                       "SchedulerParameters=batch_sched_delay=0,sched_interval=1\n"
                       "SlurmdParameters=config_overrides\n"
                       "NodeName={0} NodeAddr=127.0.0.1 CPUs=2 RealMemory=8000\n"
                       "PartitionName=all Nodes=ALL Default=YES State=UP\n",
                       host_name(), free_port(), free_port(),
                       user != nullptr ? user->pw_name : "root", directory);
}

} // namespace

bool comes_true(int seconds, const std::function<bool()>& condition) {
    for (int i = 0; i < seconds * 4; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
    return false;
}

Slurm::Slurm(fs::path directory) : directory_(std::move(directory)) {
    for (const char* name : {"state", "spool"})
        fs::create_directory(directory_ / name);
    std::ofstream(directory_ / "slurm.conf") << configuration(directory_);
    start("slurmctld");
    start("slurmd");
}

Slurm::~Slurm() {
    static_cast<void>(run("scancel --quiet --user=$(id -un)"));
    static_cast<void>(is_idle(60));
    for (const pid_t daemon : daemons_)
        ::kill(daemon, SIGTERM);
    for (const pid_t daemon : daemons_)
        ::waitpid(daemon, nullptr, 0);
}

void Slurm::start(const char* daemon) {
    const std::string path = std::string("/usr/sbin/") + daemon;
    const std::string conf = directory_ / "slurm.conf";
    const std::string log = directory_ / (std::string(daemon) + ".log");
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child != 0) {
        daemons_.push_back(child);
        return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(fd, STDOUT_FILENO);
    ::dup2(fd, STDERR_FILENO);
    ::execl(path.c_str(), daemon, "-D", "-f", conf.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
}

Ran Slurm::run(const std::string& command) const {
    const fs::path kps = KPS_PROGRAM;
    return shell(fmt::format("export SLURM_CONF={0}/slurm.conf PATH={1}:$PATH\n"
                             "{{ cd {0}\n{2}\n}}",
                             directory_.string(), kps.parent_path().string(), command));
}

bool Slurm::is_up() const {
    return comes_true(60, [&] { return run("sinfo --noheader -o %t").output == "idle\n"; });
}

bool Slurm::is_idle(int seconds) const {
    return comes_true(seconds, [&] {
        const Ran ran = run("squeue --noheader");
        return ran.status == 0 && ran.output.empty();
    });
}

} // namespace kps::test
