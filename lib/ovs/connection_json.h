// JSON-RPC with an OVSDB server on a Unix socket (RFC 7047, section 4).
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "ovs/message_scanner.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <deque>
#include <optional>
#include <string>

namespace ovs {

// The deadline is over.
class TimedOut : public base::Error {
public:
    using Error::Error;
};

// Everything ends at the deadline, whatever the server does: refuses, says nothing, never stops, lies. The
// methods throw base::Error, which names the socket.
class Connection {
public:
    using Clock = std::chrono::steady_clock;

    Connection(const std::string& path, Clock::time_point deadline);

    void set_deadline(Clock::time_point deadline) { deadline_ = deadline; }

    // Sends a request, and does not wait. Returns its number.
    std::int64_t send(const char* method, const nlohmann::json& params);

    // The result of a request. Updates that come meanwhile are kept.
    nlohmann::json result(std::int64_t request);

    // What the next update of what is monitored tells of its tables ("update", "update2"...).
    nlohmann::json next_update();

private:
    static constexpr std::size_t most_updates = 1000; // that nobody has asked about yet

    void write(const std::string& text);
    nlohmann::json receive();
    nlohmann::json next_message();
    std::optional<nlohmann::json> parsed_message();
    void keep(nlohmann::json update);
    bool is_ready(short events) const;
    std::string doing() const;
    [[noreturn]] void fail(const std::string& reason) const;

    std::string path_;
    Clock::time_point deadline_;
    base::UniqueFd fd_ = {};
    MessageScanner scanner_ = {};
    std::deque<nlohmann::json> updates_ = {};
    std::int64_t last_request_ = 0;
};

} // namespace ovs
