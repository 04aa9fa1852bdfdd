// Whether the host answers neighbour solicitations for its guests on a device: on for as long as there are
// proxy neighbours there, and then what it was before.
//
// Guests come and go at the same time, and wait for nobody: who comes has its neighbour there, and then looks
// whether it is on; who goes switches off, and then looks whether a neighbour has come. So one of the two
// sees the other.
#pragma once

#include "net/kernel.h"

#include <string>

namespace xen {

class ProxySwitch {
public:
    // The record of settings (kept_settings.h) is in the folder.
    ProxySwitch(std::string folder, net::IfName device)
        : folder_(std::move(folder))
        , device_(std::move(device))
    { }

    // To come before it is switched on: notes what it is, if it is off. Throws base::Error.
    void note(const net::KernelView&) const;

    // To come after the neighbour: switches on what is off by now. Throws base::Error.
    void keep_on(net::Kernel&) const;

    // To come after the neighbour is gone: puts it back if it was the last. Nothing if it was on before the
    // first came. Throws base::Error.
    void let_go(net::Kernel&) const;

private:
    bool is_on(const net::KernelView&) const;
    std::string user() const;

    std::string folder_;
    net::IfName device_;
};

// Each that is on without need: of guests that nobody said were gone.
void let_go_of_unused_proxies(const std::string& folder, net::Kernel&);

// Of IPv6, on the device, whosoever they are.
std::vector<net::Entry> proxy_neighbours(const net::KernelView&, const net::IfName& device);

} // namespace xen
