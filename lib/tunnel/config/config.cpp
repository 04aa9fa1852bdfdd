#include "tunnel/config/config.h"

#include "base/error.h"
#include "base/text.h"
#include "tunnel/config/config_check.h"

#include <algorithm>
#include <array>
#include <set>

namespace tunnel {

namespace {

constexpr std::array<std::string_view, 5> type_names{"mcast", "server", "client", "udp", "vxlan"};

[[noreturn]] void refuse(std::string_view key, std::string_view text, const std::string& why)
{
    throw base::UsageError(std::string(key) + "=" + base::quoted(text) + " " + why);
}

Type parse_type(std::string_view text)
{
    const auto* const found = std::find(type_names.begin(), type_names.end(), text);
    if (found == type_names.end())
        refuse("type", text, "is not one of mcast, server, client, udp and vxlan");
    return static_cast<Type>(found - type_names.begin());
}

unsigned parse_between(std::string_view key, std::string_view text, unsigned least, unsigned most)
{
    const auto number = base::parse_number(text, most);
    if (!number || *number < least)
        refuse(key, text, "is not a number from " + std::to_string(least) + " to " + std::to_string(most));
    return static_cast<unsigned>(*number);
}

bool parse_yes_no(std::string_view key, std::string_view text)
{
    if (text != "yes" && text != "no")
        refuse(key, text, "is neither yes nor no");
    return text == "yes";
}

net::DeviceName parse_device(std::string_view key, std::string_view text)
{
    if (net::DeviceName::fault(text))
        refuse(key, text, "is not an interface name");
    return net::DeviceName::parse(text);
}

net::IfName parse_interface(std::string_view key, std::string_view text)
{
    const auto name = net::IfName::try_parse(text);
    if (!name)
        refuse(key, text, "is not an interface name");
    return *name;
}

std::string parse_user(std::string_view text)
{
    const auto bad = [](char c) { return c <= ' ' || c > '~' || c == ':' || c == '/'; };
    if (text.empty() || text.size() > 32 || std::any_of(text.begin(), text.end(), bad))
        refuse("user", text, "is not a user name");
    return std::string(text);
}

std::vector<Prefix> parse_prefixes(std::string_view text)
{
    std::vector<Prefix> prefixes;
    for (const auto& piece : base::split(text, ','))
        prefixes.push_back(Prefix::parse("allow", piece));
    return prefixes;
}

std::string joined(const std::vector<Prefix>& prefixes)
{
    std::vector<std::string> texts;
    for (const auto& prefix : prefixes)
        texts.push_back(to_string(prefix));
    return base::join(texts, ",");
}

// A key of the command line: how it is read, and how it is written ("" when it has its default).
struct Key {
    std::string_view name;
    std::string_view meaning;
    void (*read)(Config&, std::string_view key, std::string_view text);
    std::string (*write)(const Config&);
};

template <class Value> std::string unless_default(const Value& value, const Value& standard)
{
    return value == standard ? std::string() : std::to_string(value);
}

template <unsigned Limits::*field, unsigned least, unsigned most>
constexpr Key limit(std::string_view name, std::string_view meaning)
{
    return {name, meaning,
        [](Config& c, std::string_view key, std::string_view t) {
            c.limits.*field = parse_between(key, t, least, most);
        },
        [](const Config& c) { return unless_default(c.limits.*field, Limits().*field); }};
}

template <class Name> std::string text_of(const std::optional<Name>& name)
{
    return name ? name->str() : std::string();
}

const std::array keys{
    Key{"name", "what the tunnel is called; bridge and tap are named after it",
        [](Config& c, std::string_view, std::string_view t) { c.name = parse_name(t); },
        [](const Config& c) { return c.name; }},
    Key{"type", "mcast, server, client, udp or vxlan",
        [](Config& c, std::string_view, std::string_view t) { c.type = parse_type(t); },
        [](const Config& c) { return std::string(to_string(c.type)); }},
    Key{"address", "the group, the address to listen on or connect to, or the other end",
        [](Config& c, std::string_view key, std::string_view t) { c.remote.address = parse_address(key, t); },
        [](const Config& c) { return to_string(c.remote.address); }},
    Key{"port", "the UDP or TCP port",
        [](Config& c, std::string_view key, std::string_view t) { c.remote.port = parse_port(key, t); },
        [](const Config& c) { return std::to_string(c.remote.port); }},
    Key{"local", "udp: our end, ADDRESS:PORT or [ADDRESS]:PORT",
        [](Config& c, std::string_view key, std::string_view t) { c.local = Endpoint::parse(key, t); },
        [](const Config& c) { return c.local ? to_string(*c.local) : std::string(); }},
    Key{"dev", "the interface that carries the tunnel",
        [](Config& c, std::string_view key, std::string_view t) { c.device = parse_device(key, t); },
        [](const Config& c) { return text_of(c.device); }},
    Key{"ttl", "how many routers a multicast packet may pass (1)",
        [](Config& c, std::string_view key, std::string_view t) { c.ttl = parse_between(key, t, 1, 255); },
        [](const Config& c) { return unless_default(c.ttl, 1U); }},
    Key{"loop", "mcast: yes (default) if members on this host shall hear us",
        [](Config& c, std::string_view key, std::string_view t) { c.loop = parse_yes_no(key, t); },
        [](const Config& c) { return std::string(c.loop ? "" : "no"); }},
    Key{"rejoin", "mcast: seconds until the group is joined anew, 0 for never (0)",
        [](Config& c, std::string_view key, std::string_view t) {
            c.rejoin = parse_between(key, t, 0, 86400);
        },
        [](const Config& c) { return unless_default(c.rejoin, 0U); }},
    Key{"id", "vxlan: the network identifier",
        [](Config& c, std::string_view key, std::string_view t) {
            c.id = parse_between(key, t, 1, 0xffffff);
        },
        [](const Config& c) { return unless_default(c.id, 0U); }},
    Key{"bridge", "the bridge for the guests (xtb-NAME)",
        [](Config& c, std::string_view key, std::string_view t) { c.bridge = parse_interface(key, t); },
        [](const Config& c) { return text_of(c.bridge); }},
    Key{"tap", "the tap of the relay (xt-NAME)",
        [](Config& c, std::string_view key, std::string_view t) { c.tap = parse_interface(key, t); },
        [](const Config& c) { return text_of(c.tap); }},
    Key{"mtu", "of bridge and tap (1500; vxlan: what the underlay allows)",
        [](Config& c, std::string_view key, std::string_view t) { c.mtu = parse_between(key, t, 68, 65521); },
        [](const Config& c) { return c.mtu ? std::to_string(*c.mtu) : std::string(); }},
    Key{"user", "who owns the tap and runs the relay (nobody)",
        [](Config& c, std::string_view, std::string_view t) { c.user = parse_user(t); },
        [](const Config& c) { return c.user == Config().user ? std::string() : c.user; }},
    Key{"allow", "server, mcast, udp: prefixes that are listened to, with commas between them",
        [](Config& c, std::string_view, std::string_view t) { c.allow = parse_prefixes(t); },
        [](const Config& c) { return joined(c.allow); }},
    limit<&Limits::clients, 1, 1000>("clients", "server: how many at the same time (64)"),
    limit<&Limits::macs, 1, 1000000>("macs", "server: how many stations are remembered (8192)"),
    limit<&Limits::ageing, 1, 1000000>("ageing", "server: seconds until a silent station is forgotten (300)"),
    limit<&Limits::queue, 72, 65536>("queue", "server: KiB that may wait for one slow client (256)"),
    limit<&Limits::floods, 0, 100000000>(
        "floods", "frames a second to everybody, from one client or the wire, 0 for no limit (10000)"),
    limit<&Limits::stall, 1, 3600>(
        "stall", "server: seconds that a client may leave a frame unfinished (10)"),
};

const Key& find_key(std::string_view name, std::string_view word)
{
    const auto* const found =
        std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
    if (found == keys.end())
        throw base::UsageError(
            base::quoted(word) + " is not known here: see --help for the words NAME=VALUE");
    return *found;
}

} // namespace

std::string parse_name(std::string_view text)
{
    constexpr std::size_t longest = 11;
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
            || c == '_';
    };
    if (text.empty() || text.size() > longest || !std::all_of(text.begin(), text.end(), good)
        || text[0] == '-')
        refuse("name", text,
            "is not a tunnel name: 1 to 11 letters, digits, '-' and '_', not beginning with '-'");
    return std::string(text);
}

std::string_view to_string(Type type)
{
    return type_names.at(static_cast<std::size_t>(type));
}

Config Config::parse(const std::vector<std::string>& words, bool named)
{
    Config config;
    GivenKeys given;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        const auto& key = find_key(word.substr(0, equals), word);
        if (equals == std::string::npos)
            throw base::UsageError(base::quoted(word) + " lacks a value: write " + word + "=VALUE");
        if (!given.insert(std::string(key.name)).second)
            throw base::UsageError(std::string(key.name) + "= is given twice");
        key.read(config, key.name, std::string_view(word).substr(equals + 1));
    }
    check(config, given, named);
    return config;
}

net::IfName Config::bridge_name() const
{
    return bridge ? *bridge : net::IfName::parse("xtb-" + name);
}

net::IfName Config::tap_name() const
{
    return tap ? *tap : net::IfName::parse("xt-" + name);
}

bool Config::allows(const net::IpAddress& peer) const
{
    const auto contains = [&](const Prefix& prefix) { return prefix.contains(peer); };
    return allow.empty() || std::any_of(allow.begin(), allow.end(), contains);
}

std::vector<std::string> to_words(const Config& config)
{
    std::vector<std::string> words;
    for (const auto& key : keys)
        if (const auto text = key.write(config); !text.empty())
            words.push_back(std::string(key.name) + "=" + text);
    return words;
}

std::string describe_keys()
{
    std::string text;
    for (const auto& key : keys) {
        const std::string name = std::string(key.name) + "=";
        text += "  " + name + std::string(10 - name.size(), ' ') + std::string(key.meaning) + "\n";
    }
    return text;
}

} // namespace tunnel
