#include "xen/adoption/xl_conf.h"

#include "base/error.h"
#include "catch.h"
#include "xen/adoption/our_line.h"

using xen::parse_xl_conf;

namespace {

std::string fault_of(const std::string& text)
{
    try {
        parse_xl_conf(text, "xl.conf");
    } catch (const base::Error& error) {
        return error.what();
    }
    return "none";
}

std::string script_of(const std::string& text)
{
    const auto found = xen::default_vif_script(parse_xl_conf(text, "xl.conf"));
    return found ? found->value : "none";
}

} // namespace

TEST_CASE("xl.conf: the script of guests that name none is found as xl finds it")
{
    CHECK(script_of("") == "none");
    CHECK(script_of("#vif.default.script=\"vif-bridge\"\n") == "none");
    CHECK(script_of("vif.default.script=\"vif-route\"") == "vif-route");
    CHECK(script_of("vif.default.script = 'vif-nat' # why\n") == "vif-nat");
    CHECK(script_of("vif.default.script=\"a\"; vif.default.script=\"b\"\n") == "b");
    CHECK(script_of("vif.default.script=\"a\"\nvifscript=\"b\"\n") == "a");
    CHECK(script_of("vifscript=\"b\"\n") == "b");
    CHECK(
        script_of("vm.cpumask=[ \"0-3\", # some\n \"5\" ]\nautoballoon=0\nvif.default.script=\"a\\\"b\"\r\n")
        == "a\"b");
}

TEST_CASE("xl.conf: what xl would refuse is refused with file and line")
{
    CHECK(fault_of("autoballoon=\"auto\"\nvif.default.script=\"vif-br")
        == "xl.conf:2: a text is not ended by a quote");
    CHECK(fault_of("a=\"b\nc\"") == "xl.conf:1: a text is not ended by a quote");
    CHECK(fault_of("a=[ \"b\",\n\n") == "xl.conf:3: a list is not ended by \"]\"");
    CHECK(fault_of("a=[ [ 1 ] ]") == "xl.conf:1: a list is within a list");
    CHECK(fault_of("\n\nvif.default.script vif-bridge")
        == "xl.conf:3: there is no \"=\" after vif.default.script");
    CHECK(fault_of("a=b")
        == "xl.conf:1: where a value should be is neither a text in quotes, nor a number, nor a list");
    CHECK(fault_of("a=1 b=2") == "xl.conf:1: after the value of a comes 'b'");
    CHECK(fault_of(std::string("\x7f"
                               "ELF\0\0",
              6))
        == "xl.conf:1: '\\x7f' begins no setting");
    CHECK(fault_of("#") == "none");
    CHECK(fault_of("# no end") == "none");
}

TEST_CASE("our line goes to the end of a text, and from wherever it is then")
{
    const auto with = xen::with_our_line("a=1\n", "b=2");
    CHECK(with
        == "a=1\n# The next line is from \"dom0net enable\"; \"dom0net disable\" takes both away.\nb=2\n");
    CHECK(xen::without_our_line(with) == "a=1\n");
    CHECK(xen::without_our_line(with + "c=3") == "a=1\nc=3");
    CHECK(xen::with_our_line(with + "c=3\n", "b=2") == with + "c=3\n");
    CHECK(xen::with_our_line(with, "b=4") == "a=1\n" + xen::with_our_line("", "b=4"));
    CHECK(xen::without_our_line(with + with) == "a=1\na=1\n");
    CHECK(xen::without_our_line(xen::with_our_line("", "b=2")).empty());
    CHECK(xen::without_our_line(xen::with_our_line("a=1", "b=2")) == "a=1\n");
    CHECK(xen::without_our_line(with.substr(0, with.size() - 4)) == "a=1\n"); // somebody cut it off
}
