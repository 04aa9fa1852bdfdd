#include "xen/host/proxy_switch.h"

#include "catch.h"
#include "entries.h"
#include "fake_kernel.h"
#include "net/make_entry.h"
#include "scratch_folder.h"
#include "xen/host/kept_settings.h"

using test::name;

namespace {

struct Host {
    test::FakeKernel kernel = {};
    test::ScratchFolder scratch = {};
    xen::ProxySwitch proxies{scratch.path(), name("eth0")};

    Host() { kernel.plug_in("eth0", "02:00:00:00:00:01"); }

    void come(const std::string& address)
    {
        proxies.note(kernel);
        set("1");
        kernel.add(neighbour(address));
        proxies.keep_on(kernel);
    }
    void go(const std::string& address)
    {
        kernel.apply(net::RemoveEntry{neighbour(address)});
        proxies.let_go(kernel);
    }
    void set(const std::string& value)
    {
        for (const auto& device : {name("eth0"), net::IfName::all()})
            kernel.apply(net::SetSysctl{device, "ipv6/conf/proxy_ndp", value, {}});
    }
    std::string values() const
    {
        return kernel.sysctl(net::IfName::all(), "ipv6/conf/proxy_ndp").value()
            + kernel.sysctl(name("eth0"), "ipv6/conf/proxy_ndp").value();
    }
    static net::Entry neighbour(const std::string& address)
    {
        return net::proxy_neighbour(name("eth0"), net::IpAddress::parse(address).value());
    }
};

} // namespace

TEST_CASE("proxying is on from the first neighbour to the last, and then as before")
{
    Host host;
    host.come("2001:db8::5");
    host.come("2001:db8::6");
    host.go("2001:db8::5");
    CHECK(host.values() == "11");
    host.go("2001:db8::6");
    CHECK(host.values() == "00");
    CHECK(xen::read_kept_settings(host.scratch.path()).empty());
}

TEST_CASE("proxying that was on before is left on, and nothing is noted")
{
    Host host;
    host.set("1");
    host.come("2001:db8::5");
    CHECK(xen::read_kept_settings(host.scratch.path()).empty());
    host.go("2001:db8::5");
    CHECK(host.values() == "11");
}

TEST_CASE("one who came while another put it back switches it on again")
{
    Host host;
    host.come("2001:db8::5");
    host.go("2001:db8::5");
    host.kernel.add(Host::neighbour("2001:db8::6")); // saw it on, before
    host.proxies.keep_on(host.kernel);
    CHECK(host.values() == "11");
    host.go("2001:db8::6");
    CHECK(host.values() == "00");
}

TEST_CASE("neighbours of guests that nobody said were gone keep it on until they are collected")
{
    Host host;
    host.come("2001:db8::5");
    xen::let_go_of_unused_proxies(host.scratch.path(), host.kernel);
    CHECK(host.values() == "11");
    host.kernel.apply(net::RemoveEntry{Host::neighbour("2001:db8::5")});
    xen::let_go_of_unused_proxies(host.scratch.path(), host.kernel);
    CHECK(host.values() == "00");
}
