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
    CHECK(base::quoted("it's a \\") == "'it\\'s a \\\\'");
    CHECK(base::quoted("\xde\x80") == "'\\xde\\x80'");
}

TEST_CASE("what goes to a terminal moves no cursor, and is UTF-8 whatever was in it")
{
    CHECK(base::printable("two\n\tlines") == "two\n\tlines");
    CHECK(base::printable("\x1b[2J\r\a\x7f") == "\\x1b[2J\\x0d\\x07\\x7f");
    CHECK(base::printable("K\u00e4se \u65e5 \U0001f600") == "K\u00e4se \u65e5 \U0001f600");
    CHECK(base::printable("\xc3") == "\\xc3");
    CHECK(base::printable("\xc0\xaf \xed\xa0\x80 \xf5\x80\x80\x80")
        == "\\xc0\\xaf \\xed\\xa0\\x80 \\xf5\\x80\\x80\\x80");
    CHECK(base::printable("\u009b31m\u202e") == "\\xc2\\x9b31m\\xe2\\x80\\xae");
}

TEST_CASE("a text that is too long for its reader ends in dots, never within a character")
{
    CHECK(base::printable("12345678", 8) == "12345678");
    CHECK(base::printable("123456789", 8) == "12345...");
    CHECK(base::printable("1234\u00e4\u00e4\u00e4", 8).size() <= 8);
    CHECK(base::printable("1234\x01zzzzz", 8).ends_with("..."));
}
