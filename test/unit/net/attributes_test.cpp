#include "catch.h"
#include "net/attributes.h"

#include <linux/netlink.h>

using net::Attributes;
using net::Bytes;

namespace {

Attributes some()
{
    Attributes attributes;
    attributes.put(1, std::uint32_t{7});
    attributes.put_text(2, "eth0");
    attributes.set(3, {});
    attributes.put(4, std::uint8_t{9});
    return attributes;
}

} // namespace

TEST_CASE("attributes come back from bytes as they went in")
{
    CHECK(Attributes::parse(some().serialize()) == some());
    CHECK(some().serialize().size() % NLA_ALIGNTO == 0);
}

TEST_CASE("attributes nobody knows are carried, nested flag included")
{
    Attributes attributes;
    attributes.set(NLA_F_NESTED | 999, Bytes{1, 2, 3, 4});
    const auto again = Attributes::parse(attributes.serialize());
    CHECK(again == attributes);
    CHECK(again.find(999));
    CHECK(again.all().front().type == (NLA_F_NESTED | 999));
}

TEST_CASE("a run of attributes that is cut off ends at the last whole one")
{
    const auto bytes = some().serialize();
    for (std::size_t length = 0; length <= bytes.size(); ++length) {
        const auto attributes = Attributes::parse(std::span(bytes).first(length));
        CAPTURE(length);
        REQUIRE(attributes.all().size() <= some().all().size());
        for (std::size_t i = 0; i < attributes.all().size(); ++i)
            CHECK(attributes.all()[i] == some().all()[i]);
    }
    CHECK(Attributes::parse(std::span(bytes).first(bytes.size() - 4)).all().size() == 3);
}

TEST_CASE("an attribute that claims less than its own header ends the run")
{
    const Bytes bytes = {3, 0, 1, 0, 8, 0, 2, 0, 1, 1, 1, 1};
    CHECK(Attributes::parse(bytes).all().empty());
}

TEST_CASE("the last attribute needs no padding")
{
    const Bytes bytes = {5, 0, 1, 0, 42};
    CHECK(Attributes::parse(bytes).get<std::uint8_t>(1) == 42);
}

TEST_CASE("a value shorter than what is asked for is absent")
{
    CHECK_FALSE(some().get<std::uint32_t>(4));
    CHECK(some().get<std::uint8_t>(4) == 9);
    CHECK(some().get<std::uint16_t>(1) == 7);
    CHECK_FALSE(some().get<std::uint32_t>(77));
}

TEST_CASE("text ends at its zero byte, or at the end of the value")
{
    Attributes attributes;
    attributes.set(1, Bytes{'a', 'b', 0, 'c'});
    attributes.set(2, Bytes{'a', 'b'});
    CHECK(attributes.text(1) == "ab");
    CHECK(attributes.text(2) == "ab");
    CHECK(attributes.text(3).empty());
}

TEST_CASE("setting an attribute replaces it in its place")
{
    auto attributes = some();
    attributes.put(1, std::uint32_t{8});
    CHECK(attributes.all().front().type == 1);
    CHECK(attributes.get<std::uint32_t>(1) == 8);
    CHECK(attributes.all().size() == some().all().size());
}

TEST_CASE("erasing an attribute erases it whatever its flags")
{
    Attributes attributes;
    attributes.set(NLA_F_NESTED | 5, Bytes{1});
    attributes.erase(5);
    CHECK(attributes == Attributes());
}
