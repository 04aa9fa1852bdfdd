#include "net/bridge_words.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>

namespace net {

namespace {

constexpr std::uint64_t largest_id = 4094;

// Why the text is no VLAN; 0 and 4095 are reserved (IEEE 802.1Q).
std::optional<std::string> vlan_fault(const std::string& text)
{
    const auto id = base::parse_number(text);
    if (!id)
        return "VLAN " + base::quoted(text) + " is not a number";
    if (*id == 0 || *id > largest_id)
        return "VLAN " + base::quoted(text) + " is not between 1 and 4094";
    return std::nullopt;
}

std::uint16_t vlan_id(const std::string& text)
{
    if (const auto fault = vlan_fault(text))
        throw base::UsageError(*fault + ": the form is BRIDGE.TAG:TRUNK:TRUNK");
    return static_cast<std::uint16_t>(base::parse_number(text).value());
}

Vlans parse_trunks(const std::vector<std::string>& pieces)
{
    Vlans trunks;
    for (auto piece = pieces.begin() + 1; piece != pieces.end(); ++piece) {
        const auto id = vlan_id(*piece);
        const auto place = std::ranges::lower_bound(trunks, id, {}, &Vlan::id);
        if (place != trunks.end() && place->id == id)
            throw base::UsageError("VLAN " + *piece + " is there twice");
        trunks.insert(place, Vlan{.id = id});
    }
    return trunks;
}

// The tag's VLAN is the port's own, and need not be among the trunks.
Vlans with_tag(Vlans vlans, std::uint16_t tag)
{
    const auto place = std::ranges::lower_bound(vlans, tag, {}, &Vlan::id);
    const Vlan own{.id = tag, .pvid = true, .untagged = true};
    if (place != vlans.end() && place->id == tag)
        *place = own;
    else
        vlans.insert(place, own);
    return vlans;
}

} // namespace

BridgeWords parse_bridge_words(std::string_view text)
{
    const auto pieces = base::split(text, ':');
    const auto& name = pieces.front();
    const auto trunks = parse_trunks(pieces);
    BridgeWords words{.readings = {{DeviceName::parse(name), trunks}}};
    const auto dot = name.rfind('.');
    if (dot == std::string::npos || dot == 0)
        return words;
    const auto tag = name.substr(dot + 1);
    words.tag_fault = vlan_fault(tag);
    if (!words.tag_fault)
        words.readings.push_back({DeviceName::parse(name.substr(0, dot)), with_tag(trunks, vlan_id(tag))});
    return words;
}

} // namespace net
