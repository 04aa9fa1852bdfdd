// Netlink attributes as plain values. Those that the code does not know are kept as they are.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace net {

using Bytes = std::vector<std::uint8_t>;

struct Attribute {
    std::uint16_t type = 0; // with NLA_F_NESTED where the kernel set it
    Bytes value = {};

    bool operator==(const Attribute&) const = default;
};

// The attributes of one netlink message in the kernel's order (linux/netlink.h, struct nlattr).
class Attributes {
public:
    // Reads a run of attributes; stops quietly at the first that is cut off.
    static Attributes parse(std::span<const std::uint8_t> bytes);
    Bytes serialize() const;

    const Bytes* find(std::uint16_t type) const; // null if absent
    void set(std::uint16_t type, std::span<const std::uint8_t> value); // replaces or appends
    void append(std::uint16_t type, std::span<const std::uint8_t> value); // beside others of the type
    void erase(std::uint16_t type);

    // The value as a T, or nothing if it is absent or shorter than a T.
    template <class T> std::optional<T> get(std::uint16_t type) const
    {
        const Bytes* const value = find(type);
        if (!value || value->size() < sizeof(T))
            return std::nullopt;
        T result;
        std::memcpy(&result, value->data(), sizeof result);
        return result;
    }

    template <class T> void put(std::uint16_t type, const T& value)
    {
        set(type, {reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
    }

    // Text up to the terminating zero byte; empty if absent.
    std::string text(std::uint16_t type) const;
    void put_text(std::uint16_t type, std::string_view text);

    const std::vector<Attribute>& all() const { return attributes_; }
    bool operator==(const Attributes&) const = default;

private:
    std::vector<Attribute> attributes_;
};

} // namespace net
