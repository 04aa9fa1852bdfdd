#include "netlink/use/nft_use.h"

#include "base/error.h"
#include "netlink/use/dump.h"
#include "netlink/use/key_set.h"
#include "netlink/use/nft_rule.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>
#include <functional>
#include <map>
#include <set>
#include <tuple>

namespace netlink {

namespace {

using net::Attributes;
using net::FirewallUse;

constexpr std::size_t most_rules = 4096; // that are remembered; so many are enough to refuse

struct Place {
    int family;
    std::string table;
    std::string chain;

    auto operator<=>(const Place&) const = default;
};

struct FoundRule {
    Place place;
    std::string words;
    std::uint64_t handle;
    bool of_ports;
    std::size_t likeness;
};

struct FoundLookup {
    Place place;
    std::uint64_t handle;
    SetLookup lookup;
};

Message request(std::uint16_t type, int family)
{
    Message message(static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type), 0);
    message.add_header(nfgenmsg{static_cast<std::uint8_t>(family), NFNETLINK_V0, 0});
    return message;
}

std::string family_words(int family)
{
    switch (family) {
    case NFPROTO_INET:
        return "inet";
    case NFPROTO_IPV4:
        return "ip";
    case NFPROTO_IPV6:
        return "ip6";
    case NFPROTO_ARP:
        return "arp";
    case NFPROTO_BRIDGE:
        return "bridge";
    default:
        return "family " + std::to_string(family);
    }
}

class Reader {
public:
    explicit Reader(const Exchange& exchange)
        : exchange_(exchange)
    { }

    std::vector<FirewallUse> read()
    {
        dump(NETLINK_NETFILTER, request(NFT_MSG_GETRULE, NFPROTO_UNSPEC), "listing the rules of nftables",
            [this](const nlmsghdr* message) { take_rule(message); });
        for (const auto& rule : rules_)
            if (!answered_.contains({rule.place, rule.likeness}))
                tell(rule.place, rule.words, rule.handle, {}, rule.of_ports);
        for (const auto& found : lookups_)
            if (const auto& key = found.lookup; tells_apart(found))
                tell(found.place, key.words + " @" + key.set, found.handle, key.set,
                    found.place.family == NFPROTO_BRIDGE);
        return std::move(uses_);
    }

private:
    void take_rule(const nlmsghdr* message)
    {
        const auto* const head = static_cast<const nfgenmsg*>(nlmsg_data(message));
        const auto attributes = attributes_of(message, sizeof(nfgenmsg));
        const Place place{
            head->nfgen_family, attributes.text(NFTA_RULE_TABLE), attributes.text(NFTA_RULE_CHAIN)};
        if (place.family == NFPROTO_NETDEV || place.table.starts_with("dom0net"))
            return;
        const auto handle = be64toh(attributes.get<std::uint64_t>(NFTA_RULE_HANDLE).value_or(0));
        auto rule = read_nft_rule(nested(attributes, NFTA_RULE_EXPRESSIONS), exchange_);
        const auto likeness = std::hash<std::string>()(rule.likeness);
        if (rule.names_successor && answered_.size() < most_rules)
            answered_.insert({place, likeness});
        if (!rule.words.empty() && rules_.size() < most_rules)
            rules_.push_back({place, std::move(rule.words), handle,
                rule.of_ports || place.family == NFPROTO_BRIDGE, likeness});
        for (auto& lookup : rule.lookups)
            if (lookups_.size() < most_rules)
                lookups_.push_back({place, handle, std::move(lookup)});
    }

    // Each set is read once, however many rules ask it.
    bool tells_apart(const FoundLookup& found)
    {
        const auto key = std::tuple(
            found.place.family, found.place.table, found.lookup.set, found.lookup.words, found.lookup.offset);
        const auto known = sets_.find(key);
        if (known != sets_.end())
            return known->second;
        return sets_[key] = read_set(found);
    }

    bool read_set(const FoundLookup& found) const
    {
        KeySet keys(exchange_, found.lookup.offset, found.lookup.by_index);
        auto question = request(NFT_MSG_GETSETELEM, found.place.family);
        question.put(NFTA_SET_ELEM_LIST_TABLE, found.place.table);
        question.put(NFTA_SET_ELEM_LIST_SET, found.lookup.set);
        dump(NETLINK_NETFILTER, std::move(question), "reading the set " + found.lookup.set,
            [&](const nlmsghdr* message) {
                const auto elements =
                    nested(attributes_of(message, sizeof(nfgenmsg)), NFTA_SET_ELEM_LIST_ELEMENTS);
                for (const auto& element : elements.all())
                    keys.add(Attributes::parse(element.value));
            });
        return keys.tells_apart();
    }

    void tell(const Place& place, const std::string& words, std::uint64_t handle, const std::string& set,
        bool of_ports)
    {
        const auto table = family_words(place.family) + " " + place.table;
        for (auto& use : uses_)
            if (use.table == table && use.chain == place.chain && use.set == set
                && use.of_ports == of_ports) {
                ++use.rules;
                return;
            }
        uses_.push_back({.tool = "nftables",
            .table = table,
            .chain = place.chain,
            .rule = words + " (handle " + std::to_string(handle) + ")",
            .set = set,
            .of_ports = of_ports});
    }

    const Exchange& exchange_;
    std::vector<FoundRule> rules_ = {};
    std::set<std::pair<Place, std::size_t>> answered_ = {};
    std::vector<FoundLookup> lookups_ = {};
    std::map<std::tuple<int, std::string, std::string, std::string, std::size_t>, bool> sets_ = {};
    std::vector<FirewallUse> uses_ = {};
};

} // namespace

std::vector<FirewallUse> nft_use(const Exchange& exchange)
{
    try {
        return Reader(exchange).read();
    } catch (const base::SystemError& error) {
        if (error.code == EPROTONOSUPPORT || error.code == EOPNOTSUPP || error.code == EINVAL)
            return {}; // a kernel without nf_tables
        throw;
    }
}

} // namespace netlink
