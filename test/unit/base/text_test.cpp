#include "base/text.h"
#include "catch.h"

using base::parse_number;

TEST_CASE("words are what stands between blanks, however many")
{
    CHECK(base::words(" \t a  b\nc ") == std::vector<std::string>{"a", "b", "c"});
    CHECK(base::words("").empty());
    CHECK(base::words(" \n").empty());
}

TEST_CASE("splitting keeps empty pieces")
{
    CHECK(base::split("a,,b", ',') == std::vector<std::string>{"a", "", "b"});
    CHECK(base::split("", ',') == std::vector<std::string>{""});
    CHECK(base::split(",", ',') == std::vector<std::string>{"", ""});
}

TEST_CASE("trimming takes blanks from both ends only")
{
    CHECK(base::trim("  a b\n") == "a b");
    CHECK(base::trim(" \t ").empty());
}

TEST_CASE("joining and splitting are each other's reverse")
{
    const std::vector<std::string> pieces = {"a", "b c", "d"};
    CHECK(base::split(base::join(pieces, "/"), '/') == pieces);
}

TEST_CASE("a number is digits and nothing else")
{
    CHECK(parse_number("0") == 0);
    CHECK(parse_number("65535", 65535) == 65535);
    CHECK(parse_number("007") == 7);
    CHECK(parse_number("18446744073709551615") == 18446744073709551615ULL);
    const std::string refused = GENERATE(as<std::string>(), "", " 1", "1 ", "+1", "-1", "0x10", "1.0", "ten",
        "1\n", "18446744073709551616", "99999999999999999999999");
    CAPTURE(refused);
    CHECK_FALSE(parse_number(refused));
}

TEST_CASE("a number above what is allowed is none")
{
    CHECK_FALSE(parse_number("65536", 65535));
}

TEST_CASE("what a stranger wrote is repeated without its control characters and at bearable length")
{
    CHECK(base::quoted("web0") == "'web0'");
    CHECK(base::quoted("a\nb\x1b[0m") == "'a\\x0ab\\x1b[0m'");
    CHECK(base::quoted(std::string(81, 'x')) == "'" + std::string(80, 'x') + "...'");
    CHECK(base::quoted(std::string(80, 'x')) == "'" + std::string(80, 'x') + "'");
}
