// One rtnetlink request under construction.
#pragma once

#include "net/attributes.h"

#include <libmnl/libmnl.h>

#include <array>
#include <cstdint>
#include <span>
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

    // What is put between the two is the content of the attribute.
    nlattr* begin_nested(std::uint16_t type);
    void end_nested(nlattr* nested);

    nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(buffer_.data()); }

private:
    void check_room(std::size_t size) const;

    alignas(nlmsghdr) std::array<char, 16384> buffer_; // not cleared: only its begin is used
};

} // namespace netlink
