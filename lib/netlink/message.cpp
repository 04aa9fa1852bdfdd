#include "netlink/message.h"

#include <netlink/attr.h>

#include <new>
#include <stdexcept>
#include <string>

namespace netlink {

namespace {

constexpr std::size_t largest = 16384;

void check(int result)
{
    if (result < 0)
        throw std::length_error("a netlink message grew too long");
}

// nla_parse() would keep one of a kind, and those that it knows; entries keep all, in their order.
net::Attributes attributes_in(std::span<const std::uint8_t> bytes)
{
    net::Attributes all;
    const auto* const head = reinterpret_cast<const nlattr*>(bytes.data());
    const auto size = static_cast<int>(bytes.size());
    int left = 0;
    const nlattr* each = nullptr;
    nla_for_each_attr(each, head, size, left)
    {
        const auto* const value = static_cast<const std::uint8_t*>(nla_data(each));
        all.append(each->nla_type, {value, static_cast<std::size_t>(nla_len(each))});
    }
    return all;
}

} // namespace

Message::Message(std::uint16_t type, std::uint16_t flags)
    : message_(nlmsg_alloc_size(largest))
{
    if (!message_ || !nlmsg_put(get(), NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, NLM_F_REQUEST | flags))
        throw std::bad_alloc();
}

void Message::add(std::span<const std::uint8_t> raw)
{
    check(nlmsg_append(get(), const_cast<std::uint8_t*>(raw.data()), raw.size(), NLMSG_ALIGNTO));
}

void Message::put(std::uint16_t type, std::span<const std::uint8_t> value)
{
    check(nla_put(get(), type, static_cast<int>(value.size()), value.data()));
}

void Message::put(std::uint16_t type, std::string_view text)
{
    check(nla_put_string(get(), type, std::string(text).c_str()));
}

void Message::put(std::uint16_t type, std::uint8_t value)
{
    check(nla_put_u8(get(), type, value));
}

void Message::put(std::uint16_t type, std::uint32_t value)
{
    check(nla_put_u32(get(), type, value));
}

void Message::put(const net::Attributes& attributes)
{
    for (const auto& [type, value] : attributes.all())
        put(type, std::span(value));
}

Nested::Nested(Message& message, std::uint16_t type)
    : message_(message.get())
    , begin_(nla_nest_start(message.get(), type))
{
    check(begin_ ? 0 : -1);
}

Nested::~Nested()
{
    nla_nest_end_keep_empty(message_, begin_);
}

net::Attributes attributes_of(const nlmsghdr* message, std::size_t header_size)
{
    const auto* const bytes = static_cast<const std::uint8_t*>(nlmsg_data(message));
    const std::span all(bytes, static_cast<std::size_t>(nlmsg_datalen(message)));
    const auto start = static_cast<std::size_t>(NLMSG_ALIGN(header_size));
    return start < all.size() ? attributes_in(all.subspan(start)) : net::Attributes();
}

net::Attributes nested(const net::Attributes& attributes, std::uint16_t type)
{
    const auto* const value = attributes.find(type);
    return value ? attributes_in(*value) : net::Attributes();
}

std::string kernels_words(const nlmsghdr* head)
{
    const auto* const error = static_cast<const nlmsgerr*>(nlmsg_data(head));
    std::size_t skipped = sizeof(nlmsgerr);
    if (!(head->nlmsg_flags & NLM_F_CAPPED) && error->error != 0)
        skipped += error->msg.nlmsg_len - sizeof(nlmsghdr);
    if (!(head->nlmsg_flags & NLM_F_ACK_TLVS))
        return {};
    return attributes_of(head, skipped).text(NLMSGERR_ATTR_MSG);
}

} // namespace netlink
