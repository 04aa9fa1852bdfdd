#include "xen/bridge_record.h"

#include "base/error.h"
#include "base/file.h"

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace xen {

namespace {

using net::IfName;
using nlohmann::json;

constexpr int format = 1;
constexpr std::string_view suffix = ".bridge.json";
constexpr const char* phase_names[] = {"moving", "up", "returning"};

// FNV-1a, against accidents and not against malice: who may write here may do anything.
std::uint64_t checksum(const std::string& text)
{
    std::uint64_t sum = 0xcbf29ce484222325;
    for (const char c : text)
        sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return sum;
}

std::uint64_t this_network_namespace()
{
    struct stat status {};
    if (::stat("/proc/self/ns/net", &status) != 0)
        throw base::SystemError(errno, "looking at /proc/self/ns/net");
    return status.st_ino;
}

json pair_to_json(const BridgePair& pair)
{
    return {{"netdev", pair.netdev.str()}, {"port", pair.port.str()}, {"bridge", pair.bridge.str()},
        {"holder", pair.holder.str()}, {"holder_peer", pair.holder_peer.str()},
        {"aside", pair.aside.str()}};
}

BridgePair pair_from_json(const json& object)
{
    const auto name = [&](const char* key) { return IfName::parse(object.at(key).get<std::string>()); };
    return {name("netdev"), name("port"), name("bridge"), name("holder"), name("holder_peer"), name("aside")};
}

json record_to_json(const BridgeRecord& record)
{
    json object = {{"format", format}, {"network_namespace", this_network_namespace()},
        {"pair", pair_to_json(record.pair)}, {"phase", phase_names[static_cast<std::size_t>(record.phase)]},
        {"antispoof", record.antispoof}, {"before", to_json(record.before)}};
    if (record.wanted)
        object["wanted"] = to_json(*record.wanted);
    if (record.confirm_by)
        object["confirm_by"] = *record.confirm_by;
    return object;
}

BridgePhase phase_from_json(const json& name)
{
    const auto* const found = std::ranges::find(phase_names, name.get<std::string>());
    if (found == std::end(phase_names))
        throw base::Error("its phase is unknown");
    return static_cast<BridgePhase>(found - std::begin(phase_names));
}

BridgeRecord record_from_json(const json& object)
{
    BridgeRecord record {.pair = pair_from_json(object.at("pair")),
        .phase = phase_from_json(object.at("phase")),
        .before = device_state_from_json(object.at("before")),
        .antispoof = object.at("antispoof").get<bool>()};
    if (object.contains("wanted"))
        record.wanted = device_state_from_json(object.at("wanted"));
    if (object.contains("confirm_by"))
        record.confirm_by = object.at("confirm_by").get<std::int64_t>();
    return record;
}

} // namespace

BridgeRecords::BridgeRecords(std::string folder)
    : folder_(std::move(folder))
{}

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
        const auto file = json::parse(*text);
        const auto& content = file.at("record");
        if (file.at("checksum").get<std::uint64_t>() != checksum(content.dump()))
            throw base::Error("its checksum is wrong");
        if (content.at("format").get<int>() != format)
            throw base::Error("its format is unknown");
        if (content.at("network_namespace").get<std::uint64_t>() != this_network_namespace())
            return std::nullopt;
        return record_from_json(content);
    } catch (const std::exception& error) { // whatever is wrong with it, it is no record
        fault = error.what();
    }
    const auto aside = path + ".damaged";
    ::rename(path.c_str(), aside.c_str());
    damaged_.push_back("the record " + path + " cannot be trusted and was set aside as " + aside + ": " + fault);
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
    const auto content = record_to_json(record);
    base::replace_file(
        path_of(record.pair.bridge), json {{"record", content}, {"checksum", checksum(content.dump())}}.dump() + "\n");
}

void BridgeRecords::remove(const BridgeRecord& record)
{
    base::remove_file(path_of(record.pair.bridge));
}

} // namespace xen
