#include "xen/call/config.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "xen/call/json_text.h"
#include "xen/call/text_template.h"

#include <algorithm>
#include <functional>
#include <map>

namespace xen {

namespace {

using nlohmann::json;
using Path = JsonText::Path;

constexpr std::uint64_t highest_port = 65535;
constexpr std::size_t longest_list = 4096; // of port forwards, each a rule in the kernel
constexpr std::size_t largest_configuration = 1024 * 1024;

// One value of the file, and what may be asked of it. Each question refuses a value of another kind.
class Value {
public:
    Value(const JsonText& text, const json& here, Path place)
        : text_(text)
        , here_(here)
        , place_(std::move(place))
    { }

    bool truth() const { return need(&json::is_boolean, "true or false").get<bool>(); }
    std::string word() const { return need(&json::is_string, "a text").get<std::string>(); }
    bool is_number() const { return here_.is_number(); }

    std::uint16_t port() const
    {
        const auto number = need(&json::is_number_unsigned, "a port, from 1 to 65535").get<std::uint64_t>();
        if (number == 0 || number > highest_port)
            refuse("is not a port, from 1 to 65535");
        return static_cast<std::uint16_t>(number);
    }

    unsigned mtu() const
    {
        const auto number = need(&json::is_number_unsigned, "an MTU, from 68 to 65535").get<std::uint64_t>();
        if (number < 68 || number > 65535)
            refuse("is not an MTU, from 68 to 65535");
        return static_cast<unsigned>(number);
    }

    std::vector<Value> elements() const
    {
        if (need(&json::is_array, "a list").size() > longest_list)
            refuse("has more than " + std::to_string(longest_list) + " elements");
        std::vector<Value> found;
        for (const auto& element : here_)
            found.emplace_back(text_, element, place_of(std::to_string(found.size())));
        return found;
    }

    // Hands each member to the function of its name.
    void members(const std::map<std::string, std::function<void(const Value&)>>& known) const
    {
        for (const auto& member : need(&json::is_object, "an object, { \"key\": value }").items()) {
            const auto found = known.find(member.key());
            if (found == known.end())
                text_.refuse(place_of(member.key()), "unknown key " + base::quoted(member.key()));
            found->second(Value(text_, member.value(), place_of(member.key())));
        }
    }

    [[noreturn]] void refuse(const std::string& reason) const
    {
        text_.refuse(place_, (place_.empty() ? "it" : base::quoted(place_.back())) + " " + reason);
    }

private:
    const json& need(bool (json::*kind)() const noexcept, const char* what) const
    {
        if (!(here_.*kind)())
            refuse(std::string("is not ") + what);
        return here_;
    }
    Path place_of(const std::string& step) const
    {
        auto place = place_;
        place.push_back(step);
        return place;
    }

    const JsonText& text_;
    const json& here_;
    Path place_;
};

DhcpChoice dhcp_choice(const Value& value)
{
    static const std::map<std::string, DhcpChoice> known{{"automatic", DhcpChoice::automatic},
        {"off", DhcpChoice::off}, {"isc", DhcpChoice::isc}, {"dnsmasq", DhcpChoice::dnsmasq}};
    const auto found = known.find(value.word());
    if (found == known.end())
        value.refuse("is none of automatic, off, isc and dnsmasq");
    return found->second;
}

OvnWait ovn_wait(const Value& value)
{
    static const std::map<std::string, OvnWait> known{
        {"off", OvnWait::off}, {"warn", OvnWait::warn}, {"error", OvnWait::error}};
    const auto found = known.find(value.word());
    if (found == known.end())
        value.refuse("is none of off, warn and error");
    return found->second;
}

// "bridge", or a number.
std::optional<unsigned> ovn_mtu(const Value& value)
{
    if (value.is_number())
        return value.mtu();
    if (value.word() != "bridge")
        value.refuse("is neither \"bridge\" nor a number");
    return std::nullopt;
}

std::string iface_id(const Value& value)
{
    try {
        fill_template(value.word(), {});
    } catch (const base::UsageError& error) { // the same words, with the place
        value.refuse(error.what());
    }
    return value.word();
}

std::string absolute_path(const Value& value)
{
    if (!value.word().starts_with("/"))
        value.refuse("is no absolute path");
    return value.word();
}

RateToGuest rate_to_guest(const Value& value)
{
    const auto word = value.word();
    if (word == "off" || word == "same")
        return {word == "off" ? RateToGuest::Kind::off : RateToGuest::Kind::same};
    try {
        return {RateToGuest::Kind::value, net::parse_rate(word)};
    } catch (const base::UsageError& error) { // the same words, with the place
        value.refuse(std::string("is neither off nor same: ") + error.what());
    }
}

PortForward::Protocol protocol(const Value& value)
{
    const auto word = value.word();
    if (word != "tcp" && word != "udp")
        value.refuse("is neither tcp nor udp");
    return word == "tcp" ? PortForward::Protocol::tcp : PortForward::Protocol::udp;
}

// 8080, or "8000-8010".
PortRange port_range(const Value& value)
{
    if (value.is_number())
        return {value.port(), value.port()};
    const auto ends = base::split(value.word(), '-');
    const auto first = base::parse_number(ends.front(), highest_port);
    const auto last = base::parse_number(ends.back(), highest_port);
    if (ends.size() > 2 || !first || !last || *first == 0 || *first > *last)
        value.refuse("is neither a port nor a range of ports such as \"8000-8010\"");
    return {static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

net::IpAddress address(const Value& value)
{
    const auto found = net::IpAddress::parse(value.word());
    if (!found)
        value.refuse("is not an IPv4 or IPv6 address");
    return *found;
}

net::DeviceName interface(const Value& value)
{
    if (const auto fault = net::DeviceName::fault(value.word()))
        value.refuse("is not an interface name: " + *fault);
    return net::DeviceName::parse(value.word());
}

PortForward port_forward(const Value& value)
{
    PortForward forward;
    value.members({{"protocol", [&](const Value& v) { forward.protocol = protocol(v); }},
        {"port", [&](const Value& v) { forward.ports = port_range(v); }},
        {"to", [&](const Value& v) { forward.to = address(v); }},
        {"to-port", [&](const Value& v) { forward.to_port = v.port(); }},
        {"netdev", [&](const Value& v) { forward.netdev = interface(v); }}});
    if (forward.ports.first == 0)
        value.refuse("has no \"port\"");
    if (forward.to.family == 0)
        value.refuse("does not say where \"to\"");
    if (forward.to_port && forward.ports.first != forward.ports.last)
        value.refuse("has a \"to-port\", which goes with a single port only");
    return forward;
}

std::vector<std::string> network(const Value& value)
{
    std::vector<std::string> lines;
    for (const auto& each : value.elements()) {
        lines.push_back(each.word());
        if (base::words(lines.back()).empty() || lines.back().find('\0') != std::string::npos)
            each.refuse("names no script");
    }
    return lines;
}

} // namespace

Configuration parse_configuration(const std::string& text, const std::string& file)
{
    const JsonText json_text(text, file);
    Configuration configuration;
    Value(json_text, json_text.value(), {})
        .members({{"mac-lock", [&](const Value& v) { configuration.mac_lock = v.truth(); }},
            {"any-link-local", [&](const Value& v) { configuration.any_link_local = v.truth(); }},
            {"pin-mac", [&](const Value& v) { configuration.pin_mac = v.truth(); }},
            {"guard-ports", [&](const Value& v) { configuration.guard_ports = v.truth(); }},
            {"isolate-guests", [&](const Value& v) { configuration.isolate_guests = v.truth(); }},
            {"switch-vlan-filtering-on",
                [&](const Value& v) { configuration.switch_vlan_filtering_on = v.truth(); }},
            {"ovs-database", [&](const Value& v) { configuration.ovs_database = absolute_path(v); }},
            {"iface-id", [&](const Value& v) { configuration.iface_id = iface_id(v); }},
            {"ovn-wait", [&](const Value& v) { configuration.ovn_wait = ovn_wait(v); }},
            {"ovn-mtu", [&](const Value& v) { configuration.ovn_mtu = ovn_mtu(v); }},
            {"dhcp", [&](const Value& v) { configuration.dhcp = dhcp_choice(v); }},
            {"rate-to-guest", [&](const Value& v) { configuration.rate_to_guest = rate_to_guest(v); }},
            {"network", [&](const Value& v) { configuration.network = network(v); }},
            {"port-forwards", [&](const Value& v) {
                 for (const auto& each : v.elements())
                     configuration.port_forwards.push_back(port_forward(each));
             }}});
    return configuration;
}

Configuration read_configuration(const std::string& path)
{
    const auto text = base::read_regular_file(path, largest_configuration);
    return text ? parse_configuration(*text, path) : Configuration();
}

} // namespace xen
