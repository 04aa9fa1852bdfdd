#include "ovs/database.h"

#include "ovs/connection_json.h"
#include "ovs/requests_json.h"
#include "ovs/values_json.h"

#include <utility>

namespace ovs {

namespace {

using nlohmann::json;

// Monitors: the parameters are the database, a name of ours, and what is asked for.
json cfg_watch(std::int64_t number)
{
    return json::array({"Open_vSwitch", number, {{"Open_vSwitch", {{"columns", json::array({"cur_cfg"})}}}}});
}

// With a condition, so that only this interface is told (ovsdb-server(7), since Open vSwitch 2.6).
json ids_watch(const std::string& port)
{
    const json request = {{"columns", json::array({"external_ids"})},
        {"where", json::array({json::array({"name", "==", port})})}};
    return json::array({"Open_vSwitch", "ids", {{"Interface", json::array({request})}}});
}

// The number in {"Open_vSwitch": {UUID: {"new": {"cur_cfg": N}}}}, if it is there.
std::optional<std::int64_t> cur_cfg(const json& tables)
{
    const auto table = tables.is_object() ? tables.value("Open_vSwitch", json()) : json();
    if (table.is_object())
        for (const auto& row : table)
            if (row.is_object() && row.contains("new"))
                return number_of(column(row["new"], "cur_cfg"));
    return std::nullopt;
}

bool is_true(const Ids& ids, const char* key)
{
    const auto found = ids.find(key);
    return found != ids.end() && found->second == "true";
}

} // namespace

// One exchange with the database, in so much time. What fails leaves no connection behind: nobody knows what
// is still to come on it.
class Database::Talk {
public:
    Talk(Database& database, std::chrono::milliseconds patience)
        : database_(database)
    {
        const auto deadline = Connection::Clock::now() + patience;
        auto& connection = database_.connection_;
        if (!connection)
            connection = std::make_unique<Connection>(database_.socket_, deadline);
        connection->set_deadline(deadline);
    }
    Talk(const Talk&) = delete;
    Talk& operator=(const Talk&) = delete;
    ~Talk()
    {
        if (!done_)
            database_.connection_.reset();
    }

    Connection* operator->() const { return database_.connection_.get(); }
    json transact(const Transaction& request)
    {
        return database_.connection_->result(database_.connection_->send("transact", request.params));
    }
    void end() { done_ = true; }

private:
    Database& database_;
    bool done_ = false;
};

Database::Database(std::string socket, Patience patience)
    : socket_(std::move(socket))
    , patience_(patience)
{ }

Database::~Database() = default;

Sight Database::look(const std::vector<std::string>& bridges, const std::vector<std::string>& ports)
{
    Talk talk(*this, patience_.database);
    auto looked = read_look(talk.transact(look_request(bridges, ports)), bridges, ports);
    if (!looked.to_place.empty())
        read_places(talk.transact(place_request(looked.to_place)), looked);
    talk.end();
    return std::move(looked.sight);
}

std::optional<Port> Database::look_at(const std::string& port)
{
    Talk talk(*this, patience_.database);
    const auto looked = read_look(talk.transact(look_request({}, {port})), {}, {port});
    talk.end();
    const auto* const found = looked.sight.find_port(port);
    return found ? std::optional(*found) : std::nullopt;
}

// False if a demand is not met: what was looked at has changed.
bool Database::change(const Transaction& request)
{
    Talk talk(*this, patience_.database);
    const auto sent = talk->send("transact", request.params);
    watch_ = talk->send("monitor", cfg_watch(sent)); // answered after the change
    try {
        wanted_cfg_ = read_change(talk->result(sent), request.operations());
    } catch (const Refused& refused) {
        if (refused.code() == "timed out")
            return false;
        throw;
    }
    talk.end();
    return true;
}

bool Database::put(const Port& to, const std::optional<Port>& from)
{
    return change(from ? change_request(to, *from) : add_request(to));
}

bool Database::remove(const Port& port)
{
    return change(remove_request(port));
}

bool Database::await_vswitchd()
{
    Talk talk(*this, patience_.vswitchd);
    try {
        auto reached = cur_cfg(talk->result(std::exchange(watch_, 0)));
        while (!reached || *reached < wanted_cfg_)
            reached = cur_cfg(talk->next_update());
    } catch (const TimedOut&) {
        return false;
    }
    talk.end();
    return true;
}

bool Database::await_ovn(const std::string& port)
{
    Talk talk(*this, patience_.ovn);
    try {
        talk->result(talk->send("monitor_cond", ids_watch(port)));
        for (;;) {
            const auto looked = read_look(talk.transact(look_request({}, {port})), {}, {port});
            const auto* const found = looked.sight.find_port(port);
            if (!found || is_true(found->ids, "ovn-installed"))
                return found;
            talk->next_update();
        }
    } catch (const TimedOut&) {
        return false;
    }
}

} // namespace ovs
