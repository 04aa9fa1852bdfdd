// How many frames may go to everybody: so many a second, and as many at once.
#pragma once

#include "tunnel/frame/frame.h"
#include "tunnel/wire/clock.h"

namespace tunnel {

class FloodLimit {
public:
    explicit FloodLimit(unsigned per_second) // 0 is without limit
        : per_second_(per_second)
        , tokens_(per_second)
    { }

    // Counts one frame to everybody; false if it is one too many.
    bool allows(Clock::time_point now);

    // As allows() for a frame to a group, true for any other. The frame may be too short to say.
    bool allows(Bytes frame, Clock::time_point now);

private:
    double per_second_;
    double tokens_;
    Clock::time_point filled_ = {};
};

} // namespace tunnel
