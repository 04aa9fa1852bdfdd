#include "xen/vif/collection.h"

#include "catch.h"
#include "entries.h"
#include "fake_kernel.h"
#include "net/make_entry.h"

#include <linux/neighbour.h>

using test::name;

namespace {

struct Host {
    test::FakeKernel kernel = {};

    Host()
    {
        kernel.plug_in("eth0", "00:25:90:00:00:01");
        kernel.set_up("eth0");
        kernel.add(test::address("2001:db8::2/64", {.dev = "eth0"}));
    }

    void add_limiter(const std::string& of) { kernel.apply(net::CreateIfb{name(of)}); }
};

} // namespace

TEST_CASE("rate limiters of guests that are gone are found, those of guests under another name are not")
{
    Host host;
    host.add_limiter("ifb5.0");
    host.add_limiter("ifb6.0");
    host.add_limiter("ifb7.1");
    host.add_limiter("ifb0");
    host.kernel.plug_in("vif6.0-emu", "fe:ff:ff:ff:ff:ff", "tun");
    host.kernel.plug_in("web0", "fe:ff:ff:ff:ff:ff", "vif").alias = "vif7.1";
    CHECK(xen::find_remains(host.kernel, {}).limiters == net::Plan{net::DeleteLink{name("ifb5.0")}});
}

TEST_CASE("neighbours that dom0 answers for are found when nothing leads to them any more, and only ours")
{
    Host host;
    const auto address = [](const std::string& text) { return net::IpPrefix::parse(text)->address; };
    const auto proxy = net::proxy_neighbour(name("eth0"), address("2001:db8::50"));
    auto others = net::proxy_neighbour(name("eth0"), address("2001:db8::51"));
    others.attributes.erase(NDA_PROTOCOL);
    host.kernel.add(proxy);
    host.kernel.add(others);
    CHECK(xen::find_remains(host.kernel, {}).neighbours.size() == 1);
    host.kernel.plug_in("vif5.0", "fe:ff:ff:ff:ff:ff", "vif");
    host.kernel.set_up("vif5.0");
    host.kernel.add(net::device_route(name("vif5.0"), *net::IpPrefix::parse("2001:db8::50"), 2, {}));
    CHECK(xen::find_remains(host.kernel, {}).neighbours.empty());
}

TEST_CASE("DHCP hosts are found when their guests are gone, and what bears no name of ours is left alone")
{
    Host host;
    host.kernel.plug_in("vif5.0", "fe:ff:ff:ff:ff:ff", "vif");
    const auto remains = xen::find_remains(
        host.kernel, {"dom5", "dom5-2", "dom6", "dom5-0", "dom5-2-3", "domain", "README", "dom"});
    CHECK(remains.dhcp_hosts == std::vector<std::string>{"dom5-2", "dom6"});
}
