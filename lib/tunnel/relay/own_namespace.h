// A tap for whom nobody made one: in a user and network namespace of one's own, where everybody may make one.
// The relay stays outside, with the sockets; only the tap and what uses it are inside.
#pragma once

#include "tunnel/frame/tap.h"

#include <string>
#include <vector>

namespace tunnel {

class OwnNamespace {
public:
    // Starts a process in a new namespace that makes the tap, raises it and becomes the command; without a
    // command it waits. Throws Error, with the child's own words if it was there that something failed.
    OwnNamespace(const net::IfName& tap, unsigned mtu, const std::vector<std::string>& command);
    ~OwnNamespace(); // ends the process

    Tap take_tap() { return {std::move(tap_), name_}; }
    int pid() const { return pid_; }
    int pidfd() const { return pidfd_.get(); } // readable when the process has ended

    bool has_ended() const;

    // Waits for the process to end. Its exit status, as a shell would tell it.
    int exit_status();

private:
    net::IfName name_;
    base::UniqueFd tap_;
    base::UniqueFd pidfd_;
    base::UniqueFd lifeline_; // the process ends when this is closed
    int pid_ = 0;
    bool reaped_ = false;
};

} // namespace tunnel
