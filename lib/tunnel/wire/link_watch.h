// Wakes up when an interface, an address or a route comes or goes.
#pragma once

#include "tunnel/wire/loop.h"

#include <functional>
#include <vector>

namespace tunnel {

class LinkWatch {
public:
    // Who is woken looks again. Only deleted interfaces are named (by index): they may be back already.
    using Changed = std::function<void(const std::vector<unsigned>& deleted)>;

    LinkWatch(Loop&, Changed);
    ~LinkWatch();
    LinkWatch(const LinkWatch&) = delete;
    LinkWatch& operator=(const LinkWatch&) = delete;

private:
    void drain();

    Loop& loop_;
    base::UniqueFd fd_;
    Changed changed_;
};

} // namespace tunnel
