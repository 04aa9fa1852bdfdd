// What a guest may send and what it may not: the frames, with the reason for which each is dropped.
// The guest is 00:16:3e:00:05:00 with ip="10.0.0.5 10.1.0.0/24 2001:db8::5 2001:db8:1::/64".
#pragma once

#include "frame.h"

namespace frames {

struct Case {
    std::string name;
    Bytes frame;
    // Of `dom0net drops`; empty for a frame that passes, "kernel" for one that no filter gets to see.
    std::string reason = {};
    bool malformed = false; // a router drops it before it is filtered
};

inline const std::string own_mac = "00:16:3e:00:05:00";

// `host` is the address that dom0's end answers to.
std::vector<Case> all_cases(const std::string& host);

} // namespace frames
