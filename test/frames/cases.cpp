#include "cases.h"

namespace frames {

namespace {

const std::string other_mac = "00:16:3e:00:06:00";
const std::string everybody = "ff:ff:ff:ff:ff:ff";
const std::string nodes_mac = "33:33:00:00:00:01";
const std::string own4 = "10.0.0.5";
const std::string other4 = "10.0.0.6";
const std::string gateway4 = "10.0.0.1";
const std::string own6 = "2001:db8::5";
const std::string other6 = "2001:db8::6";
const std::string gateway6 = "2001:db8::1";
const std::string own_link_local = "fe80::216:3eff:fe00:500";
const std::string other_link_local = "fe80::216:3eff:fe00:600";
const std::string secret_link_local = "fe80::5a7c:91d2:3e04:b6f8"; // RFC 7217: nobody can tell whose
const std::string all_nodes = "ff02::1";

constexpr unsigned arp_type = 0x0806;
constexpr unsigned ipv4_type = 0x0800;
constexpr unsigned ipv6_type = 0x86dd;
constexpr unsigned hop_by_hop = 0;
constexpr unsigned routing = 43;
constexpr unsigned fragments = 44;
constexpr unsigned icmp6 = 58;
constexpr unsigned destination = 60;

class Cases {
public:
    explicit Cases(std::string host)
        : host_(std::move(host))
    { }

    std::vector<Case> all()
    {
        layer_2();
        arp_frames();
        ipv4_frames();
        dhcp_frames();
        ipv6_frames();
        solicitations();
        advertisements();
        listeners();
        routers();
        extensions();
        return std::move(cases_);
    }

private:
    void add(
        const std::string& name, const Bytes& frame, const std::string& reason = {}, bool malformed = false)
    {
        cases_.push_back({name, frame, reason, malformed});
    }

    Bytes v4(const Bytes& packet) const { return ethernet(host_, own_mac, ipv4_type, packet); }
    Bytes v6(const Bytes& packet) const { return ethernet(host_, own_mac, ipv6_type, packet); }
    static Bytes message(unsigned type, const Bytes& body, const std::string& from = own_link_local,
        const std::string& to = all_nodes, const std::string& to_mac = nodes_mac)
    {
        return ethernet(to_mac, own_mac, ipv6_type, ipv6(from, to, icmp6, icmpv6(from, to, type, body)));
    }
    static Bytes text() { return {'h', 'e', 'l', 'l', 'o', '.', '.', '.'}; }
    static Bytes from4(const std::string& source)
    {
        return ipv4({.from = source, .to = gateway4}, udp(5000, 5001, text()));
    }
    static Bytes from6(const std::string& source)
    {
        return ipv6(source, gateway6, 17, udp(5000, 5001, text()));
    }
    static Bytes announcement(const std::string& address)
    {
        return arp({.sender_mac = own_mac, .sender = address, .target = address});
    }

    void layer_2()
    {
        add("another's MAC address", ethernet(host_, other_mac, ipv4_type, from4(own4)), "mac");
        add("a multicast MAC address", ethernet(host_, "01:16:3e:00:05:00", ipv4_type, from4(own4)),
            "kernel");
        for (const unsigned id : {0U, 1U, 4094U}) {
            const auto tagged = "in VLAN " + std::to_string(id) + ": ";
            const auto in_tag = [&](unsigned type, const Bytes& packet) {
                return ethernet(host_, own_mac, 0x8100, tag(id, type, packet));
            };
            add(tagged + "own IPv4", in_tag(ipv4_type, from4(own4)), "tag");
            add(tagged + "another's IPv4", in_tag(ipv4_type, from4(other4)), "tag");
            add(tagged + "another's ARP", in_tag(arp_type, announcement(other4)), "tag");
            add(tagged + "router advertisement",
                in_tag(ipv6_type,
                    ipv6(
                        own_link_local, all_nodes, icmp6, icmpv6(own_link_local, all_nodes, 134, zeros(12)))),
                "tag");
            add(tagged + "a second tag", in_tag(0x8100, tag(5, ipv4_type, from4(other4))), "tag");
        }
        add("QinQ", ethernet(host_, own_mac, 0x88a8, tag(7, 0x8100, tag(5, ipv4_type, from4(other4)))),
            "tag");
        add("old QinQ", ethernet(host_, own_mac, 0x9100, tag(7, 0x8100, tag(5, ipv4_type, from4(other4)))),
            "tag");
        add("PPPoE discovery", ethernet(everybody, own_mac, 0x8863, zeros(46)), "ethertype");
        add("PPPoE session",
            ethernet(host_, own_mac, 0x8864, Bytes{0x11, 0, 0, 1, 0, 30, 0, 0x21} + from4(other4)),
            "ethertype");
        add("RARP", ethernet(everybody, own_mac, 0x8035, announcement(own4)), "ethertype");
        add("802.3 with LLC",
            ethernet(host_, own_mac, 40, Bytes{0xaa, 0xaa, 3, 0, 0, 0, 8, 0} + from4(other4)), "ethertype");
        add("spanning tree", ethernet("01:80:c2:00:00:00", own_mac, 38, Bytes{0x42, 0x42, 3} + zeros(40)),
            "ethertype");
        add("LLDP", ethernet("01:80:c2:00:00:0e", own_mac, 0x88cc, zeros(46)), "kernel");
        add("EAPOL", ethernet("01:80:c2:00:00:03", own_mac, 0x888e, zeros(46)), "ethertype");
        add("IPv4 to the switches' own address",
            ethernet("01:80:c2:00:00:0e", own_mac, ipv4_type, from4(own4)), "ethertype");
        add("MPLS", ethernet(host_, own_mac, 0x8847, Bytes{0, 1, 1, 64} + from4(other4)), "ethertype");
        add("loopback test", ethernet(host_, own_mac, 0x9000, zeros(46)), "ethertype");
        add("TRILL", ethernet(host_, own_mac, 0x22f3, zeros(46)), "ethertype");
    }

    void arp_frames()
    {
        const auto to_all = [](const Arp& a) { return ethernet(everybody, own_mac, arp_type, arp(a)); };
        add("ARP request", to_all({.sender_mac = own_mac, .sender = own4, .target = gateway4}));
        add("ARP request from an address of the network",
            to_all({.sender_mac = own_mac, .sender = "10.1.0.77", .target = gateway4}));
        add("ARP answer",
            ethernet(host_, own_mac, arp_type,
                arp({.operation = 2, .sender_mac = own_mac, .sender = own4, .target = gateway4})));
        add("ARP probe", to_all({.sender_mac = own_mac, .sender = "0.0.0.0", .target = own4}));
        add("ARP announcement", to_all({.sender_mac = own_mac, .sender = own4, .target = own4}));
        add("ARP request with another's address",
            to_all({.sender_mac = own_mac, .sender = other4, .target = gateway4}), "arp");
        add("ARP request from beside the network",
            to_all({.sender_mac = own_mac, .sender = "10.1.1.77", .target = gateway4}), "arp");
        add("ARP announcement of another's address",
            to_all({.sender_mac = own_mac, .sender = other4, .target = other4}), "arp");
        add("ARP answer for the gateway",
            to_all({.operation = 2, .sender_mac = own_mac, .sender = gateway4, .target = other4}), "arp");
        add("ARP with another's MAC address inside",
            to_all({.sender_mac = other_mac, .sender = own4, .target = gateway4}), "arp");
        add("ARP answer without an address",
            to_all({.operation = 2, .sender_mac = own_mac, .sender = "0.0.0.0", .target = own4}), "arp");
        for (const unsigned operation : {0U, 3U, 8U, 256U})
            add("ARP operation " + std::to_string(operation),
                to_all({.operation = operation, .sender_mac = own_mac, .sender = own4, .target = gateway4}),
                "arp");
        add("ARP for other hardware",
            to_all({.sender_mac = own_mac, .sender = own4, .target = gateway4, .hardware = 6}), "arp");
        add("ARP for another protocol",
            to_all({.sender_mac = own_mac, .sender = own4, .target = gateway4, .protocol = ipv6_type}),
            "arp");
        add("ARP with other sizes",
            to_all({.sender_mac = own_mac, .sender = own4, .target = gateway4, .hardware_size = 8}), "arp",
            true);
    }

    void ipv4_frames()
    {
        add("own IPv4", v4(from4(own4)));
        add("IPv4 from the network", v4(from4("10.1.0.200")));
        add("another's IPv4", v4(from4(other4)), "ip4");
        add("IPv4 from beside the network", v4(from4("10.1.1.0")), "ip4");
        add("IPv4 from nowhere", v4(from4("0.0.0.0")), "ip4");
        add("IPv4 from everybody", v4(from4("255.255.255.255")), "ip4");
        add("IPv4 from a group", v4(from4("224.0.0.1")), "ip4");
        add("IPv4 from the host itself", v4(from4("127.0.0.1")), "ip4");
        add("own IPv4, a first fragment",
            v4(ipv4({.from = own4, .to = gateway4, .fragment = 0x2000}, udp(5000, 5001, zeros(64)))));
        add("own IPv4, a later fragment", v4(ipv4({.from = own4, .to = gateway4, .fragment = 3}, text())));
        add("another's IPv4, a first fragment",
            v4(ipv4({.from = other4, .to = gateway4, .fragment = 0x2000}, udp(5000, 5001, text()))), "ip4");
        add("another's IPv4, a later fragment",
            v4(ipv4({.from = other4, .to = gateway4, .fragment = 3}, text())), "ip4");
        add("own IPv4 with options",
            v4(ipv4({.from = own4, .to = gateway4, .options = {0x94, 4, 0, 0}}, udp(5000, 5001, text()))));
        add("another's IPv4 with options",
            v4(ipv4({.from = other4, .to = gateway4, .options = {0x94, 4, 0, 0}}, udp(5000, 5001, text()))),
            "ip4");
        for (const unsigned route : {131U, 137U})
            add("IPv4 with source route " + std::to_string(route),
                v4(ipv4({.from = own4,
                            .to = gateway4,
                            .options = Bytes{static_cast<std::uint8_t>(route), 7, 4} + ip(other4) + Bytes{0}},
                    udp(5000, 5001, text()))),
                "ip4");
        auto strange = from4(own4);
        strange[0] = 0x65;
        add("IPv4 of another version", v4(strange), "ip4", true);
        add("IPv4 in an IPv6 frame", v6(from4(own4)), "extension", true);
        add("IPv4 longer than it is",
            v4(ipv4({.from = own4, .to = gateway4, .claimed_length = 1400}, udp(5000, 5001, text()))), "ip4",
            true);
        add("IGMP report",
            v4(ipv4({.from = own4, .to = "224.0.0.22", .protocol = 2, .options = {0x94, 4, 0, 0}},
                Bytes{0x22, 0, 0xf9, 2, 0, 0, 0, 1, 4, 0, 0, 0} + ip("239.1.2.3"))));
        add("IGMP query",
            v4(ipv4({.from = own4, .to = "224.0.0.1", .protocol = 2, .options = {0x94, 4, 0, 0}},
                Bytes{0x11, 100, 0xee, 0x9b} + zeros(4))),
            "query");
    }

    static Bytes client(const Bytes& request, const std::string& from = "0.0.0.0",
        const std::string& to = "255.255.255.255", unsigned fragment = 0, unsigned port = 68)
    {
        return ethernet(everybody, own_mac, ipv4_type,
            ipv4({.from = from, .to = to, .fragment = fragment}, udp(port, 67, request)));
    }

    void dhcp_frames()
    {
        add("DHCP request", client(dhcp(own_mac)));
        add("DHCP renewal", client(dhcp(own_mac), own4, gateway4));
        add("DHCP request for another", client(dhcp(other_mac)), "dhcp");
        add("DHCP renewal for another", client(dhcp(other_mac), own4, gateway4), "dhcp");
        add("DHCP request with another's address", client(dhcp(own_mac), other4), "ip4");
        add("DHCP request to one host", client(dhcp(own_mac), "0.0.0.0", gateway4), "ip4");
        add("DHCP request from another port", client(dhcp(own_mac), "0.0.0.0", "255.255.255.255", 0, 1000),
            "dhcp");
        add("DHCP request in fragments", client(dhcp(other_mac), "0.0.0.0", "255.255.255.255", 0x2000),
            "dhcp");
        add("DHCP answer as a request", client(dhcp(own_mac, 2)), "dhcp");
        add("no DHCP at all", client(text()), "dhcp");
        add("DHCP request made whole by what follows the packet",
            ethernet(everybody, own_mac, ipv4_type,
                ipv4({.from = "0.0.0.0", .to = "255.255.255.255", .claimed_length = 48},
                    udp(68, 67, dhcp(own_mac)))),
            "dhcp");
        const auto options = Bytes{0x94, 4, 0, 0};
        add("DHCP request for another behind options",
            ethernet(everybody, own_mac, ipv4_type,
                ipv4({.from = "0.0.0.0", .to = "255.255.255.255", .options = options},
                    udp(68, 67, dhcp(other_mac)))),
            "dhcp");
        add("other UDP from nowhere to everybody",
            ethernet(everybody, own_mac, ipv4_type,
                ipv4({.from = "0.0.0.0", .to = "255.255.255.255"}, udp(68, 69, text()))),
            "ip4");
        for (const unsigned port : {67U, 4011U})
            add("DHCP server, from port " + std::to_string(port),
                ethernet(everybody, own_mac, ipv4_type,
                    ipv4({.from = own4, .to = "255.255.255.255"}, udp(port, 68, dhcp(other_mac, 2)))),
                "dhcp_server");
        add("DHCP server, a first fragment",
            v4(ipv4({.from = own4, .to = other4, .fragment = 0x2000}, udp(67, 68, dhcp(other_mac, 2)))),
            "dhcp_server");
        add("DHCP server, a first fragment cut short",
            v4(ipv4({.from = own4, .to = other4, .fragment = 0x2000}, {0, 67})), "ip4");
        add("DHCP server, a first fragment cut short behind options",
            v4(ipv4({.from = own4, .to = other4, .fragment = 0x2000, .options = zeros(40)}, {0, 67})), "ip4");
        add("DHCP server behind options",
            v4(ipv4({.from = own4, .to = other4, .options = options}, udp(67, 68, dhcp(other_mac, 2)))),
            "dhcp_server");
    }

    void ipv6_frames()
    {
        for (const auto& source : {own6, own_link_local, std::string("2001:db8:1::abcd")})
            add("IPv6 from " + source, v6(from6(source)));
        for (const auto& source :
            {other6, other_link_local, secret_link_local, std::string("2001:db8:2::1"), std::string("::"),
                std::string("::1"), std::string("ff02::1"), std::string("::ffff:10.0.0.5")})
            add("IPv6 from " + source, v6(from6(source)), "ip6", source == "::1" || source == "ff02::1");
        add("IPv6 echo", v6(ipv6(own6, gateway6, icmp6, icmpv6(own6, gateway6, 128, text()))));
        add("IPv6 echo from another",
            v6(ipv6(other6, gateway6, icmp6, icmpv6(other6, gateway6, 128, text()))), "ip6");
        add("IPv6 in an IPv4 frame", v4(from6(own6)), "ip4", true);
        add("DHCPv6 request",
            ethernet("33:33:00:01:00:02", own_mac, ipv6_type,
                ipv6(own_link_local, "ff02::1:2", 17, udp(546, 547, text()))));
        add("DHCPv6 server", v6(ipv6(own_link_local, other_link_local, 17, udp(547, 546, text()))),
            "dhcp_server");
        add("DHCPv6 server behind an extension",
            v6(ipv6(own_link_local, other_link_local, destination, extension(17) + udp(547, 546, text()))),
            "dhcp_server");
        add("DHCPv6 server, a first fragment",
            v6(ipv6(
                own_link_local, other_link_local, fragments, fragment(17, 0, true) + udp(547, 546, text()))),
            "dhcp_server");
        add("DHCPv6 server, a first fragment cut short",
            v6(ipv6(own_link_local, other_link_local, fragments, fragment(17, 0, true) + Bytes{2, 35})),
            "extension");
    }

    void solicitations()
    {
        const auto target = zeros(4) + ip(gateway6);
        const auto own_source = option(1, mac(own_mac));
        const auto other_source = option(1, mac(other_mac));
        const auto nonce = option(14, {1, 2, 3, 4, 5, 6});
        const auto solicited = [](const Bytes& body, const std::string& from) {
            return message(135, body, from, "ff02::1:ff00:1", "33:33:ff:00:00:01");
        };
        add("NS", solicited(target + own_source, own6));
        add("NS without its address", solicited(target, own6));
        add("NS with a nonce", solicited(target + own_source + nonce, own6));
        add("NS with a nonce first", solicited(target + nonce + own_source, own6));
        add("NS with another's MAC address", solicited(target + other_source, own6), "nd");
        add("NS with a nonce, then another's MAC address", solicited(target + nonce + other_source, own6),
            "nd");
        add("NS with both MAC addresses", solicited(target + own_source + other_source, own6), "nd");
        add("NS with a longer option", solicited(target + option(1, mac(other_mac) + zeros(8)), own6), "nd");
        add("NS with another option", solicited(target + option(3, zeros(30)), own6), "nd");
        add("NS from another", solicited(target + own_source, other6), "ip6");
        add("NS from a link-local address of no known owner",
            solicited(target + own_source, secret_link_local), "ip6");
        const auto claim = [](const std::string& address, const Bytes& options,
                               const std::string& to = "ff02::1:ff00:5") {
            return message(135, zeros(4) + ip(address) + options, "::", to, "33:33:ff:00:00:05");
        };
        add("DAD of the own address", claim(own6, {}));
        add("DAD of the own link-local address", claim(own_link_local, {}));
        add("DAD of an address of the network", claim("2001:db8:1::77", {}));
        add("DAD with a nonce", claim(own6, nonce));
        add("DAD of another's address", claim(other6, {}), "nd");
        add("DAD of another's address with a nonce", claim(other6, nonce), "nd");
        add("DAD of a link-local address of no known owner", claim(secret_link_local, {}), "nd");
        add("DAD with a MAC address", claim(own6, own_source), "nd");
        add("DAD to everybody", claim(own6, {}, "ff02::1"), "ip6");
    }

    void advertisements()
    {
        const auto of = [](const std::string& address) { return Bytes{0x60, 0, 0, 0} + ip(address); };
        const auto own_target = option(2, mac(own_mac));
        const auto other_target = option(2, mac(other_mac));
        const auto nonce = option(14, {1, 2, 3, 4, 5, 6});
        add("NA", message(136, of(own6) + own_target, own6));
        add("NA without its MAC address", message(136, of(own6), own6));
        add("NA from the link-local address", message(136, of(own6) + own_target));
        add("NA from a link-local address of no known owner",
            message(136, of(own6) + own_target, secret_link_local));
        add("NA of a link-local address of no known owner",
            message(136, of(secret_link_local) + own_target, secret_link_local), "nd");
        add("NA of an address of the network",
            message(136, of("2001:db8:1::77") + own_target, "2001:db8:1::77"));
        add("NA of another's address", message(136, of(other6) + own_target, own6), "nd");
        add("NA of the gateway without a MAC address", message(136, of(gateway6), own6), "nd");
        add("NA with another's MAC address", message(136, of(own6) + other_target, own6), "nd");
        add("NA with a nonce, then another's MAC address",
            message(136, of(own6) + nonce + other_target, own6), "nd");
        add("NA with both MAC addresses", message(136, of(own6) + own_target + other_target, own6), "nd");
        add("NA with a longer option", message(136, of(own6) + option(2, mac(other_mac) + zeros(8)), own6),
            "nd");
        add("NA with an option of no length", message(136, of(own6) + Bytes{2, 0} + mac(other_mac), own6),
            "nd");
        add("NA from another", message(136, of(own6) + own_target, other6), "ip6");
        add("NA from nowhere", message(136, of(own6) + own_target, "::"), "ip6");
        add("inverse NA", message(142, of(own6), own6), "nd");
    }

    static Bytes listener(
        unsigned type, const std::string& from, const std::string& to, unsigned around = icmp6)
    {
        const auto body =
            type == 143 ? Bytes{0, 0, 0, 1, 4, 0, 0, 0} + ip("ff02::1:ff00:5") : zeros(4) + ip(to);
        const auto packet = icmpv6(from, to, type, body);
        return ethernet("33:33:00:00:00:16", own_mac, ipv6_type,
            ipv6(from, to, hop_by_hop, router_alert(around) + packet));
    }

    void listeners()
    {
        add("MLDv2 report", listener(143, own_link_local, "ff02::16"));
        add("MLDv2 report from nowhere", listener(143, "::", "ff02::16"));
        add("MLDv1 report", listener(131, own_link_local, "ff02::1:ff00:5"));
        add("MLDv1 done", listener(132, own_link_local, "ff02::2"));
        add("MLDv2 report from a link-local address of no known owner",
            listener(143, secret_link_local, "ff02::16"));
        add("MLDv1 report from a link-local address of no known owner",
            listener(131, secret_link_local, "ff02::1:ff00:5"));
        add("MLD report from a link-local address to one host", listener(143, secret_link_local, gateway6),
            "ip6");
        add("MLD report from another", listener(143, other6, "ff02::16"), "ip6");
        add("MLD report from nowhere to one host", listener(143, "::", gateway6), "ip6");
        add("MLD report from nowhere to the world", listener(143, "::", "ff0e::16"), "ip6");
        add("MLD query", listener(130, own_link_local, all_nodes), "query");
        const auto listens = [](const Bytes& header, const std::string& from, const std::string& to,
                                 const Bytes& report) {
            return ethernet(
                "33:33:00:00:00:16", own_mac, ipv6_type, ipv6(from, to, hop_by_hop, header + report));
        };
        const auto whole = [](const std::string& from) {
            return icmpv6(from, "ff02::16", 143, Bytes{0, 0, 0, 1, 4, 0, 0, 0} + ip("ff02::1:ff00:5"));
        };
        for (const auto& from : {std::string("::"), secret_link_local, own_link_local}) {
            add("MLDv2 report without a body from " + from,
                listens(router_alert(icmp6), from, "ff02::16", icmpv6(from, "ff02::16", 143, {})),
                "extension");
            add("MLDv1 report without a body from " + from,
                listens(router_alert(icmp6), from, all_nodes, icmpv6(from, all_nodes, 131, {})), "extension");
            add("MLDv1 done cut short from " + from,
                listens(router_alert(icmp6), from, all_nodes, icmpv6(from, all_nodes, 132, zeros(16))),
                "extension");
            add("bare MLDv2 report without a body from " + from,
                ethernet("33:33:00:00:00:16", own_mac, ipv6_type,
                    ipv6(from, "ff02::16", icmp6, icmpv6(from, "ff02::16", 143, {}))),
                "nd");
        }
        add("MLDv2 report whose router alert is padded first",
            listens(extension(icmp6, {1, 0, 5, 2, 0, 0}), own_link_local, "ff02::16", whole(own_link_local)));
        add("MLDv2 report behind another option",
            listens(extension(icmp6, {1, 4, 0, 0, 0, 0}), own_link_local, "ff02::16", whole(own_link_local)),
            "extension");
        add("MLD query without a router alert", message(130, zeros(20)), "query");
        add("router advertisement behind a router alert", listener(134, own_link_local, all_nodes),
            "extension");
        add("NA behind a router alert", listener(136, own_link_local, all_nodes), "extension");
    }

    void routers()
    {
        add("router solicitation", message(133, zeros(4), own_link_local, "ff02::2"));
        add("router solicitation with its MAC address",
            message(133, zeros(4) + option(1, mac(own_mac)), own_link_local, "ff02::2"));
        add("router solicitation from a link-local address of no known owner",
            message(133, zeros(4), secret_link_local, "ff02::2"));
        add("router solicitation from such, with its MAC address",
            message(133, zeros(4) + option(1, mac(own_mac)), secret_link_local, "ff02::2"), "ip6");
        add("router solicitation with another's MAC address",
            message(133, zeros(4) + option(1, mac(other_mac)), own_link_local, "ff02::2"), "nd");
        add("router solicitation from nowhere", message(133, zeros(4), "::", "ff02::2"), "ip6");
        for (const unsigned type : {134U, 137U, 138U, 139U, 140U, 148U, 149U, 151U, 152U, 153U})
            add("ICMPv6 type " + std::to_string(type), message(type, zeros(36)), "ra");
        for (const unsigned type : {0U, 5U, 100U, 127U, 141U, 150U, 200U, 255U})
            add("ICMPv6 type " + std::to_string(type), message(type, zeros(36)), "nd");
    }

    void behind(const std::string& what, unsigned type, const Bytes& body)
    {
        const auto packet = icmpv6(own_link_local, all_nodes, type, body);
        const auto in = [&](unsigned next, const Bytes& rest) {
            return ethernet(nodes_mac, own_mac, ipv6_type, ipv6(own_link_local, all_nodes, next, rest));
        };
        for (const unsigned header : {hop_by_hop, routing, 51U, destination, 135U, 139U, 140U})
            add(what + " behind header " + std::to_string(header), in(header, extension(icmp6) + packet),
                "extension");
        add(what + " behind two headers", in(hop_by_hop, extension(destination) + extension(icmp6) + packet),
            "extension");
        add(what + " as the only fragment", in(fragments, fragment(icmp6, 0, false) + packet), "extension");
        add(what + " as the first fragment", in(fragments, fragment(icmp6, 0, true) + packet), "extension");
        add(what + " as the rest of a fragmented one", in(fragments, fragment(icmp6, 8, false) + packet),
            "extension");
        add(what + " behind a header in a fragment",
            in(fragments, fragment(destination, 0, true) + extension(icmp6) + packet), "extension");
        add(what + " behind a header of a later fragment",
            in(fragments, fragment(destination, 8, false) + packet), "extension");
        add(what + " in a fragment behind a header",
            in(destination, extension(fragments) + fragment(icmp6, 0, true) + packet), "extension");
        add(what + " in a fragment of a fragment",
            in(fragments, fragment(fragments, 0, true) + fragment(icmp6, 0, true) + packet), "extension");
    }

    void extensions()
    {
        behind("router advertisement", 134, zeros(12));
        behind("redirect", 137, zeros(36));
        behind("NA of the gateway", 136, Bytes{0x60, 0, 0, 0} + ip(gateway6) + option(2, mac(own_mac)));
        behind("own NA", 136, Bytes{0x60, 0, 0, 0} + ip(own6) + option(2, mac(own_mac)));
        add("first fragment that ends in its header",
            v6(ipv6(own6, gateway6, fragments, fragment(destination, 0, true) + extension(icmp6))),
            "extension");
        add("first fragment that ends before its header",
            v6(ipv6(own6, gateway6, fragments, fragment(icmp6, 0, true))), "extension");
        const auto in_fragment = [&](unsigned next, const Bytes& rest, bool more = true,
                                     unsigned offset = 0) {
            return v6(ipv6(own6, gateway6, fragments, fragment(next, offset, more) + rest));
        };
        add("an authentication header in a first fragment",
            in_fragment(51, extension(17, zeros(14)) + udp(547, 546, text())), "extension");
        add("an authentication header in a later fragment",
            in_fragment(51, extension(17, zeros(14)), false, 8), "extension");
        add("an authentication header in an only fragment",
            in_fragment(51, extension(6, zeros(14)) + zeros(20), false), "extension");
        add("nothing in a first fragment", in_fragment(59, {}), "extension");
        add("nothing in a later fragment", in_fragment(59, text(), false, 8), "extension");
        add("UDP in a first fragment, cut short", in_fragment(17, {1, 2, 3, 4}), "extension");
        add("TCP in a first fragment, cut short", in_fragment(6, zeros(16)), "extension");
        add("TCP in a first fragment, made whole by what follows the packet",
            ethernet(host_, own_mac, ipv6_type,
                ipv6(own6, gateway6, fragments, fragment(6, 0, true) + zeros(8)) + zeros(14) + text()),
            "extension");
        add("own TCP, a first fragment", in_fragment(6, zeros(24)));
        add("own ESP, a first fragment", in_fragment(50, zeros(24)));
        add("another protocol of which a first fragment has nothing", in_fragment(50, {}), "extension");
        for (const unsigned type : {1U, 128U})
            add("ICMPv6 type " + std::to_string(type) + " without a body",
                v6(ipv6(own6, gateway6, icmp6, icmpv6(own6, gateway6, type, {}))), "nd");
        add("own UDP behind a header",
            v6(ipv6(own6, gateway6, destination, extension(17) + udp(5000, 5001, text()))));
        add("own UDP, a first fragment",
            v6(ipv6(own6, gateway6, fragments, fragment(17, 0, true) + udp(5000, 5001, text()))));
        add("own UDP, a later fragment",
            v6(ipv6(own6, gateway6, fragments, fragment(17, 64, false) + text())));
        add("own TCP behind an authentication header",
            v6(ipv6(own6, gateway6, 51, extension(6) + zeros(20))));
        add("another's UDP behind a header",
            v6(ipv6(other6, gateway6, destination, extension(17) + udp(5000, 5001, text()))), "ip6");
        add("another's UDP, a first fragment",
            v6(ipv6(other6, gateway6, fragments, fragment(17, 0, true) + udp(5000, 5001, text()))), "ip6");
        add("another's UDP, a later fragment",
            v6(ipv6(other6, gateway6, fragments, fragment(17, 64, false) + text())), "ip6");
    }

    std::string host_;
    std::vector<Case> cases_ = {};
};

} // namespace

std::vector<Case> all_cases(const std::string& host)
{
    return Cases(host).all();
}

} // namespace frames
