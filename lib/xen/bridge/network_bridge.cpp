#include "xen/bridge/network_bridge.h"

#include "base/error.h"
#include "base/text.h"
#include "xen/bridge/host_facts.h"
#include "xen/bridge/report.h"
#include "xen/bridge/status.h"
#include "xen/vif/filter.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace xen {

namespace {

using net::IfName;

constexpr unsigned most_vifnum = 9999;

std::optional<IfName> name_word(const Words& words, const std::string& name, const net::KernelView& kernel)
{
    const auto text = words.find_word(name);
    if (!text || text->empty())
        return std::nullopt;
    return net::own_name(kernel, net::DeviceName::parse(*text));
}

bool yes_or_no(const Words& words, const std::string& name)
{
    const auto text = words.find_word(name).value_or("no");
    if (text != "yes" && text != "no")
        throw base::UsageError(name + "=" + base::quoted(text) + " is neither yes nor no");
    return text == "yes";
}

// The card of vifnum=N is ethN, if there is one.
std::optional<IfName> card_of_number(const std::string& number, const net::KernelView& kernel)
{
    if (!base::parse_number(number, most_vifnum))
        throw base::UsageError("vifnum=" + base::quoted(number) + " is not a number");
    const auto name = IfName::parse("eth" + number);
    return kernel.find_link(name) ? std::optional(name) : std::nullopt;
}

IfName usual_bridge(const IfName& netdev)
{
    const auto number = netdev.str().starts_with("eth") ? netdev.str().substr(3) : std::string();
    return IfName::parse(base::parse_number(number) ? "xenbr" + number : "xenbr0");
}

std::uint32_t metric(const net::Entry& route)
{
    return route.attributes.get<std::uint32_t>(RTA_PRIORITY).value_or(0);
}

std::optional<IfName> device_of(const net::Entry& route)
{
    return route.device || route.hops.empty() ? route.device : std::optional(route.hops.front().device);
}

// The device of the best default route, of IPv4 before IPv6.
std::optional<IfName> default_device(const net::KernelView& kernel)
{
    auto routes = kernel.default_routes();
    std::erase_if(routes, [](const net::Entry& route) { return !device_of(route); });
    const auto best = std::ranges::min_element(routes, [](const net::Entry& one, const net::Entry& other) {
        const bool one_is_v6 = one.family() != AF_INET;
        const bool other_is_v6 = other.family() != AF_INET;
        return one_is_v6 != other_is_v6 ? other_is_v6 : metric(one) < metric(other);
    });
    return best == routes.end() ? std::nullopt : device_of(*best);
}

std::string count(std::size_t number, const std::string& thing, const std::string& things)
{
    return std::to_string(number) + " " + (number == 1 ? thing : things);
}

void check_same_pair(const BridgeRecord& record, const BridgeRequest& request)
{
    const auto& pair = record.pair;
    const bool same_card = !request.netdev || request.netdev == pair.netdev || request.netdev == pair.port;
    // An alternative name stays with the card when the bridge takes its name.
    const bool has_cards_name = pair.bridge == pair.netdev && request.bridge == pair.port;
    const bool same_bridge = !request.bridge || request.bridge == pair.bridge || has_cards_name;
    if (!same_card || !same_bridge)
        throw base::Error(pair.port.str() + " is a port of " + pair.bridge.str()
            + " already: stop that first (network-bridge stop bridge=" + pair.bridge.str() + ")");
}

std::string lost_routes(const net::KernelView& kernel, const DeviceState& wanted)
{
    if (!kernel.find_link(wanted.link.name))
        return wanted.link.name.str() + " is gone, and with it what was on it.\n";
    const auto now = kernel.entries(net::Table::routes, wanted.link.name);
    std::string text;
    for (const auto& route : wanted.routes)
        if (std::ranges::none_of(
                now, [&](const net::Entry& each) { return same_identity(net::normalized(each), route); }))
            text += "The route " + to_string(route) + " is impossible now and could not be given back.\n";
    return text;
}

// What holds a card from within another network namespace, only the kernel knows.
[[noreturn]] void rethrow_explained(const IfName& card)
{
    try {
        throw;
    } catch (const base::SystemError& error) {
        if (error.code != EBUSY)
            throw;
        throw base::Error(std::string(error.what()) + "; something takes what " + card.str()
            + " receives, such as a container's macvlan or ipvlan: end that first");
    }
}

net::Plan plan_whole_move(const BridgeRecord& record, const net::KernelView& kernel)
{
    const auto& pair = record.pair;
    auto plan = record.antispoof ? plan_guard(pair.bridge, kernel.link(pair.netdev), kernel) : net::Plan();
    for (auto& step : plan_move(pair, record.before, kernel))
        plan.push_back(std::move(step));
    return plan;
}

net::Plan plan_whole_return(const BridgePair& pair, const DeviceState& wanted, const net::KernelView& kernel)
{
    auto plan = plan_return(pair, wanted, kernel);
    for (auto& step : plan_guard_removal(pair.bridge, kernel))
        plan.push_back(std::move(step));
    return plan;
}

} // namespace

std::int64_t seconds_since_boot()
{
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

BridgeRequest BridgeRequest::parse(const Words& words, const net::KernelView& kernel)
{
    BridgeRequest request;
    const auto bridge = words.find_word("bridge");
    request.nothing = bridge == "null";
    request.netdev = name_word(words, "netdev", kernel);
    request.bridge = request.nothing ? std::nullopt : name_word(words, "bridge", kernel);
    request.antispoof = yes_or_no(words, "antispoof");
    if (const auto number = words.find_word("vifnum"); number && !number->empty()) {
        const auto card = card_of_number(*number, kernel);
        if (!request.netdev)
            request.netdev = card;
        if (!request.bridge)
            request.bridge = IfName::parse("xenbr" + *number);
    }
    return request;
}

std::optional<BridgeRecord> NetworkBridge::record_of(const IfName& device)
{
    for (auto& record : records_.all())
        if (record.pair.bridge == device || record.pair.netdev == device || record.pair.port == device)
            return std::move(record);
    return std::nullopt;
}

// The card of a bridge that has taken its name may be meant by an alternative one.
std::optional<BridgeRecord> NetworkBridge::record_of_bridge(const IfName& bridge)
{
    if (auto record = records_.find(bridge))
        return record;
    auto record = record_of(bridge);
    return record && record->pair.bridge == record->pair.netdev ? record : std::nullopt;
}

BridgePair NetworkBridge::choose_pair(const BridgeRequest& request)
{
    const auto device = request.netdev ? request.netdev : default_device(kernel_);
    if (!device)
        throw base::Error("there is no default route that would tell the network card: name it with netdev=");
    const auto link = kernel_.find_link(*device);
    if (!link)
        throw base::Error("there is no interface " + device->str());
    return pair_of(*device, request.bridge.value_or(usual_bridge(*device)), link->index);
}

// The record that a call is about: the one that it names, else the only one, else the one that
// carries the default route.
std::optional<BridgeRecord> NetworkBridge::choose_record(const BridgeRequest& request)
{
    if (request.bridge)
        if (auto record = record_of_bridge(*request.bridge))
            return record;
    auto records = records_.all();
    if (request.netdev)
        return record_of(*request.netdev);
    if (request.bridge || records.empty())
        return std::nullopt;
    if (records.size() == 1 && records_.unread().empty())
        return std::move(records.front());
    const auto device = default_device(kernel_);
    auto record = device ? record_of(*device) : std::nullopt;
    if (!record)
        throw base::Error("there are several bridges of network-bridge: say which with bridge= or netdev=");
    return record;
}

bool NetworkBridge::is_in_place(const BridgeRecord& record) const
{
    const auto bridge = kernel_.find_link(record.pair.bridge);
    const auto port = kernel_.find_link(record.pair.port);
    const bool overdue = record.confirm_by && *record.confirm_by <= seconds_since_boot();
    return record.phase == BridgePhase::up && !overdue && bridge && port && port->master == bridge->index;
}

// All that a start is to be judged by.
Situation NetworkBridge::situation_before(const BridgePair& pair) const
{
    Situation now{.from = kernel_.link(pair.netdev), .to = pair.bridge};
    for (const auto& wanted : {pair.bridge, pair.port})
        if (wanted != pair.netdev && kernel_.find_device(wanted))
            now.taken.push_back(wanted);
    now.wireless = is_wireless(pair.netdev);
    if (const auto server = root_server(); server && kernel_.device_towards(*server) == pair.netdev)
        now.root_server = server;
    now.warnings = warnings_about(pair.bridge, kernel_);
    if (look_around_)
        look_around_(now);
    return now;
}

// And a stop.
Situation NetworkBridge::situation_of(const BridgePair& pair) const
{
    const auto bridge = kernel_.find_link(pair.bridge);
    Situation now{.from = bridge.value_or(net::Link{.name = pair.bridge}), .to = pair.netdev};
    if (bridge && look_around_)
        look_around_(now);
    return now;
}

std::string NetworkBridge::move(
    BridgeRecord record, const BridgeOptions& options, const StartRevertTimer& start_revert_timer)
{
    const auto plan = plan_whole_move(record, kernel_);
    records_.write(record);
    std::string doubt;
    try {
        if (record.confirm_by)
            doubt = start_revert_timer(record);
        net::carry_out(plan, kernel_);
        record.phase = BridgePhase::up;
    } catch (const net::IncompleteUndo& error) {
        throw base::Error(std::string(error.what()) + "; run \"dom0net rollback\"");
    } catch (...) { // all is as before, but for the labels of a device that was renamed
        give_back(record, record.before);
        rethrow_explained(record.pair.netdev);
    }
    try {
        records_.write(record);
    } catch (...) { // without a record nobody could undo it later
        give_back(record, record.before);
        throw;
    }
    const auto& pair = record.pair;
    std::string text = pair.port.str() + " is now a port of " + pair.bridge.str() + ", which has its "
        + count(record.before.addresses.size(), "address", "addresses") + " and "
        + count(record.before.routes.size(), "route", "routes") + ".\n";
    if (record.confirm_by)
        text += "Unless you run \"dom0net confirm\" within " + std::to_string(options.confirm->count())
            + " seconds, everything goes back.\n";
    if (!doubt.empty())
        text += "Warning: " + doubt + ": what ends that ends the revert timer too.\n";
    return text;
}

// The record that has the bridge or the card that a start is about.
std::optional<BridgeRecord> NetworkBridge::record_in_the_way(const BridgeRequest& request)
{
    if (request.bridge)
        if (auto record = record_of_bridge(*request.bridge))
            return record;
    const auto device = request.netdev ? request.netdev : default_device(kernel_);
    auto record = device ? record_of(*device) : std::nullopt;
    if (!record && !records_.unread().empty()) // it may be the one
        throw base::Error(records_.unread().front());
    return record;
}

std::string NetworkBridge::start(
    const BridgeRequest& request, const BridgeOptions& options, const StartRevertTimer& start_revert_timer)
{
    if (request.nothing)
        return {};
    const auto lock = records_.lock();
    const auto record = record_in_the_way(request);
    if (record && is_in_place(*record)) {
        check_same_pair(*record, request);
        return report({},
            record->pair.port.str() + " is a port of " + record->pair.bridge.str() + " already.\n",
            options.json);
    }
    std::string text;
    if (record) {
        if (options.dry_run)
            return report({}, plan_whole_return(record->pair, record->target(), kernel_), options.json);
        give_back(*record, record->target());
        text = "A call that was cut short has been undone.\n";
    }
    const auto pair = choose_pair(request);
    const auto findings =
        refuse_or_warn(check_start(situation_before(pair)), options.force || options.confirm.has_value());
    BridgeRecord fresh{.pair = pair, .before = look_at(kernel_, pair.netdev), .antispoof = request.antispoof};
    fresh.before.sysctls = settings_of(kernel_, pair.netdev);
    if (options.confirm)
        fresh.confirm_by = seconds_since_boot() + options.confirm->count();
    if (options.dry_run)
        return report(findings, plan_whole_move(fresh, kernel_), options.json);
    return report(findings, text + move(std::move(fresh), options, start_revert_timer), options.json);
}

std::vector<std::string> NetworkBridge::guest_ports(const BridgePair& pair) const
{
    std::vector<std::string> names;
    if (const auto bridge = kernel_.find_link(pair.bridge); bridge && bridge->is_bridge())
        for (const auto& port : kernel_.ports(*bridge))
            if (port.name != pair.port && port.name != pair.holder)
                names.push_back(port.name.str());
    return names;
}

// What the bridge has now goes to the card: what changed while it was up (a renewed lease, an
// address that was added) is not lost.
DeviceState NetworkBridge::state_to_return(const BridgeRecord& record) const
{
    if (!is_in_place(record))
        return record.target();
    auto state = renamed(look_at(kernel_, record.pair.bridge), record.pair.bridge, record.pair.netdev);
    state.link = record.before.link;
    state.sysctls = record.before.sysctls;
    return state;
}

// Says which routes could not be given back, because nothing leads to their gateway any more.
std::string NetworkBridge::give_back(const BridgeRecord& record, const DeviceState& wanted)
{
    auto returning = record;
    returning.phase = BridgePhase::returning;
    returning.wanted = wanted;
    records_.note(returning);
    try {
        net::carry_out(plan_whole_return(record.pair, wanted, kernel_), kernel_);
    } catch (const net::IncompleteUndo& error) {
        throw base::Error(std::string(error.what()) + "; run \"dom0net rollback\"");
    } catch (...) { // all is as it was, so the record is too
        records_.note(record);
        throw;
    }
    records_.remove(record);
    return lost_routes(kernel_, wanted);
}

std::string NetworkBridge::stop(const BridgeRequest& request, const BridgeOptions& options)
{
    if (request.nothing)
        return {};
    const auto lock = records_.lock();
    const auto record = choose_record(request);
    if (!record && !faults().empty())
        throw base::Error(faults().front() + "; nothing was changed");
    if (!record)
        return report({}, "There is no bridge of network-bridge to stop.\n", options.json);
    const auto& pair = record->pair;
    const auto guests = guest_ports(pair);
    if (!guests.empty() && !options.force)
        throw base::Error("guests are still on " + pair.bridge.str() + ": " + base::join(guests, ", ")
            + "; shut them down first, or use --force to cut them off");
    const auto findings = refuse_or_warn(check_stop(situation_of(pair)), options.force);
    const auto wanted = state_to_return(*record);
    if (options.dry_run)
        return report(findings, plan_whole_return(pair, wanted, kernel_), options.json);
    const auto losses = give_back(*record, wanted);
    return report(findings,
        pair.netdev.str() + " has its addresses and routes back, and " + pair.bridge.str() + " is deleted.\n"
            + losses,
        options.json);
}

std::vector<BridgeRecord> NetworkBridge::chosen_records(const std::optional<IfName>& bridge)
{
    auto records = records_.all();
    if (bridge)
        std::erase_if(records, [&](const BridgeRecord& each) {
            return each.pair.bridge != *bridge && each.pair.netdev != *bridge && each.pair.port != *bridge;
        });
    if (records.empty() && !faults().empty())
        throw base::Error(base::join(faults(), "; "));
    return records;
}

// Why there may be records that are not known.
std::vector<std::string> NetworkBridge::faults() const
{
    auto all = records_.damaged();
    all.insert(all.end(), records_.unread().begin(), records_.unread().end());
    return all;
}

std::string NetworkBridge::roll_back(const std::optional<IfName>& bridge, const BridgeOptions& options)
{
    const auto lock = records_.lock();
    std::string text;
    for (const auto& record : chosen_records(bridge)) {
        if (options.dry_run) {
            text += report({}, plan_whole_return(record.pair, record.before, kernel_), false);
            continue;
        }
        const auto losses = give_back(record, record.before);
        text +=
            record.pair.netdev.str() + " is as it was before " + record.pair.bridge.str() + ".\n" + losses;
    }
    return text.empty() ? "There is nothing to roll back.\n" : text;
}

std::string NetworkBridge::confirm(const std::optional<IfName>& bridge)
{
    const auto lock = records_.lock();
    std::string text;
    for (auto& record : chosen_records(bridge)) {
        if (!record.confirm_by)
            continue;
        record.confirm_by.reset();
        records_.write(record);
        text += record.pair.bridge.str() + " is confirmed and stays.\n";
    }
    return text.empty() ? "There is nothing to confirm.\n" : text;
}

std::string NetworkBridge::revert_unconfirmed(const BridgeRecord& unconfirmed)
{
    const auto lock = records_.lock();
    const auto record = records_.find(unconfirmed.pair.bridge);
    if (!record || !record->confirm_by || record->confirm_by != unconfirmed.confirm_by)
        return {};
    give_back(*record, record->before);
    return unconfirmed.pair.bridge.str() + " was not confirmed in time: " + unconfirmed.pair.netdev.str()
        + " is as it was before.";
}

} // namespace xen
