#include "xen/adoption/xend_config.h"

#include "base/error.h"
#include "catch.h"

using xen::parse_xend_config;
using xen::XendConfig;

namespace {

std::string network_of(const std::string& text)
{
    const auto found = parse_xend_config(text, "sxp").network_script;
    return found ? found->text : "none";
}

std::string fault_of(const std::string& text)
{
    try {
        parse_xend_config(text, "sxp");
    } catch (const base::Error& error) {
        return error.what();
    }
    return "none";
}

} // namespace

TEST_CASE("xend-config.sxp: the script is what xend took, whatever the quotes")
{
    CHECK(network_of("(network-script network-bridge)") == "network-bridge");
    CHECK(network_of("(network-script 'network-bridge netdev=eth1 bridge=xenbr1')")
        == "network-bridge netdev=eth1 bridge=xenbr1");
    CHECK(network_of("(network-script \"network-bridge netdev=eth1\")") == "network-bridge netdev=eth1");
    CHECK(network_of("( network-script\n\t/root/my-network  )") == "/root/my-network");
    CHECK(network_of("(network-script 'it\\'s \\x41\\101\\t')") == "it's AA\t");
    CHECK(network_of("(network-script a'b)") == "a'b"); // a quote within a word is one of its letters
    CHECK(network_of("(network-script (@ (id 1)) network-nat)") == "network-nat");
}

TEST_CASE("xend-config.sxp: comments, other entries and lists are no scripts")
{
    CHECK(network_of("") == "none");
    CHECK(network_of("# (network-script network-bridge)\n") == "none");
    CHECK(network_of("#(network-script network-bridge)") == "none");
    CHECK(network_of("(network-script)") == "none");
    CHECK(network_of("(network-script '')") == "none");
    CHECK(network_of("network-script network-bridge") == "none");
    CHECK(network_of("(other (network-script network-bridge))") == "none");
    CHECK(network_of("() ((network-script a)) 'x' (xend-relocation-hosts-allow '^localhost$ "
                     "^localhost\\\\.localdomain$')"
                     "(network-script b) # why\n")
        == "b");
    CHECK(network_of("(network-script a # why\n)") == "a");
    CHECK(network_of("(network-script a)\x04 ((((") == "a");
}

TEST_CASE("xend-config.sxp as Xen shipped it: the scripts, with the lines that they are in")
{
    const auto found =
        parse_xend_config("# -*- sh -*-\n\n#\n# Xend configuration file.\n#\n"
                          "#(logfile /var/log/xen/xend.log)\n(xend-unix-server yes)\n"
                          "# (network-script 'network-bridge netdev=eth1')\n(network-script network-bridge)\n"
                          "(vif-script vif-bridge)\n(dom0-min-mem 196)\n(vncpasswd '')\n",
            "sxp");
    CHECK(found == XendConfig{xen::XendScript{"network-bridge", 9}, xen::XendScript{"vif-bridge", 10}});
}

TEST_CASE("xend-config.sxp: what xend did not look at is told")
{
    const auto twice = parse_xend_config(
        "(network-script 'network-bridge netdev=eth0')\n(network-script network-dummy)", "sxp");
    CHECK(twice.network_script->text == "network-bridge netdev=eth0");
    CHECK(twice.remarks
        == std::vector<std::string>{
            "sxp:2: ignoring another network-script, as xend did: the first one counts"});
    const auto unquoted = parse_xend_config("\n(network-script network-bridge netdev=eth1)", "sxp");
    CHECK(unquoted.network_script->text == "network-bridge");
    CHECK(unquoted.remarks
        == std::vector<std::string>{
            "sxp:2: ignoring all that comes after 'network-bridge', as xend did: put the script "
            "and its words between two quotes"});
}

TEST_CASE("xend-config.sxp: what xend could not read is refused with file and line")
{
    CHECK(fault_of("(a)\n(network-script 'network-bridge)\n\n")
        == "sxp:4: the text in quotes that begins in line 2 is not ended");
    CHECK(fault_of("(a\n(network-script b)\n")
        == "sxp:3: the list that begins in line 1 is not ended by \")\"");
    CHECK(fault_of("(a)\n)") == "sxp:2: \")\" ends no list");
    CHECK(fault_of("(network-script (a b))") == "sxp:1: the value of network-script is a list");
    CHECK(fault_of(std::string("\n\0", 2))
        == "sxp:2: here is '\\x00', which can be in a comment or in quotes only");
    CHECK(fault_of("(a '\\xzz')") == "sxp:1: the number after a backslash is no character");
    CHECK(fault_of("(a '\\777')") == "sxp:1: the number after a backslash is no character");
    CHECK(fault_of("(a 'b\\") == "sxp:1: the text in quotes that begins in line 1 is not ended");
    CHECK(fault_of(std::string(1000000, '(')) == "sxp:1: lists are nested deeper than 64");
}
