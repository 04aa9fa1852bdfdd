#include "netlink/use/xtables_use.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/unique_fd.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <net/if.h>

#include <linux/netfilter/xt_physdev.h>
#include <linux/netfilter_arp/arp_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <functional>
#include <set>
#include <string_view>
#include <type_traits>

namespace netlink {

namespace {

using net::FirewallUse;

// What the three kinds of tables have in common, and where they differ.
struct Ipv4 {
    static constexpr std::array hooks{"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};
    static constexpr const char* tool = "iptables";
    static constexpr const char* names = "/proc/net/ip_tables_names";
    static constexpr int family = AF_INET;
    static constexpr int level = SOL_IP;
    static constexpr int get_info = IPT_SO_GET_INFO;
    static constexpr int get_entries = IPT_SO_GET_ENTRIES;
    static constexpr std::uint8_t not_in = IPT_INV_VIA_IN;
    static constexpr std::uint8_t not_out = IPT_INV_VIA_OUT;
    using Info = ipt_getinfo;
    using Entries = ipt_get_entries;
    using Entry = ipt_entry;
    static ipt_ip& about(Entry& entry) { return entry.ip; }
};

struct Ipv6 {
    static constexpr std::array hooks{"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};
    static constexpr const char* tool = "ip6tables";
    static constexpr const char* names = "/proc/net/ip6_tables_names";
    static constexpr int family = AF_INET6;
    static constexpr int level = SOL_IPV6;
    static constexpr int get_info = IP6T_SO_GET_INFO;
    static constexpr int get_entries = IP6T_SO_GET_ENTRIES;
    static constexpr std::uint8_t not_in = IP6T_INV_VIA_IN;
    static constexpr std::uint8_t not_out = IP6T_INV_VIA_OUT;
    using Info = ip6t_getinfo;
    using Entries = ip6t_get_entries;
    using Entry = ip6t_entry;
    static ip6t_ip6& about(Entry& entry) { return entry.ipv6; }
};

struct Arp {
    static constexpr std::array hooks{"INPUT", "OUTPUT", "FORWARD"};
    static constexpr const char* tool = "arptables";
    static constexpr const char* names = "/proc/net/arp_tables_names";
    static constexpr int family = AF_INET;
    static constexpr int level = SOL_IP;
    static constexpr int get_info = ARPT_SO_GET_INFO;
    static constexpr int get_entries = ARPT_SO_GET_ENTRIES;
    static constexpr std::uint16_t not_in = ARPT_INV_VIA_IN;
    static constexpr std::uint16_t not_out = ARPT_INV_VIA_OUT;
    using Info = arpt_getinfo;
    using Entries = arpt_get_entries;
    using Entry = arpt_entry;
    static arpt_arp& about(Entry& entry) { return entry.arp; }
};

using Blob = std::vector<char>;

// An interface that a rule asks for; the mask is empty if it asks for none.
struct Asked {
    char* name;
    unsigned char* mask;
    bool differs;
    const char* option; // "-i"

    bool asks() const { return mask[0] != 0; }
    bool is(const NameBytes& other) const
    {
        for (std::size_t i = 0; i < other.size(); ++i)
            if (((static_cast<unsigned char>(name[i]) ^ other[i]) & mask[i]) != 0)
                return false;
        return true;
    }
    bool is_whole() const { return mask[::strnlen(name, IFNAMSIZ - 1)] != 0; }
    std::string words() const
    {
        return std::string(differs ? "! " : "") + option + " " + name + (is_whole() ? "" : "+");
    }
};

template <class Kind> class Table {
public:
    Table(std::string name, const Exchange& exchange)
        : name_(std::move(name))
        , exchange_(exchange)
    { }

    // Somebody may change the table between our two questions.
    std::vector<FirewallUse> read(int fd)
    {
        for (int tries = 10;; --tries)
            try {
                return read_once(fd);
            } catch (const base::SystemError& error) {
                if (error.code != EAGAIN || tries == 0)
                    throw;
            }
    }

private:
    std::vector<FirewallUse> read_once(int fd)
    {
        typename Kind::Info info{};
        name_.copy(info.name, sizeof info.name - 1);
        ask(fd, Kind::get_info, &info, sizeof info);
        constexpr auto head = offsetof(typename Kind::Entries, entrytable);
        Blob blob(head + info.size);
        auto* const question = reinterpret_cast<typename Kind::Entries*>(blob.data());
        name_.copy(question->name, sizeof question->name - 1);
        question->size = info.size;
        ask(fd, Kind::get_entries, blob.data(), blob.size());
        walk(blob.data() + head, info);
        return finish();
    }

    void ask(int fd, int what, void* answer, std::size_t size) const
    {
        auto length = static_cast<socklen_t>(size);
        if (::getsockopt(fd, Kind::level, what, answer, &length) != 0)
            throw base::SystemError(errno, "reading the table " + name_ + " of " + Kind::tool);
    }

    void walk(char* entries, const typename Kind::Info& info)
    {
        for (unsigned at = 0; at + sizeof(typename Kind::Entry) <= info.size;) {
            auto& entry = *reinterpret_cast<typename Kind::Entry*>(entries + at);
            if (entry.next_offset < sizeof entry || entry.next_offset > info.size - at)
                return;
            for (unsigned hook = 0; hook < std::size(info.hook_entry); ++hook)
                if ((info.valid_hooks & (1U << hook)) != 0 && info.hook_entry[hook] == at)
                    enter(Kind::hooks[hook]);
            take(entry);
            at += entry.next_offset;
        }
    }

    void enter(const std::string& chain)
    {
        chain_ = chain;
        number_ = 0;
    }

    // A chain of somebody's own begins with an entry whose target bears its name.
    void take(typename Kind::Entry& entry)
    {
        auto* const bytes = reinterpret_cast<char*>(&entry);
        const auto* const target = reinterpret_cast<const xt_entry_target*>(bytes + entry.target_offset);
        if (entry.next_offset - entry.target_offset >= static_cast<int>(sizeof(xt_error_target))
            && std::string_view(target->u.user.name) == XT_ERROR_TARGET)
            return enter(reinterpret_cast<const xt_error_target*>(target)->errorname);
        ++number_;
        auto& about = Kind::about(entry);
        const Asked in{about.iniface, about.iniface_mask, (about.invflags & Kind::not_in) != 0, "-i"};
        const Asked out{about.outiface, about.outiface_mask, (about.invflags & Kind::not_out) != 0, "-o"};
        judge(entry, in, out);
        if constexpr (!std::is_same_v<Kind, Arp>)
            look_at_matches(bytes + sizeof entry, bytes + entry.target_offset);
    }

    void judge(typename Kind::Entry& entry, const Asked& in, const Asked& out)
    {
        bool answers = false;
        std::string words;
        for (const auto* each : {&in, &out}) {
            if (!each->asks() || each->is(exchange_.card) == each->is(exchange_.successor))
                continue;
            if (each->is(exchange_.card) && words.empty())
                words = each->words();
            answers |= each->is(exchange_.successor) && !each->differs;
            if (each->is_whole()) { // alike, but for the name
                std::fill_n(each->name, IFNAMSIZ, '@');
                std::fill_n(each->mask, IFNAMSIZ, 0xff);
            }
        }
        if (words.empty() && !answers)
            return;
        entry.counters = {};
        entry.comefrom = 0;
        const auto likeness = std::hash<std::string_view>()(
            std::string_view(reinterpret_cast<const char*>(&entry), entry.next_offset));
        if (answers)
            answered_.insert({chain_, likeness});
        if (!words.empty())
            rules_.push_back({chain_, words + " (rule " + std::to_string(number_) + ")", likeness});
    }

    // Of the matches, physdev alone names interfaces.
    void look_at_matches(const char* begin, const char* end)
    {
        while (begin + sizeof(xt_entry_match) <= end) {
            const auto& match = *reinterpret_cast<const xt_entry_match*>(begin);
            if (match.u.match_size < sizeof match || begin + match.u.match_size > end)
                return;
            if (std::string_view(match.u.user.name) == "physdev"
                && match.u.match_size >= sizeof match + sizeof(xt_physdev_info))
                look_at(*reinterpret_cast<const xt_physdev_info*>(match.data));
            begin += match.u.match_size;
        }
    }

    void look_at(const xt_physdev_info& ports)
    {
        const auto is = [&](const char* name) {
            return std::memcmp(name, exchange_.card.data(), exchange_.card.size()) == 0;
        };
        if (is(ports.physindev))
            tell(chain_, std::string("--physdev-in ") + ports.physindev, true);
        else if (is(ports.physoutdev))
            tell(chain_, std::string("--physdev-out ") + ports.physoutdev, true);
    }

    std::vector<FirewallUse> finish()
    {
        for (const auto& rule : rules_)
            if (!answered_.contains({rule.chain, rule.likeness}))
                tell(rule.chain, rule.words, false);
        return std::move(uses_);
    }

    void tell(const std::string& chain, const std::string& words, bool of_ports)
    {
        for (auto& use : uses_)
            if (use.chain == chain && use.of_ports == of_ports) {
                ++use.rules;
                return;
            }
        uses_.push_back(
            {.tool = Kind::tool, .table = name_, .chain = chain, .rule = words, .of_ports = of_ports});
    }

    struct Rule {
        std::string chain;
        std::string words;
        std::size_t likeness;
    };

    std::string name_;
    const Exchange& exchange_;
    std::string chain_ = {};
    unsigned number_ = 0;
    std::vector<Rule> rules_ = {};
    std::set<std::pair<std::string, std::size_t>> answered_ = {};
    std::vector<FirewallUse> uses_ = {};
};

template <class Kind> void append_uses(std::vector<FirewallUse>& uses, const Exchange& exchange)
{
    const auto names = base::words(base::read_file(Kind::names).value_or(""));
    if (names.empty())
        return;
    const base::UniqueFd fd(::socket(Kind::family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
    if (!fd)
        throw base::SystemError(errno, std::string("looking at ") + Kind::tool);
    for (const auto& name : names)
        for (auto& use : Table<Kind>(name, exchange).read(fd.get()))
            uses.push_back(std::move(use));
}

} // namespace

std::vector<FirewallUse> xtables_use(const Exchange& exchange)
{
    std::vector<FirewallUse> uses;
    append_uses<Ipv4>(uses, exchange);
    append_uses<Ipv6>(uses, exchange);
    append_uses<Arp>(uses, exchange);
    return uses;
}

} // namespace netlink
