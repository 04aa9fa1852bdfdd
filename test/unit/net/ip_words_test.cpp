#include "base/error.h"
#include "catch.h"
#include "net/ip_words.h"

using net::IpPrefix;

namespace {

IpPrefix prefix(const std::string& text)
{
    return IpPrefix::parse(text).value();
}

} // namespace

TEST_CASE("a prefix is an address, alone or with the length of its network")
{
    CHECK(prefix("192.0.2.5").length == 32);
    CHECK(prefix("192.0.2.5/24").length == 24);
    CHECK(prefix("192.0.2.0/255.255.254.0").length == 23);
    CHECK(prefix("0.0.0.0/0").length == 0);
    CHECK(prefix("0.0.0.0/0.0.0.0").length == 0);
    CHECK(prefix("2001:db8::5").length == 128);
    CHECK(prefix("2001:db8::/61").length == 61);
}

TEST_CASE("what is no prefix is none")
{
    const std::string text =
        GENERATE(as<std::string>(), "", "/", "192.0.2.5/", "192.0.2.5/33", "192.0.2.5/-1", "192.0.2.5/+1",
            "192.0.2.5/24/24", "192.0.2.5/255.0.255.0", "192.0.2.5/2001:db8::", "192.0.2", "0300.0.2.5",
            "2001:db8::/129", "2001:db8::/ffff::", "fe80::1%eth0", " 192.0.2.5", "a.example",
            "192.0.2.5/0x18", std::string("192.0.2.5\0", 10));
    CAPTURE(text);
    CHECK_FALSE(IpPrefix::parse(text));
}

TEST_CASE("a prefix is printed as it is read")
{
    const std::string text = GENERATE(
        as<std::string>(), "192.0.2.5", "192.0.2.5/24", "0.0.0.0/0", "2001:db8::5", "2001:db8::5/61", "::/0");
    CHECK(to_string(prefix(text)) == text);
}

TEST_CASE("a network has no host bits, a first and a last address, and holds what lies between")
{
    CHECK(to_string(network_of(prefix("10.9.0.5/20"))) == "10.9.0.0/20");
    CHECK(to_string(first_of(prefix("10.9.200.5/20"))) == "10.9.192.0");
    CHECK(to_string(last_of(prefix("10.9.200.5/20"))) == "10.9.207.255");
    CHECK(to_string(last_of(prefix("2001:db8::/61"))) == "2001:db8:0:7:ffff:ffff:ffff:ffff");
    CHECK(contains(prefix("10.9.0.5/20"), prefix("10.9.15.255").address));
    CHECK_FALSE(contains(prefix("10.9.0.5/20"), prefix("10.9.16.0").address));
    CHECK_FALSE(contains(prefix("0.0.0.0/0"), prefix("::").address));
}

TEST_CASE("the words of ip= stand between blanks or commas, and keep their host bits")
{
    std::vector<std::string> texts;
    for (const auto& each :
        net::parse_ip_words(" 10.0.0.5,10.9.0.5/24 ,\t2001:db8::5\n2001:db8::/64  10.0.0.5 "))
        texts.push_back(to_string(each));
    CHECK(texts
        == std::vector<std::string>{"10.0.0.5", "10.9.0.5/24", "2001:db8::5", "2001:db8::/64", "10.0.0.5"});
}

TEST_CASE("words of ip= that are no addresses are refused, and the sentence names the word")
{
    using Pair = std::pair<std::string, std::string>;
    const auto& [text, word] = GENERATE(values<Pair>({{"10.0.0.5 www.example.org", "'www.example.org'"},
        {"10.0.0.5,,10.0.0.6", "empty"}, {"10.0.0.5,", "empty"}, {" ", "empty"},
        {"10.0.0.5/33", "'10.0.0.5/33'"}, {"$(reboot)", "'$(reboot)'"}, {"\x1b[31m", "\\x1b[31m"}}));
    CAPTURE(text);
    CHECK_THROWS_AS(net::parse_ip_words(text), base::UsageError);
    CHECK_THROWS_WITH(net::parse_ip_words(text), Catch::Contains(word));
}

TEST_CASE("256 words of ip= are taken, 257 are not")
{
    std::string text;
    for (int i = 0; i < 256; ++i)
        text += "10.0.0." + std::to_string(i) + " ";
    CHECK(net::parse_ip_words(text).size() == 256);
    CHECK_THROWS_WITH(net::parse_ip_words(text + "10.0.1.0"), Catch::Contains("257"));
}
