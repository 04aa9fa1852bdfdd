// Open vSwitch by its database, the socket of ovsdb-server.
#pragma once

#include "ovs/switch.h"

#include <chrono>
#include <memory>

namespace ovs {

// How long each may take: the database for its answers to one method, vswitchd to take over a port, OVN to
// have its flows in place.
struct Patience {
    std::chrono::milliseconds database{5000};
    std::chrono::milliseconds vswitchd{8000};
    std::chrono::milliseconds ovn{5000};
};

class Connection;
struct Transaction;

class Database final : public Switch {
public:
    // Connects when it is first asked, and anew after what failed.
    explicit Database(std::string socket, Patience patience = {});
    ~Database() override;

    Sight look(const std::vector<std::string>& bridges, const std::vector<std::string>& ports) override;
    std::optional<Port> look_at(const std::string& port) override;
    bool put(const Port& to, const std::optional<Port>& from) override;
    bool remove(const Port&) override;
    bool await_vswitchd() override;
    bool await_ovn(const std::string& port) override;

private:
    class Talk;

    bool change(const Transaction&);

    std::string socket_;
    Patience patience_;
    std::unique_ptr<Connection> connection_;
    std::int64_t wanted_cfg_ = 0; // of our last change
    std::int64_t watch_ = 0; // the request that watches cur_cfg
};

} // namespace ovs
