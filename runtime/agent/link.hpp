#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/fd.hpp"
#include "runtime/collect/wire.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kps::agent {

/// The agent's end of the stream to the host. Messages are gathered, so that the workload is not
/// disturbed for each; a `Mark`, after which the host must know where things stand should the
/// kernel die, takes all before it along.
class Link {
public:
    /// A terminal is made transparent for bytes.
    static Result<Link> open(const std::string& device);

    [[nodiscard]] int fd() const { return file_.get(); }
    void send(const collect::Message& message);
    /// Returns when all is with the host, however long that takes.
    Result<void> flush();
    /// Whether `receive` returns at once.
    [[nodiscard]] bool can_read() const;
    /// Reads what has come, waiting for at least one byte; false if the host is not connected.
    Result<bool> receive();
    /// The next request of what has been read, or nothing.
    Result<std::optional<collect::Request>> next() { return reader_.next(); }

private:
    explicit Link(collect::Fd file) : file_(std::move(file)) {}

    collect::Fd file_;
    std::vector<std::byte> out_;
    std::uint64_t flushed_ns_ = 0;
    collect::Reader<collect::Request> reader_;
};

} // namespace kps::agent
