#include "base/error.h"
#include "catch.h"
#include "json_server.h"
#include "ovs/connection_json.h"
#include "ovs/database.h"

using nlohmann::json;
using ovs::Connection;
using ovs::MessageScanner;
using Send = test::JsonServer::Send;
using std::chrono::milliseconds;

namespace {

std::vector<std::string> scanned(const std::string& text, std::size_t piece)
{
    MessageScanner scanner;
    std::vector<std::string> found;
    for (std::size_t i = 0; i < text.size(); i += piece) {
        scanner.add(std::string_view(text).substr(i, piece));
        while (auto message = scanner.next())
            found.push_back(*std::move(message));
    }
    return found;
}

// Asks a server that behaves so, for at most so long.
json asked(const test::JsonServer::Answer& answer, milliseconds patience = milliseconds(5000))
{
    test::JsonServer server(answer);
    Connection connection(server.path(), Connection::Clock::now() + patience);
    return connection.result(connection.send("list_dbs", json::array()));
}

std::string answer_to(const json& message, const json& result)
{
    return json{{"id", message["id"]}, {"error", nullptr}, {"result", result}}.dump();
}

} // namespace

TEST_CASE("OVSDB's messages end where their brackets balance, in whatever pieces they come")
{
    const std::string one = R"({"a":[{"b":"}]\"{"},1]})";
    const std::string two = R"({"c":"\\"})";
    for (const std::size_t piece : {1, 2, 3, 7, 100})
        CHECK(scanned(one + two + " \n" + one, piece) == std::vector{one, two, one});
}

TEST_CASE("what is no OVSDB message, or is longer than any, is refused")
{
    MessageScanner scanner;
    scanner.add("HTTP/1.1 400");
    CHECK_THROWS_WITH(scanner.next(), Catch::Contains("no message"));
    MessageScanner other;
    other.add("{\"a\":\"" + std::string(MessageScanner::longest, 'x'));
    CHECK_THROWS_WITH(other.next(), Catch::Contains("longer than"));
}

TEST_CASE("an OVSDB server's echo is answered, and is no answer")
{
    json echoed;
    const auto result = asked([&](const json& message, const Send& send) {
        if (message.value("method", "") == "list_dbs") {
            send(R"({"method":"echo","id":"echo","params":["there?"]})");
            return true;
        }
        echoed = message;
        send(answer_to({{"id", 1}}, json::array({"Open_vSwitch"})));
        return true;
    });
    CHECK(result == json::array({"Open_vSwitch"}));
    CHECK(echoed["id"] == "echo");
    CHECK(echoed["result"] == json::array({"there?"}));
}

TEST_CASE("an answer to another request is passed over")
{
    const auto result = asked([](const json& message, const Send& send) {
        send(answer_to({{"id", 77}}, "wrong") + answer_to(message, "right"));
        return true;
    });
    CHECK(result == "right");
}

TEST_CASE("an OVSDB server that errs is quoted")
{
    CHECK_THROWS_WITH(asked([](const json& message, const Send& send) {
        send(json{{"id", message["id"]}, {"error", "unknown database"}, {"result", nullptr}}.dump());
        return true;
    }),
        Catch::Contains("unknown database"));
}

TEST_CASE("whatever an OVSDB server does, asking it ends")
{
    const auto silent = [](const json&, const Send&) { return true; };
    CHECK_THROWS_AS(asked(silent, milliseconds(50)), ovs::TimedOut);

    const auto closing = [](const json&, const Send&) { return false; };
    CHECK_THROWS_WITH(asked(closing), Catch::Contains("closed the connection"));

    const auto babbling = [](const json&, const Send& send) {
        for (int i = 0; i < 2000; ++i)
            send(R"({"method":"update","id":null,"params":["x",{}]})");
        return true;
    };
    CHECK_THROWS_WITH(asked(babbling), Catch::Contains("more updates than"));

    const auto huge = [](const json&, const Send& send) {
        const std::string part(1 << 20, 'x');
        send("{\"result\":\"");
        for (int i = 0; i < 100; ++i)
            send(part);
        return true;
    };
    CHECK_THROWS_WITH(asked(huge), Catch::Contains("longer than"));

    const auto deep = [](const json&, const Send& send) {
        send("{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}");
        return true;
    };
    CHECK_THROWS_WITH(asked(deep), Catch::Contains("nested deeper"));

    const auto nonsense = [](const json&, const Send& send) {
        send("{]");
        return true;
    };
    CHECK_THROWS_AS(asked(nonsense), base::Error);
}

TEST_CASE("a server that says a byte now and then is not waited for longer than one that says nothing")
{
    CHECK_THROWS_AS(asked(
                        [](const json&, const Send& send) {
                            for (int i = 0; i < 20; ++i) {
                                send("{");
                                std::this_thread::sleep_for(milliseconds(10));
                            }
                            return true;
                        },
                        milliseconds(50)),
        ovs::TimedOut);
}

TEST_CASE("a database that is not there is named, with the reason")
{
    CHECK_THROWS_WITH(ovs::Database("/nowhere/db.sock").look({}, {}),
        Catch::Contains("/nowhere/db.sock") && Catch::Contains("No such file"));
    CHECK_THROWS_WITH(ovs::Database(std::string(200, 'x')).look({}, {}), Catch::Contains("too long"));
}
