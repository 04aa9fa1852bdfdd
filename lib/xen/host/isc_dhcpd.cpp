#include "xen/host/isc_dhcpd.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <functional>

namespace xen {

namespace {

using Words = std::vector<std::string>;

constexpr const char* isc_network = "subnet 10.0.0.0 netmask 255.255.0.0";
constexpr std::array<std::string_view, 4> lists{
    "DHCPDARGS=", "DHCPD_INTERFACE=", "INTERFACES=", "INTERFACESv4="};

// Each line through the function; nothing from it means that the line goes.
std::string edited(
    const std::string& text, const std::function<std::optional<std::string>(const std::string&)>& edit)
{
    std::string result;
    auto lines = base::split(text, '\n');
    if (lines.back().empty())
        lines.pop_back();
    for (const auto& line : lines)
        if (const auto kept = edit(line))
            result += *kept + "\n";
    return result;
}

bool is_line_of_host(const std::string& line, const std::string& name)
{
    const auto words = base::words(line);
    return words.size() > 2 && words[0] == "host" && (words[1] == name || words[1] == name + "{")
        && words.back().ends_with("}");
}

// The words of a resolver's file's lines that begin so.
std::string first_word_after(const std::string& keyword, const std::string& text)
{
    for (const auto& line : base::split(text, '\n'))
        if (const auto words = base::words(line); words.size() > 1 && words[0] == keyword)
            return words[1];
    return {};
}

std::string last_word_after(const Words& keywords, const std::string& text)
{
    std::string found;
    for (const auto& line : base::split(text, '\n'))
        if (const auto words = base::words(line);
            words.size() > 1 && std::ranges::find(keywords, words[0]) != keywords.end())
            found = words[1];
    return found;
}

std::string_view unquoted(std::string_view value)
{
    for (const char quote : {'"', '\''})
        if (value.size() >= 2 && value.front() == quote && value.back() == quote)
            return value.substr(1, value.size() - 2);
    return value;
}

std::string edit_lists(const std::string& text, const std::function<void(Words&)>& edit)
{
    return edited(text, [&](const std::string& line) {
        const auto* const list =
            std::ranges::find_if(lists, [&](auto each) { return line.starts_with(each); });
        if (list == lists.end())
            return std::optional(line);
        const auto value = unquoted(base::trim(std::string_view(line).substr(list->size())));
        auto words = base::words(value);
        const auto before = words;
        edit(words);
        return std::optional(
            words == before ? line : std::string(*list) + "\"" + base::join(words, " ") + "\"");
    });
}

} // namespace

std::string isc_host_line(const DhcpHost& host)
{
    return "host " + host.name + " { hardware ethernet " + to_string(host.mac) + "; fixed-address "
        + to_string(host.address) + "; option routers " + to_string(host.router) + "; option host-name \""
        + host.name + "\"; }";
}

std::string without_isc_host(const std::string& configuration, const std::string& name)
{
    return edited(configuration, [&](const std::string& line) {
        return is_line_of_host(line, name) ? std::nullopt : std::optional(line);
    });
}

std::string with_isc_host(const std::string& configuration, const DhcpHost& host)
{
    return without_isc_host(configuration, host.name) + isc_host_line(host) + "\n";
}

std::string with_isc_network(const std::string& configuration, const std::string& resolver)
{
    if (configuration.find("subnet 10.0.0.0") != std::string::npos)
        return configuration;
    const auto domain = last_word_after({"search", "domain"}, resolver);
    const auto server = first_word_after("nameserver", resolver);
    return edited(configuration, [](const std::string& line) { return std::optional(line); }) + isc_network
        + " { " + (domain.empty() ? "" : "option domain-name \"" + domain + "\"; ")
        + (server.empty() ? "" : "option domain-name-servers " + server + "; ") + "}\n";
}

std::string without_isc_network(const std::string& configuration)
{
    return edited(configuration, [](const std::string& line) {
        const bool ours = line.starts_with(isc_network) && line.ends_with("}");
        return ours ? std::nullopt : std::optional(line);
    });
}

std::string with_interface(const std::string& arguments, const net::IfName& device)
{
    return edit_lists(arguments, [&](Words& words) {
        if (std::ranges::find(words, device.str()) == words.end())
            words.push_back(device.str());
    });
}

std::string without_interface(const std::string& arguments, const net::IfName& device)
{
    return edit_lists(arguments, [&](Words& words) { std::erase(words, device.str()); });
}

} // namespace xen
