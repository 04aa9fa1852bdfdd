#include "xen/bridge/record.h"

#include "base/error.h"
#include "base/file.h"
#include "xen/bridge/record_json.h"

#include <cstdio>

namespace xen {

namespace {

using net::IfName;

constexpr std::string_view suffix = ".bridge.json";

} // namespace

BridgeRecords::BridgeRecords(std::string folder)
    : folder_(std::move(folder))
{ }

std::string BridgeRecords::path_of(const IfName& bridge) const
{
    return folder_ + "/" + bridge.str() + std::string(suffix);
}

std::optional<BridgeRecord> BridgeRecords::read(const std::string& path)
{
    std::string fault;
    try {
        const auto text = base::read_file(path);
        if (!text)
            return std::nullopt;
        return record_from_json_text(*text);
    } catch (const std::exception& error) { // whatever is wrong with it, it is no record
        fault = error.what();
    }
    const auto aside = path + ".damaged";
    ::rename(path.c_str(), aside.c_str());
    damaged_.push_back(
        "the record " + path + " cannot be trusted and was set aside as " + aside + ": " + fault);
    return std::nullopt;
}

std::vector<BridgeRecord> BridgeRecords::all()
{
    std::vector<BridgeRecord> records;
    for (const auto& name : base::names_in(folder_))
        if (name.ends_with(suffix))
            if (auto record = read(folder_ + "/" + name))
                records.push_back(*std::move(record));
    return records;
}

std::optional<BridgeRecord> BridgeRecords::find(const IfName& bridge)
{
    return read(path_of(bridge));
}

void BridgeRecords::write(const BridgeRecord& record)
{
    base::make_folder(folder_);
    base::replace_file(path_of(record.pair.bridge), to_json_text(record));
}

void BridgeRecords::remove(const BridgeRecord& record)
{
    base::remove_file(path_of(record.pair.bridge));
}

} // namespace xen
