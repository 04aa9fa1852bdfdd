// What network-bridge knows of the bridges that it made, kept where it survives the process: one
// file each in /run/dom0net, written before the first change and whole or not at all.
#pragma once

#include "base/record_folder.h"
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

// The records of one folder (base/record_folder.h).
class BridgeRecords {
public:
    explicit BridgeRecords(std::string folder);
    BridgeRecords(const BridgeRecords&) = delete;
    BridgeRecords& operator=(const BridgeRecords&) = delete;

    // Those that can be read; damaged() and unread() tell of the others. Throws SystemError if nobody can
    // tell which there are.
    std::vector<BridgeRecord> all();

    // Throws SystemError if it cannot be read now.
    std::optional<BridgeRecord> find(const net::IfName& bridge);

    // Throws base::SystemError; the old record then stands. A record whose phase is `moving` gets the room
    // that the way back needs.
    void write(const BridgeRecord&);

    // On the way back, which has to go on without its notes rather than not to go: what fails is a remark.
    void note(const BridgeRecord&);
    void remove(const BridgeRecord&);

    base::Lock lock() const { return folder_.lock("network-bridge"); }

    // One sentence each: for a file that was set aside, for one that cannot be read now, for what was not
    // noted.
    const std::vector<std::string>& damaged() const { return damaged_; }
    const std::vector<std::string>& unread() const { return unread_; }
    const std::vector<std::string>& remarks() const { return remarks_; }

private:
    void anyway(const std::function<void()>& action);

    base::RecordFolder folder_;
    std::vector<std::string> damaged_ = {};
    std::vector<std::string> unread_ = {};
    std::vector<std::string> remarks_ = {};
};

} // namespace xen
