// What a server says instead of an answer of OVSDB: it is cut into messages and read, or refused, and nothing
// else.
#include "base/error.h"
#include "net/json.h"
#include "ovs/message_scanner.h"
#include "ovs/requests_json.h"
#include "ovs/values_json.h"

#include <cstddef>
#include <cstdint>

namespace {

template <class Action> void try_to(const Action& action)
{
    try {
        action();
    } catch (const base::Error&) { }
}

void read(const std::string& text)
{
    const auto message = net::parse_json(text);
    const auto result = message.value("result", nlohmann::json());
    try_to([&] {
        auto looked = ovs::read_look(result, {"ovsbr0"}, {"vif1.0"});
        ovs::read_places(result, looked);
    });
    try_to([&] { ovs::read_change(result, 3); });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    ovs::MessageScanner scanner;
    scanner.add({reinterpret_cast<const char*>(data), size});
    try_to([&] {
        while (const auto text = scanner.next())
            try_to([&] { read(*text); });
    });
    return 0;
}
