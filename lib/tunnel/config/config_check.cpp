#include "tunnel/config/config_check.h"

#include "base/error.h"

#include <initializer_list>

namespace tunnel {

namespace {

std::string type_word(const Config& config)
{
    return "type=" + std::string(to_string(config.type));
}

void need(const Config& config, const GivenKeys& given, const std::string& key)
{
    if (!given.contains(key))
        throw base::UsageError(key + "= is missing: " + type_word(config) + " needs it");
}

// A word that this type would silently ignore is refused: the caller expects something of it.
void only_for(const Config& config, const GivenKeys& given, std::initializer_list<Type> types,
    std::initializer_list<const char*> keys)
{
    for (const auto type : types)
        if (config.type == type)
            return;
    for (const auto* const key : keys)
        if (given.contains(key))
            throw base::UsageError(std::string(key) + "= has no meaning with " + type_word(config));
}

void check_group(const Config& config)
{
    const auto& group = config.remote;
    const auto word = "address=" + to_string(group.address);
    if (group.address.family != AF_INET)
        throw base::UsageError(word + " is not IPv4: multicast tunnels exist for IPv4 only");
    if (!group.is_multicast())
        throw base::UsageError(
            word + " is not a multicast address: give one from 224.0.1.0 to 239.255.255.255");
    if (group.address.bytes[0] == 224 && group.address.bytes[1] == 0 && group.address.bytes[2] == 0)
        throw base::UsageError(word
            + " is reserved for the control of the local network: give one from 224.0.1.0 to "
              "239.255.255.255");
}

void check_unicast(const std::string& key, const Endpoint& endpoint, bool may_be_any)
{
    const auto word = key + "=" + to_string(endpoint.address);
    if (endpoint.is_multicast() || to_string(endpoint.address) == "255.255.255.255")
        throw base::UsageError(word + " is not the address of one host: a group needs type=mcast");
    if (!may_be_any && endpoint.address.bytes == decltype(endpoint.address.bytes){})
        throw base::UsageError(word + " is not the address of a host");
}

void check_udp(const Config& config, const GivenKeys& given)
{
    need(config, given, "local");
    check_unicast("local", *config.local, true);
    if (config.local->address.family != config.remote.address.family)
        throw base::UsageError("local=" + to_string(*config.local)
            + " and address=" + to_string(config.remote.address) + " are not of the same family");
    if (!config.allows(config.remote.address))
        throw base::UsageError("address=" + to_string(config.remote.address)
            + " is not in allow=: nothing would be listened to");
}

void check_addresses(const Config& config, const GivenKeys& given)
{
    if (config.type == Type::mcast || config.type == Type::vxlan)
        return check_group(config);
    check_unicast("address", config.remote, config.type == Type::server);
    if (config.type == Type::udp)
        check_udp(config, given);
}

void check_interfaces(const Config& config)
{
    if (config.name.empty() || !config.device)
        return;
    if (*config.device == config.bridge_name())
        throw base::UsageError("dev=" + config.device->str()
            + " is the tunnel's own bridge: its packets would run in a circle, give the interface below");
    if (*config.device == config.tap_name())
        throw base::UsageError(
            "dev=" + config.device->str() + " is the tunnel's own tap: give the interface below");
}

} // namespace

void check(const Config& config, const GivenKeys& given, bool named)
{
    if (named && !given.contains("name"))
        throw base::UsageError("name= is missing: say what the tunnel is called");
    if (!given.contains("type"))
        throw base::UsageError("type= is missing: give mcast, server, client, udp or vxlan");
    need(config, given, "address");
    need(config, given, "port");
    if (config.type == Type::vxlan) {
        need(config, given, "id");
        need(config, given, "dev");
    }
    only_for(config, given, {Type::vxlan}, {"id"});
    only_for(config, given, {Type::udp}, {"local"});
    only_for(config, given, {Type::mcast, Type::vxlan}, {"ttl"});
    only_for(config, given, {Type::mcast}, {"loop", "rejoin"});
    only_for(config, given, {Type::server}, {"clients", "stall", "queue"});
    only_for(config, given, {Type::server, Type::mcast, Type::udp}, {"allow"});
    only_for(config, given, {Type::server, Type::vxlan}, {"macs", "ageing"});
    only_for(config, given, {Type::mcast, Type::server, Type::client, Type::udp}, {"tap", "user", "floods"});
    check_addresses(config, given);
    check_interfaces(config);
}

} // namespace tunnel
