#include "net/rate.h"

#include "base/error.h"
#include "catch.h"

using net::parse_rate;
using net::parse_stored_rate;
using net::Rate;

TEST_CASE("a rate is told in bits or bytes, by thousands")
{
    CHECK(parse_rate("100Mb/s") == Rate{100'000'000});
    CHECK(parse_rate("12.5MB/s") == Rate{100'000'000});
    CHECK(parse_rate("250kB/s") == Rate{2'000'000});
    CHECK(parse_rate("1Gb/s@20ms") == Rate{1'000'000'000});
    CHECK(parse_rate("64000b/s") == Rate{64'000});
}

TEST_CASE("what is no rate is refused in a sentence that repeats it")
{
    for (const char* const text : {"", "100", "100Mb", "Mb/s", "-1Mb/s", "1.2345Mb/s", "1.Mb/s", "fast",
             "1.5b/s", "1 Mb/s", "99999999999999999999Mb/s", "1Tb/s", "10b/s", "0Mb/s", "999Gb/s"})
        CHECK_THROWS_AS(parse_rate(text), base::UsageError);
    CHECK_THROWS_WITH(
        parse_rate("fast"), "'fast' has no unit: it has the form 100Mb/s (bits) or 12.5MB/s (bytes)");
    CHECK_THROWS_WITH(parse_rate("1b/s"), "'1b/s' is not between 16kb/s and 400Gb/s");
}

TEST_CASE("a rate as libxl stores it is bytes and the microseconds in which they may go")
{
    CHECK(parse_stored_rate("625000,50000") == Rate{100'000'000});
    CHECK(parse_stored_rate("62500,50000") == Rate{10'000'000});
    CHECK(parse_stored_rate("6250000,50000") == Rate{1'000'000'000});
}

TEST_CASE("a stored rate without an interval is no limit, as xend wrote it")
{
    CHECK_FALSE(parse_stored_rate("4294967295,0").has_value());
}

TEST_CASE("what the toolstack would not store as a rate is refused")
{
    for (const char* const text :
        {"", "1", ",", "1,", ",1", "1,2,3", "a,b", "1 ,2", "99999999999999999,1", "1,99999999999"})
        CHECK_THROWS_AS(parse_stored_rate(text), base::UsageError);
}

TEST_CASE("a rate is printed in the largest unit that leaves a whole number")
{
    CHECK(to_string(Rate{100'000'000}) == "100Mb/s");
    CHECK(to_string(Rate{1'500'000}) == "1500kb/s");
    CHECK(to_string(Rate{2'000'000'000}) == "2Gb/s");
    CHECK(to_string(Rate{16'001}) == "16001b/s");
}

TEST_CASE("a bucket holds ten frames of a slow rate and four milliseconds of a fast one")
{
    CHECK(net::bucket_for({1'000'000}, 1500).burst_bytes == 15180);
    CHECK(net::bucket_for({1'000'000'000}, 1500).burst_bytes == 500'000);
    CHECK(net::bucket_for({1'000'000'000}, 1500).queue_bytes == 12'500'000);
}
