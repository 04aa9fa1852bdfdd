// A device of a network namespace, to send and to hear raw frames.
#pragma once

#include "base/unique_fd.h"
#include "frame.h"

#include <set>
#include <string>

namespace frames {

class Port {
public:
    // The namespace is one of `ip netns`. Throws base::SystemError.
    Port(const std::string& netns, const std::string& device);

    void send(const Bytes& frame) const;

    // Everything that came in since the last time, VLAN tags put back in place.
    std::set<Bytes> heard() const;

private:
    base::UniqueFd fd_;
};

} // namespace frames
