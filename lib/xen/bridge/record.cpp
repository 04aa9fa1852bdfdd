#include "xen/bridge/record.h"

#include "base/error.h"
#include "xen/bridge/record_json.h"

#include <algorithm>

namespace xen {

using net::IfName;

BridgeRecords::BridgeRecords(std::string folder)
    : folder_(
        std::move(folder), ".bridge.json", [this](const std::string& fault) { damaged_.push_back(fault); })
{ }

std::vector<BridgeRecord> BridgeRecords::all()
{
    std::vector<BridgeRecord> records;
    for (const auto& name : folder_.names()) {
        const auto bridge = IfName::try_parse(name);
        if (!bridge)
            continue;
        try {
            if (auto record = find(*bridge))
                records.push_back(*std::move(record));
        } catch (const base::Error& error) { // this bridge's misfortune, and nobody else's
            const auto fault = "the record of the bridge " + name + " cannot be read now: " + error.what();
            if (std::ranges::find(unread_, fault) == unread_.end())
                unread_.push_back(fault);
        }
    }
    return records;
}

std::optional<BridgeRecord> BridgeRecords::find(const IfName& bridge)
{
    std::optional<BridgeRecord> record;
    folder_.read(bridge.str(), [&](const std::string& text) { record = record_from_json_text(text); });
    return record;
}

void BridgeRecords::write(const BridgeRecord& record)
{
    // What the bridge has when it is given back may be more than what the card had: the record then holds
    // both.
    constexpr std::size_t more = 65'536;
    const auto text = to_json_text(record);
    if (record.phase == BridgePhase::moving)
        folder_.replace_and_reserve(record.pair.bridge.str(), text, 3 * text.size() + more);
    else
        folder_.replace(record.pair.bridge.str(), text);
}

void BridgeRecords::note(const BridgeRecord& record)
{
    anyway([&] { write(record); });
}

void BridgeRecords::remove(const BridgeRecord& record)
{
    anyway([&] { folder_.remove(record.pair.bridge.str()); });
}

void BridgeRecords::anyway(const std::function<void()>& action)
{
    try {
        action();
    } catch (const base::SystemError& error) {
        remarks_.push_back(std::string(error.what()) + ", ignoring");
    }
}

} // namespace xen
