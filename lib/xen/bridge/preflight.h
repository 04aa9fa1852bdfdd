// What a move would break is looked for, and told, before anything is changed.
#pragma once

#include "base/error.h"
#include "net/card_use.h"
#include "net/kernel.h"
#include "xen/bridge/host_facts.h"
#include "xen/bridge/move.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace xen {

enum class Weight {
    impossible, // the move is refused, always
    breaks, // it is refused unless it is forced, or goes back by itself: somebody would be shut out
    warns // it is told: what matters later, or to guests only
};

// One sentence: what it is and whose, why it matters, and the cure.
struct Finding {
    Weight weight;
    std::string text;

    bool operator==(const Finding&) const = default;
};

// Nothing was changed, because of what was found.
class Refusal : public base::Error {
public:
    Refusal(const std::string& text, std::vector<Finding> all)
        : Error(text)
        , findings(std::move(all))
    { }

    const std::vector<Finding> findings; // also those that do not refuse
};

// All that was looked up for a move from one device to another: to the bridge, or back to the card.
struct Situation {
    net::Link from;
    net::IfName to; // the name that takes the place of `from`
    std::vector<net::IfName> taken = {}; // names that the move needs and that others have
    bool wireless = false;
    std::optional<net::IpAddress> root_server = {}; // of the root file system, if it is reached by the device
    net::CardUse use = {};
    HostUse host = {};
    std::vector<std::string> warnings = {}; // warnings_about() the bridge
};

// What is in the way of `start`: most important first.
std::vector<Finding> check_start(const Situation&);

// And of `stop`, where `from` is the bridge.
std::vector<Finding> check_stop(const Situation&);

// Throws Refusal with those findings that refuse; returns the others. `allowed`: what breaks is only a
// warning.
std::vector<Finding> refuse_or_warn(std::vector<Finding>, bool allowed);

// What keeps guests on the bridge from being heard although all is in place, and the cure.
std::vector<std::string> warnings_about(const net::IfName& bridge, const net::KernelView&);

// Fills in who uses `from` (`use`, by netlink/use/card_use.h, and `host`).
using LookAround = std::function<void(Situation&)>;

} // namespace xen
