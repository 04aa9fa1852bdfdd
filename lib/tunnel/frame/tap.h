// A tap: the local end of a tunnel, where whole Ethernet frames come out and go in.
#pragma once

#include "base/unique_fd.h"
#include "net/types.h"
#include "tunnel/frame/offload.h"

#include <sys/uio.h>

#include <cstdint>
#include <optional>
#include <span>

namespace tunnel {

class Tap {
public:
    static constexpr std::size_t most_pieces = 129; // of one frame: its headers and 128 payloads

    // Attaches to the tap, with offloads. Whoever has the privilege creates it if it is not there.
    // Throws SystemError or Error that says whose it is, or that another relay has it.
    static Tap open(const net::IfName& name);

    Tap(base::UniqueFd fd, net::IfName name); // already attached

    // One frame, or nothing if none waits. Throws SystemError when the tap is gone.
    std::optional<std::size_t> read(OffloadHeader&, std::span<std::uint8_t> frame);

    enum class Written {
        yes,
        no_room, // its queue is full, or it is down
        refused, // the kernel does not want a frame like this
    };

    Written write(const OffloadHeader&, std::span<const iovec> pieces);

    int fd() const { return fd_.get(); }
    const net::IfName& name() const { return name_; }

private:
    base::UniqueFd fd_;
    net::IfName name_;
};

} // namespace tunnel
