#pragma once

namespace kps::cli {

/// While one lives, SIGINT, SIGTERM and SIGHUP do not end the process but make `fd` readable, so
/// that what was set up can be taken down in order. One at a time.
class Interruption {
public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    [[nodiscard]] int fd() const { return fds_[0]; }

private:
    int fds_[2] = {-1, -1};
};

} // namespace kps::cli
