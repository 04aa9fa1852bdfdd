// The small values of Linux networking: names, addresses, links. Text becomes one of these at the door or is
// refused.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace net {

// An interface name that the kernel will take: 1 to 15 bytes without blanks, '/' or ':', and none
// of ".", "..", "all" and "default" (dev_valid_name() in net/core/dev.c, sysctl_dev_name_is_allowed()).
class IfName {
public:
    static constexpr std::size_t longest = 15;

    // No devices, but folders of settings: what holds for all, and what a new device starts with.
    static const IfName& all();
    static const IfName& defaults();

    // For what strangers say; stricter than the kernel: only printable ASCII, and nothing that means
    // something to a shell. Throws UsageError that names the word and the reason.
    static IfName parse(std::string_view text);

    // For what the kernel says.
    static std::optional<IfName> try_parse(std::string_view text);

    // Why parse() would refuse the text ("it is longer than 15 characters"); nothing if it would not.
    static std::optional<std::string> fault(std::string_view text);

    const std::string& str() const { return name_; }
    auto operator<=>(const IfName&) const = default;

private:
    explicit IfName(std::string_view text)
        : name_(text)
    { }
    std::string name_;
};

// What an interface may be called by: the name that it has, or an alternative one ("ip link property add dev
// eth0 altname enp3s0"), which may be longer.
class DeviceName {
public:
    static constexpr std::size_t longest = 127; // ALTIFNAMSIZ of linux/if.h

    DeviceName(const IfName& name) // every name that an interface has is one
        : name_(name.str())
    { }

    // As those of IfName.
    static DeviceName parse(std::string_view text);
    static std::optional<std::string> fault(std::string_view text);

    const std::string& str() const { return name_; }
    bool is_alternative() const { return name_.size() > IfName::longest; } // it can be nothing else
    auto operator<=>(const DeviceName&) const = default;

private:
    explicit DeviceName(std::string_view text)
        : name_(text)
    { }
    std::string name_;
};

// An Ethernet address.
struct Mac {
    std::array<std::uint8_t, 6> bytes{};

    static Mac parse(std::string_view text); // "aa:bb:cc:dd:ee:ff"; throws UsageError
    static std::optional<Mac> try_parse(std::string_view text);
    static std::string fault(std::string_view text); // why a text that does not parse is refused

    auto operator<=>(const Mac&) const = default;
};

std::string to_string(const Mac&); // lower case, with colons

// An IPv4 or IPv6 address. `family` is AF_INET or AF_INET6; IPv4 uses the first four bytes.
struct IpAddress {
    int family = 0;
    std::array<std::uint8_t, 16> bytes{};

    static std::optional<IpAddress> parse(std::string_view text);

    auto operator<=>(const IpAddress&) const = default;
};

std::string to_string(const IpAddress&);

// How the kernel makes IPv6 link-local addresses of an interface (IN6_ADDR_GEN_MODE_*).
enum class AddrGenMode : std::uint8_t { eui64 = 0, none = 1, stable_secret = 2, random = 3 };

std::string to_string(AddrGenMode); // iproute2's words

// What we look at in an interface.
struct Link {
    int index = 0;
    IfName name;
    std::string kind = {}; // "bridge", "veth", "vif", "" for hardware
    std::optional<int> master = {}; // index of the bridge (or bond) that it is a port of
    Mac mac = {};
    std::string alias = {}; // "ip link set ... alias"
    std::uint32_t group = 0; // "ip link set ... group"
    std::string parent =
        {}; // the device that it is the network side of, on its bus: "vif-5-0", "0000:01:00.0"
    unsigned mtu = 0;
    unsigned min_mtu = 0; // what the driver takes; 0 where it does not say
    unsigned max_mtu = 0;
    unsigned tx_queue_length = 0;
    bool up = false; // administratively (IFF_UP)
    bool running = false; // operationally (IF_OPER_UP, or unknown with carrier)
    bool ethernet = true; // ARPHRD_ETHER
    bool vlan_filtering = false; // of a bridge: it keeps VLANs apart
    bool knows_vlans = true; // of a bridge: this kernel can have it do so
    std::uint16_t default_vlan = 0; // of a bridge: what a new port is in, untagged; 0: none
    std::optional<AddrGenMode> addr_gen_mode = {}; // absent where IPv6 is off

    bool is_bridge() const { return kind == "bridge"; }
    bool operator==(const Link&) const = default;
};

} // namespace net
