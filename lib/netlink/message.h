// One rtnetlink request under construction.
#pragma once

#include "net/attributes.h"

#include <netlink/msg.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace netlink {

// A request with room for the largest object that we send. Putting more into it than it holds
// throws std::length_error: no such object comes from the kernel.
class Message {
public:
    Message(std::uint16_t type, std::uint16_t flags);

    // Appends a fixed header (ifinfomsg, rtmsg, ...), or an attribute.
    void add(std::span<const std::uint8_t> raw);
    template <class Header> void add_header(const Header& header)
    {
        add({reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
    }
    void put(std::uint16_t type, std::span<const std::uint8_t> value);
    void put(std::uint16_t type, std::string_view text); // with a zero byte at its end
    void put(std::uint16_t type, std::uint8_t value);
    void put(std::uint16_t type, std::uint32_t value);
    void put(const net::Attributes&);
    template <class Structure> void put_structure(std::uint16_t type, const Structure& value)
    {
        put(type, std::span(reinterpret_cast<const std::uint8_t*>(&value), sizeof value));
    }

    nl_msg* get() { return message_.get(); }
    nlmsghdr* header() { return nlmsg_hdr(message_.get()); }

private:
    struct Free {
        void operator()(nl_msg* message) const { nlmsg_free(message); }
    };
    std::unique_ptr<nl_msg, Free> message_;
};

// What is put into the message while it lives is the content of the attribute.
class Nested {
public:
    Nested(Message&, std::uint16_t type);
    ~Nested();
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

private:
    nl_msg* message_; // stays where it is when the Message moves
    nlattr* begin_;
};

// The kernel's answers: what follows the fixed header, and what lies within an attribute. None where there is
// nothing.
net::Attributes attributes_of(const nlmsghdr*, std::size_t header_size);
net::Attributes nested(const net::Attributes&, std::uint16_t type);

// The text that the kernel sent with its answer, an NLMSG_ERROR, of its own accord (NLMSGERR_ATTR_MSG);
// neither libnl nor libmnl gives it.
std::string kernels_words(const nlmsghdr*);

} // namespace netlink
