#include "xen/vif/nat_addresses.h"

#include "base/error.h"
#include "catch.h"
#include "net/ip_words.h"

using namespace xen;

namespace {

std::string default_address(unsigned domain, unsigned device)
{
    return to_string(default_nat_address({domain, device}));
}

std::string router(const std::string& guest)
{
    return to_string(nat_router(*net::IpAddress::parse(guest)));
}

std::vector<std::string> guest(const std::string& words)
{
    std::vector<std::string> texts;
    for (const auto& each : nat_guest(net::parse_ip_words(words)))
        texts.push_back(to_string(each));
    return texts;
}

} // namespace

TEST_CASE("vif-nat makes a guest's address of its domain and the number of its interface")
{
    CHECK(default_address(5, 0) == "10.0.5.1");
    CHECK(default_address(300, 2) == "10.1.44.3");
    CHECK(default_address(65535, 127) == "10.255.255.128");
    CHECK(to_string(default_nat_ipv6_address({300, 2})) == "fd64:6f6d:3000:12c::3");
}

TEST_CASE("where vif-nat's scheme ends, it says so and names the cure")
{
    CHECK_THROWS_WITH(default_nat_address({65536, 0}),
        "vif-nat has no address for domain 65536: its scheme ends with domain 65535; give the guest an "
        "address with ip=");
    CHECK_THROWS_AS(default_nat_address({5, 128}), base::Error);
    CHECK_THROWS_AS(default_nat_ipv6_address({65536, 0}), base::Error);
}

TEST_CASE("the router of a NAT guest is its last number plus 127")
{
    CHECK(router("10.0.5.1") == "10.0.5.128");
    CHECK(router("10.1.1.128") == "10.1.1.255");
    CHECK_THROWS_AS(router("10.1.1.129"), base::Error);
}

TEST_CASE("a word with host bits is one address, and so is the first of IPv4; another prefix is the guest's "
          "as a whole")
{
    CHECK(guest("10.1.1.5/24") == std::vector<std::string>{"10.1.1.5"});
    CHECK(guest("10.1.1.0/24") == std::vector<std::string>{"10.1.1.0"});
    CHECK(guest("10.1.1.5 203.0.113.0/28 10.2.2.2/8 2001:db8::/64 2001:db8::5/64")
        == std::vector<std::string>{
            "10.1.1.5", "203.0.113.0/28", "10.2.2.2", "2001:db8::/64", "2001:db8::5"});
}

TEST_CASE("a NAT guest's further interfaces have a number in their name")
{
    CHECK(nat_host_name({5, 0}) == "dom5");
    CHECK(nat_host_name({5, 1}) == "dom5-2");
}
