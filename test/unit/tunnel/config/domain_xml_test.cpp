#include "base/error.h"
#include "base/text.h"
#include "catch.h"
#include "tunnel/config/config.h"
#include "tunnel/config/domain_xml.h"

namespace {

// As the "Creating Tunnels" chapter prints it: <mac> is never closed.
const std::string literal = R"(
  ...
  <devices>
    <interface type='mcast'>
      <mac address='52:54:00:6d:90:01'>
      <source address='230.0.0.1' port='5558'/>
    </interface>
  </devices>
  ...
)";

const std::string closed = R"(<domain type='xen'><name>guest1</name>
  <devices>
    <interface type='mcast'>
      <mac address='52:54:00:6d:90:01'/>
      <source address='230.0.0.1' port='5558'/>
    </interface>
    <interface type='bridge'><source bridge='br0'/></interface>
    <interface type='server'>
      <mac address='52:54:00:22:c9:42'/>
      <source address='192.168.0.1' port='5558'/>
      <bandwidth><inbound average='1000'/></bandwidth>
    </interface>
    <interface type='client'><source address='192.168.0.1' port='5558'/><mtu size='1400'/></interface>
    <interface type='udp'>
      <source address='fd00::1' port='5558'><local address='fd00::2' port='5559'/></source>
    </interface>
  </devices></domain>)";

std::string refusal(const std::string& text)
{
    try {
        for (const auto& tunnel : tunnel::parse_domain_xml(text).tunnels)
            tunnel::Config::parse(tunnel.words, false);
        return {};
    } catch (const base::UsageError& error) {
        return error.what();
    }
}

std::string interface(const std::string& type, const std::string& inside)
{
    return "<interface type='" + type + "'>\n" + inside + "</interface>";
}

} // namespace

TEST_CASE("the tunnels of a domain are those of four types of interface")
{
    const auto domain = tunnel::parse_domain_xml(closed);
    CHECK(domain.name == "guest1");
    REQUIRE(domain.tunnels.size() == 4);
    CHECK(base::join(domain.tunnels[0].words, " ") == "type=mcast address=230.0.0.1 port=5558");
    CHECK(base::join(domain.tunnels[1].words, " ") == "type=server address=192.168.0.1 port=5558");
    CHECK(base::join(domain.tunnels[2].words, " ") == "type=client address=192.168.0.1 port=5558 mtu=1400");
    CHECK(base::join(domain.tunnels[3].words, " ")
        == "type=udp address=fd00::1 port=5558 local=[fd00::2]:5559");
    CHECK(domain.tunnels[1].line == 8);
    CHECK(refusal(closed).empty());
    REQUIRE(domain.ignored.size() == 1);
    CHECK_THAT(domain.ignored[0], Catch::Matchers::StartsWith("line 8: <bandwidth>"));
}

TEST_CASE("a fragment will do")
{
    CHECK(
        tunnel::parse_domain_xml(interface("mcast", "<source address='230.0.0.1' port='1'/>")).tunnels.size()
        == 1);
}

TEST_CASE("the document's own example is refused with line and column, and told what is not closed")
{
    CHECK_THAT(refusal(literal), Catch::Matchers::StartsWith("line 7, column "));
    CHECK_THAT(refusal(literal), Catch::Matchers::Contains("<mac> of line 5 is not closed"));
}

TEST_CASE("other broken XML has a place too")
{
    for (const auto* const broken :
        {"<a", "<interface type='mcast'><source", "<a>\n<b></a>", "<a x=y/>", "<a>&", "<!--"})
        CHECK_THAT(refusal(broken), Catch::Matchers::StartsWith("line "));
}

TEST_CASE("a second element beside the first is refused with its place")
{
    CHECK(refusal("<domain/>\n<domain/>").starts_with("line 2, column 1: <domain> is a second element"));
    CHECK(refusal("<?xml version='1.0'?><!-- c --><domain/>\n<!-- d -->\n").empty());
    const auto mcast = interface("mcast", "<source address='230.0.0.1' port='1'/>");
    CHECK(refusal(mcast + " " + mcast).starts_with("line 2, column 52: <interface> is a second element"));
}

TEST_CASE("the time to read XML grows with its length only")
{
    const auto many = [](const std::string& piece) {
        std::string text;
        while (text.size() < 2000000)
            text += piece;
        return text;
    };
    CHECK_THAT(refusal(many("<a>")), Catch::Matchers::Contains("<a> of line 1 is not closed"));
    CHECK_THAT(refusal("<d>" + many("<i></i>\n")), Catch::Matchers::Contains("<d> of line 1 is not closed"));
    const auto interfaces = many(interface("mcast", "<source address='230.0.0.1' port='1'/>"));
    CHECK(refusal("<devices>" + interfaces + "</devices>").empty());
}

TEST_CASE("an attribute that is given twice, or a name that is not printable, is refused in plain words")
{
    CHECK_THAT(refusal(interface("mcast", "<source address='230.0.0.1' address='230.0.0.2' port='1'/>")),
        Catch::Matchers::Contains("has the attribute 'address' twice"));
    CHECK_THAT(refusal("<a><\xde\x9b>"), Catch::Matchers::Contains("<\\xde\\x9b> of line 1"));
}

TEST_CASE("an interface that lacks something is refused with its line")
{
    CHECK_THAT(refusal(interface("mcast", "")),
        Catch::Matchers::Contains("line 1, column 1: <interface> lacks <source"));
    CHECK_THAT(refusal(interface("mcast", "<source address='230.0.0.1'/>")),
        Catch::Matchers::Contains("line 2, column 1: <source> lacks the attribute 'port'"));
    CHECK_THAT(refusal(interface("client", "<source port='1'/>")), Catch::Matchers::Contains("'address'"));
    CHECK_THAT(refusal(interface("udp", "<source address='1.2.3.4' port='1'/>")),
        Catch::Matchers::Contains("<local"));
}

TEST_CASE("what a tunnel cannot do is refused rather than ignored")
{
    const std::string source = "<source address='230.0.0.1' port='1'/>";
    CHECK_THAT(refusal(interface("mcast",
                   "<source address='230.0.0.1' port='1'><local address='1.2.3.4' port='5'/></source>")),
        Catch::Matchers::Contains("only with type='udp'"));
    CHECK_THAT(refusal(interface("mcast", "<source address='230.0.0.1' port='1' colour='red'/>")),
        Catch::Matchers::Contains("'colour'"));
    CHECK_THAT(refusal(interface("mcast", source + "<vlan><tag id='3'/></vlan>")),
        Catch::Matchers::Contains("<vlan>"));
    CHECK_THAT(refusal(interface("mcast", source + "<filterref filter='x'/>")),
        Catch::Matchers::Contains("<filterref>"));
}

TEST_CASE("the values in XML are as strict as the words of the command line")
{
    CHECK_THAT(refusal(interface("mcast", "<source address='230.0.0.1' port='70000'/>")),
        Catch::Matchers::StartsWith("port='70000'"));
    CHECK_THAT(refusal(interface("mcast", "<source address='192.168.0.9' port='5558'/>")),
        Catch::Matchers::StartsWith("address=192.168.0.9"));
}
