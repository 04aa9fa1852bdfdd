#include "machine.h"

#include "base/error.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>

namespace test {

namespace {

std::optional<netlink::Kernel> current; // of the namespace that we are in

netlink::Kernel& fresh_kernel()
{
    current.reset();
    enter_fresh_network();
    return current.emplace();
}

} // namespace

Linux::Linux()
    : kernel(fresh_kernel())
{ }

Linux::~Linux()
{
    current.reset();
}

void Linux::add_plain_bridge(const std::string& name)
{
    ip("link add name " + name + " type bridge stp_state 0 forward_delay 0");
    change(kernel, name, {.addr_gen_mode = net::AddrGenMode::none});
}

void Linux::add_alternative_name(const std::string& link, const std::string& name)
{
    ip("link property add dev " + link + " altname " + name);
}

std::string ip_says(const std::string& words)
{
    return said_by("ip " + words);
}

std::string said_by(const std::string& command)
{
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), [](FILE*) { return 0; });
    std::string said;
    std::array<char, 4096> piece;
    while (const auto got = std::fread(piece.data(), 1, piece.size(), pipe.get()))
        said.append(piece.data(), got);
    if (::pclose(pipe.get()) != 0)
        throw std::runtime_error(command + " failed");
    return said;
}

void ip(const std::string& words)
{
    ip_says(words);
}

void plug_in_down(net::Kernel& kernel, const std::string& card, const std::string& far_end)
{
    kernel.apply(net::CreateVethPair{name(card), name(far_end)});
    for (const auto& each : {card, far_end})
        change(kernel, each, {.addr_gen_mode = net::AddrGenMode::none});
}

void plug_in(net::Kernel& kernel, const std::string& card, const std::string& far_end)
{
    plug_in_down(kernel, card, far_end);
    set_up(kernel, far_end);
    set_up(kernel, card);
}

void change(net::Kernel& kernel, const std::string& which, const net::LinkSettings& to)
{
    kernel.apply(net::ChangeLink{name(which), to, {}});
}

void set_up(net::Kernel& kernel, const std::string& which, bool up)
{
    change(kernel, which, {.up = up});
}

void set_master(net::Kernel& kernel, const std::string& port, const std::string& bridge)
{
    change(kernel, port, {.master = bridge.empty() ? std::optional<net::IfName>() : name(bridge)});
}

void add(net::Kernel& kernel, const net::Entry& entry)
{
    kernel.apply(net::AddEntry{entry});
}

void remove(net::Kernel& kernel, const net::Entry& entry)
{
    kernel.apply(net::RemoveEntry{entry});
}

net::Link link(const net::Kernel& kernel, const std::string& which)
{
    return kernel.link(name(which));
}

bool is_port(const net::Kernel& kernel, const std::string& port, const std::string& bridge)
{
    return link(kernel, port).master == link(kernel, bridge).index;
}

std::vector<net::Entry> kept(const net::Kernel& kernel, net::Table table, const std::string& device)
{
    std::vector<net::Entry> entries;
    for (const auto& each : kernel.entries(table, name(device)))
        if (!is_kernels_own(each))
            entries.push_back(normalized(each));
    return entries;
}

std::vector<std::string> texts(const net::Kernel& kernel, net::Table table, const std::string& device)
{
    std::vector<std::string> all;
    for (const auto& each : kept(kernel, table, device))
        all.push_back(to_string(each));
    if (table == net::Table::routes)
        std::ranges::sort(all);
    return all;
}

int code_of(net::Kernel& kernel, const net::Step& step)
{
    try {
        kernel.apply(step);
    } catch (const base::SystemError& error) {
        return error.code;
    }
    return 0;
}

bool eventually(const std::function<bool()>& comes_true)
{
    constexpr int most_milliseconds = 10000;
    for (int waited = 0; waited < most_milliseconds; ++waited) {
        if (comes_true())
            return true;
        ::poll(nullptr, 0, 1);
    }
    return false;
}

} // namespace test
