#include "xen/bridge/status.h"

#include "catch.h"
#include "entries.h"
#include "fake_kernel.h"

#include <sys/socket.h>

using Catch::Matchers::StartsWith;
using test::name;

TEST_CASE("a family is warned about if the host's own rules drop what passes a bridge, with the cure")
{
    test::FakeKernel kernel;
    CHECK(xen::warnings_about(name("xenbr0"), kernel).empty());
    kernel.drop_bridged(AF_INET6);
    const auto warnings = xen::warnings_about(name("xenbr0"), kernel);
    REQUIRE(warnings.size() == 1);
    CHECK_THAT(warnings[0], StartsWith("IPv6 between the ports of xenbr0 is dropped"));
    CHECK(warnings[0].find("ip6tables -I FORWARD -i xenbr0 -o xenbr0 -j ACCEPT") != std::string::npos);
}
