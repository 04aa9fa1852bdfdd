// network-bridge: a bridge takes the place of a network card, and gives it back.
#pragma once

#include "net/kernel.h"
#include "xen/bridge/preflight.h"
#include "xen/bridge/record.h"
#include "xen/call/words.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace xen {

// What the words of a call ask for.
struct BridgeRequest {
    std::optional<net::IfName> netdev = {};
    std::optional<net::IfName> bridge = {};
    bool nothing = false; // bridge=null: do nothing, successfully
    bool antispoof = false;

    // netdev, bridge, vifnum, antispoof; what is not known is ignored. Throws UsageError.
    static BridgeRequest parse(const Words&, const net::KernelView&);
};

struct BridgeOptions {
    bool force = false;
    bool dry_run = false;
    bool json = false; // start, stop: what there is to say, as JSON
    std::optional<std::chrono::seconds> confirm = {};
};

// Starts what takes the change back if nobody confirms it in time. Called after the record is
// written and before the first change. Returns why that may not come to pass; empty if it will.
using StartRevertTimer = std::function<std::string(const BridgeRecord&)>;

// Each verb returns what there is to say, for people. Each throws UsageError, or base::Error with
// the host as it was (or, if even that failed, with the record that `dom0net rollback` needs).
// Calls at the same time wait for each other.
class NetworkBridge {
public:
    NetworkBridge(net::Kernel& kernel, BridgeRecords& records, LookAround look_around = {})
        : kernel_(kernel)
        , records_(records)
        , look_around_(std::move(look_around))
    { }

    std::string start(const BridgeRequest&, const BridgeOptions&, const StartRevertTimer&);
    std::string stop(const BridgeRequest&, const BridgeOptions&);

    // What there is, of the pairs that the request names or of all; for people, or as JSON.
    std::string status(const BridgeRequest&, bool as_json);

    // To exactly the state before `start`, whatever became of it.
    std::string roll_back(const std::optional<net::IfName>& bridge, const BridgeOptions&);

    // Ends the waiting of the revert timers.
    std::string confirm(const std::optional<net::IfName>& bridge);

    // For a revert timer: rolls back if its wait is still the one that the record tells.
    std::string revert_unconfirmed(const BridgeRecord&);

    // Of what the last verb could not know anything: a sentence for each record that is damaged or cannot be
    // read now.
    std::vector<std::string> faults() const;

private:
    BridgePair choose_pair(const BridgeRequest&);
    std::optional<BridgeRecord> choose_record(const BridgeRequest&);
    std::optional<BridgeRecord> record_in_the_way(const BridgeRequest&);
    std::optional<BridgeRecord> record_of(const net::IfName& device);
    std::optional<BridgeRecord> record_of_bridge(const net::IfName&);
    std::vector<BridgeRecord> chosen_records(const std::optional<net::IfName>& bridge);
    bool is_in_place(const BridgeRecord&) const;
    Situation situation_before(const BridgePair&) const;
    Situation situation_of(const BridgePair&) const;
    std::vector<std::string> guest_ports(const BridgePair&) const;
    DeviceState state_to_return(const BridgeRecord&) const;
    std::string give_back(const BridgeRecord&, const DeviceState& wanted);
    std::string move(BridgeRecord, const BridgeOptions&, const StartRevertTimer&);

    net::Kernel& kernel_;
    BridgeRecords& records_;
    LookAround look_around_;
};

// Seconds of CLOCK_BOOTTIME, which goes on while the host sleeps.
std::int64_t seconds_since_boot();

} // namespace xen
