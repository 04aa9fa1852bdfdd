// The host's syslog, without waiting for it: syslog(3) waits as long as nobody reads the socket.
#pragma once

#include "base/unique_fd.h"

#include <string>
#include <string_view>

namespace base {

class Syslog {
public:
    explicit Syslog(std::string program)
        : program_(std::move(program))
    { }

    // Sends a line of facility daemon; the priority is one of syslog.h. A line that cannot be sent at once
    // (no syslog, a full socket) is dropped.
    void send(int priority, std::string_view text);

private:
    void open();
    bool send_now(const std::string& line) const;

    std::string program_;
    UniqueFd fd_ = {};
    bool stream_ = false;
};

} // namespace base
