#include "netlink/use/card_use.h"

#include "base/error.h"
#include "netlink/use/device_use.h"
#include "netlink/use/nft_use.h"
#include "netlink/use/socket_use.h"
#include "netlink/use/xtables_use.h"

#include <functional>

namespace netlink {

namespace {

// One thing that cannot be looked at hides no other.
void look(net::CardUse& use, const std::function<void()>& at)
{
    try {
        at();
    } catch (const base::SystemError& error) {
        use.unknown.emplace_back(error.what());
    }
}

} // namespace

net::CardUse card_use(const net::Link& card, const net::IfName& successor)
{
    net::CardUse use;
    const Exchange exchange{card.index, name_bytes(card.name), name_bytes(successor)};
    const auto append = [&](std::vector<net::FirewallUse> more) {
        use.firewall.insert(use.firewall.end(), more.begin(), more.end());
    };
    look(use, [&] { append(nft_use(exchange)); });
    look(use, [&] { append(xtables_use(exchange)); });
    look(use, [&] { use.sockets = bound_sockets(card.index); });
    look(use, [&] { use.holders = holders(card.index); });
    look(use, [&] { use.xdp = has_xdp(card.index); });
    look(use, [&] { use.queues = queues(card.index); });
    look(use, [&] { use.filters = filters(card.index); });
    return use;
}

} // namespace netlink
