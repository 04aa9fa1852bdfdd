#include "netlink/use/dump.h"

#include "base/error.h"
#include "netlink/connection.h"

namespace netlink {

void dump(int protocol, Message request, const std::string& doing,
    const std::function<void(const nlmsghdr*)>& handler)
{
    Connection connection(protocol);
    request.header()->nlmsg_flags |= NLM_F_DUMP;
    connection.send(request, doing);
    int code = 0;
    const auto is_last = [&](const nlmsghdr* head) {
        const bool ends = head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE;
        if (ends && nlmsg_datalen(head) >= static_cast<int>(sizeof(int)))
            code = -*static_cast<const int*>(nlmsg_data(head));
        else if (!ends)
            handler(head);
        return ends;
    };
    while (!connection.receive(doing, is_last)) { }
    if (code != 0)
        throw base::SystemError(code, doing);
}

} // namespace netlink
