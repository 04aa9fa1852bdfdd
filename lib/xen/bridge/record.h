// What network-bridge knows of the bridges that it made, kept where it survives the process: one
// file each in /run/dom0net, written before the first change and whole or not at all.
#pragma once

#include "xen/bridge/move.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xen {

enum class BridgePhase {
    moving, // towards the bridge; if nobody is at work, somebody was killed
    up,
    returning, // to the card; likewise
};

struct BridgeRecord {
    BridgePair pair;
    BridgePhase phase = BridgePhase::moving;
    DeviceState before; // the card as it was before the first change
    std::optional<DeviceState> wanted = {}; // while returning: what the card is to get
    bool antispoof = false;
    std::optional<std::int64_t> confirm_by = {}; // seconds of CLOCK_BOOTTIME; absent once confirmed

    // What the card gets if the record's work is to be ended or undone.
    const DeviceState& target() const { return wanted ? *wanted : before; }
    bool operator==(const BridgeRecord&) const = default;
};

// The records of one folder. Those of another network namespace are not seen.
class BridgeRecords {
public:
    explicit BridgeRecords(std::string folder);

    // Sets aside every file that is cut off, altered or otherwise not to be trusted.
    std::vector<BridgeRecord> all();
    std::optional<BridgeRecord> find(const net::IfName& bridge);

    void write(const BridgeRecord&); // throws base::SystemError; the old record then stands
    void remove(const BridgeRecord&);

    // One sentence for each file that was set aside: its name and why.
    const std::vector<std::string>& damaged() const { return damaged_; }

    std::string lock_path() const { return folder_ + "/network-bridge.lock"; }

private:
    std::string path_of(const net::IfName& bridge) const;
    std::optional<BridgeRecord> read(const std::string& path);

    std::string folder_;
    std::vector<std::string> damaged_ = {};
};

} // namespace xen
