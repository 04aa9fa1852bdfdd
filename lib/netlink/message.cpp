#include "netlink/message.h"

#include <cstring>
#include <stdexcept>
#include <string>

namespace netlink {

Message::Message(std::uint16_t type, std::uint16_t flags)
{
    auto* const head = mnl_nlmsg_put_header(buffer_.data());
    head->nlmsg_type = type;
    head->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
}

void Message::check_room(std::size_t size) const
{
    const auto used = reinterpret_cast<const nlmsghdr*>(buffer_.data())->nlmsg_len;
    if (used + size + 2 * MNL_ALIGNTO + sizeof(nlattr) > buffer_.size())
        throw std::length_error("a netlink message grew too long");
}

void Message::add(std::span<const std::uint8_t> raw)
{
    check_room(raw.size());
    std::memcpy(mnl_nlmsg_put_extra_header(header(), raw.size()), raw.data(), raw.size());
}

void Message::put(std::uint16_t type, std::span<const std::uint8_t> value)
{
    check_room(value.size());
    mnl_attr_put(header(), type, value.size(), value.data());
}

void Message::put(std::uint16_t type, std::string_view text)
{
    put(type, std::span(reinterpret_cast<const std::uint8_t*>(std::string(text).c_str()), text.size() + 1));
}

void Message::put(std::uint16_t type, std::uint8_t value)
{
    put(type, std::span(&value, 1));
}

void Message::put(std::uint16_t type, std::uint32_t value)
{
    put(type, std::span(reinterpret_cast<const std::uint8_t*>(&value), sizeof value));
}

void Message::put(const net::Attributes& attributes)
{
    for (const auto& [type, value] : attributes.all())
        put(type, std::span(value));
}

nlattr* Message::begin_nested(std::uint16_t type)
{
    check_room(0);
    return mnl_attr_nest_start(header(), type);
}

void Message::end_nested(nlattr* nested)
{
    mnl_attr_nest_end(header(), nested);
}

} // namespace netlink
