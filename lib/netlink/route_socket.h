// Talks to rtnetlink, and keeps the kernel's own words when it refuses (extended acks).
#pragma once

#include "netlink/connection.h"

#include <chrono>
#include <functional>
#include <string>

namespace netlink {

class RouteSocket {
public:
    enum class Listen { no, to_links, to_ipv6_routes };

    // Opens and binds, and subscribes to changes of the kind. Throws SystemError.
    explicit RouteSocket(Listen = Listen::no);

    using Handler = std::function<void(const nlmsghdr*)>;

    // Sends a change and waits for the kernel's answer. `doing` begins the text of the SystemError
    // that a refusal throws: "adding vif1.0 to xenbr0".
    void change(Message&, const std::string& doing);

    // Asks for one object; the handler sees the answer. False if there is none (ENODEV, ENOENT).
    bool ask(Message&, const std::string& doing, const Handler&);

    // Asks for a list. Starts again if the list changed under it, as long as that takes, so
    // `begin` is called at the start of each try.
    void list(Message&, const std::string& doing, const std::function<void()>& begin, const Handler&);

    // Waits for a notification and hands it on. False once the time is up.
    bool next_event(std::chrono::steady_clock::time_point deadline, const Handler&);

private:
    struct Answer;
    Answer answer_to(Message&, const std::string& doing, const Handler&);

    Connection connection_;
};

} // namespace netlink
