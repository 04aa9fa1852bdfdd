#include "net/types.h"

#include "base/error.h"
#include "base/text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace net {

namespace {

// Folders beside those of the devices, under /proc/sys/net.
constexpr std::array<std::string_view, 2> folders_of_settings{"all", "default"};

bool names_no_device(std::string_view text)
{
    return text == "." || text == ".."
        || std::ranges::find(folders_of_settings, text) != folders_of_settings.end();
}

// dev_valid_name() in net/core/dev.c, sysctl_dev_name_is_allowed() in include/linux/inetdevice.h
bool kernel_takes(std::string_view text)
{
    return !text.empty() && !names_no_device(text)
        && text.find_first_of("/: \t\n\v\f\r\xa0") == std::string_view::npos
        && text.find('\0') == std::string_view::npos;
}

std::optional<std::uint8_t> hex_byte(std::string_view text)
{
    std::uint8_t byte = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), byte, 16);
    if (error != std::errc() || stop != text.data() + text.size() || text.size() != 2)
        return std::nullopt;
    return byte;
}

std::optional<std::string> fault_of(std::string_view text, std::size_t longest)
{
    constexpr std::string_view meaningful_to_shells = "$`\"'\\&|;<>(){}[]*?!#~%=,^";
    const auto forbidden = [&](char c) {
        return c <= ' ' || c > '~' || meaningful_to_shells.find(c) != std::string_view::npos;
    };
    if (text.empty())
        return "it is empty";
    if (text.size() > longest)
        return "it is longer than " + std::to_string(longest) + " characters";
    if (names_no_device(text))
        return "no interface can be called so";
    if (!kernel_takes(text) || std::any_of(text.begin(), text.end(), forbidden))
        return "it has a character that no interface name may have";
    return std::nullopt;
}

void check(std::string_view text, const std::optional<std::string>& fault)
{
    if (fault)
        throw base::UsageError(base::quoted(text) + " is not an interface name: " + *fault);
}

} // namespace

const IfName& IfName::all()
{
    static const IfName name(folders_of_settings[0]);
    return name;
}

const IfName& IfName::defaults()
{
    static const IfName name(folders_of_settings[1]);
    return name;
}

std::optional<std::string> IfName::fault(std::string_view text)
{
    return fault_of(text, longest);
}

std::optional<std::string> DeviceName::fault(std::string_view text)
{
    return fault_of(text, longest);
}

IfName IfName::parse(std::string_view text)
{
    check(text, fault(text));
    return IfName(text);
}

DeviceName DeviceName::parse(std::string_view text)
{
    check(text, fault(text));
    return DeviceName(text);
}

std::optional<IfName> IfName::try_parse(std::string_view text)
{
    return kernel_takes(text) && text.size() <= longest ? std::optional(IfName(text)) : std::nullopt;
}

std::optional<Mac> Mac::try_parse(std::string_view text)
{
    Mac mac;
    const auto pieces = base::split(text, ':');
    if (pieces.size() != mac.bytes.size())
        return std::nullopt;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const auto byte = hex_byte(pieces[i]);
        if (!byte)
            return std::nullopt;
        mac.bytes[i] = *byte;
    }
    return mac;
}

std::string Mac::fault(std::string_view text)
{
    return base::quoted(text)
        + " is not a MAC address: six pairs of hexadecimal digits with ':' between them";
}

Mac Mac::parse(std::string_view text)
{
    if (const auto mac = try_parse(text))
        return *mac;
    throw base::UsageError(fault(text));
}

std::string to_string(const Mac& mac)
{
    constexpr std::string_view hex = "0123456789abcdef";
    std::string text;
    for (const auto byte : mac.bytes) {
        if (!text.empty())
            text += ':';
        text.append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
    }
    return text;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text)
{
    IpAddress address;
    if (text.find('\0') != std::string_view::npos) // inet_pton() would not look further
        return std::nullopt;
    const std::string terminated(text);
    for (const int family : {AF_INET, AF_INET6})
        if (inet_pton(family, terminated.c_str(), address.bytes.data()) == 1) {
            address.family = family;
            return address;
        }
    return std::nullopt;
}

std::string to_string(const IpAddress& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(address.family, address.bytes.data(), text.data(), text.size());
    return text.data();
}

std::string to_string(AddrGenMode mode)
{
    switch (mode) {
    case AddrGenMode::eui64:
        return "eui64";
    case AddrGenMode::none:
        return "none";
    case AddrGenMode::stable_secret:
        return "stable_secret";
    case AddrGenMode::random:
        return "random";
    }
    return "unknown";
}

} // namespace net
