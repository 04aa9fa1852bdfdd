#include "net/attributes.h"

#include <linux/netlink.h>

#include <algorithm>

namespace net {

namespace {

constexpr std::size_t header_size = sizeof(nlattr);

std::uint16_t number(std::uint16_t type)
{
    return type & NLA_TYPE_MASK;
}

} // namespace

Attributes Attributes::parse(std::span<const std::uint8_t> bytes)
{
    Attributes result;
    while (bytes.size() >= header_size) {
        nlattr header;
        std::memcpy(&header, bytes.data(), header_size);
        if (header.nla_len < header_size || header.nla_len > bytes.size())
            break;
        const auto value = bytes.subspan(header_size, header.nla_len - header_size);
        result.append(header.nla_type, value);
        bytes = bytes.subspan(std::min<std::size_t>(NLA_ALIGN(header.nla_len), bytes.size()));
    }
    return result;
}

Bytes Attributes::serialize() const
{
    Bytes bytes;
    for (const auto& [type, value] : attributes_) {
        const nlattr header{static_cast<std::uint16_t>(header_size + value.size()), type};
        const auto* const raw = reinterpret_cast<const std::uint8_t*>(&header);
        bytes.insert(bytes.end(), raw, raw + header_size);
        bytes.insert(bytes.end(), value.begin(), value.end());
        bytes.resize(NLA_ALIGN(bytes.size()));
    }
    return bytes;
}

const Bytes* Attributes::find(std::uint16_t type) const
{
    const auto found = std::ranges::find_if(
        attributes_, [&](const Attribute& each) { return number(each.type) == number(type); });
    return found == attributes_.end() ? nullptr : &found->value;
}

void Attributes::set(std::uint16_t type, std::span<const std::uint8_t> value)
{
    const auto found = std::ranges::find_if(
        attributes_, [&](const Attribute& each) { return number(each.type) == number(type); });
    if (found == attributes_.end())
        append(type, value);
    else
        found->value.assign(value.begin(), value.end());
}

void Attributes::append(std::uint16_t type, std::span<const std::uint8_t> value)
{
    attributes_.push_back({type, Bytes(value.begin(), value.end())});
}

void Attributes::erase(std::uint16_t type)
{
    std::erase_if(attributes_, [&](const Attribute& each) { return number(each.type) == number(type); });
}

std::string Attributes::text(std::uint16_t type) const
{
    const Bytes* const value = find(type);
    if (!value)
        return {};
    return {value->begin(), std::find(value->begin(), value->end(), 0)};
}

void Attributes::put_text(std::uint16_t type, std::string_view text)
{
    Bytes value(text.begin(), text.end());
    value.push_back(0);
    set(type, value);
}

} // namespace net
