// The filter in nft's words.
#include "net/nft/filter.h"

#include "base/text.h"

#include <algorithm>
#include <cstring>
#include <sys/socket.h>

namespace net {

namespace {

using nft::Element;
using nft::KeyPart;

std::string hex(const Bytes& bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "0x";
    for (const auto byte : bytes)
        text.append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    return text;
}

IpAddress address(int family, const Bytes& bytes)
{
    IpAddress result{family};
    std::ranges::copy(bytes, result.bytes.begin());
    return result;
}

std::string key_part_text(KeyPart part, const Bytes& bytes)
{
    std::uint32_t number = 0;
    Mac mac;
    switch (part) {
    case KeyPart::interface:
    case KeyPart::mark:
        std::memcpy(&number, bytes.data(), sizeof number);
        return std::to_string(number);
    case KeyPart::ethernet:
        std::ranges::copy(bytes, mac.bytes.begin());
        return to_string(mac);
    case KeyPart::ipv4:
        return to_string(address(AF_INET, bytes));
    case KeyPart::ipv6:
        return to_string(address(AF_INET6, bytes));
    case KeyPart::raw_ethernet:
    case KeyPart::raw_ipv6:
        break;
    }
    return hex(bytes);
}

std::string key_text(const nft::Set& set, const Element& element)
{
    std::vector<std::string> words;
    for (std::size_t i = 0; i < set.key.size(); ++i) {
        auto word = key_part_text(set.key[i], element.key[i]);
        if (!element.last.empty() && element.last[i] != element.key[i])
            word += "-" + key_part_text(set.key[i], element.last[i]);
        words.push_back(std::move(word));
    }
    return base::join(words, " . ");
}

std::string element_lines(
    const std::string& verb, const nft::Table& table, const std::vector<Element>& elements)
{
    std::string lines;
    for (const auto& set : table.sets) {
        std::vector<std::string> keys;
        for (const auto& element : elements)
            if (element.family == table.family && element.set == set.name)
                keys.push_back(key_text(set, element));
        if (!keys.empty())
            lines += verb + " element " + to_string(table.family) + " " + table.name + " " + set.name + " { "
                + base::join(keys, ", ") + " }\n";
    }
    return lines;
}

} // namespace

std::string installing_text(const Filter& filter)
{
    std::string text;
    for (const auto family : families_of(filter.place)) {
        const auto table = filter_table(family);
        text += to_string(table) + element_lines("add", table, elements_of(filter));
    }
    return text;
}

std::string removing_text(const Filter& filter)
{
    std::string text;
    for (const auto family : families_of(filter.place))
        text += element_lines("delete", filter_table(family), elements_of(filter));
    return text;
}

} // namespace net
