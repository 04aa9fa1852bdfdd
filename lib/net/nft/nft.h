// A small model of nftables' rules: as much as our filter needs, as plain values. They have two
// forms, nft's words (nft_text.cpp) and the kernel's messages (netlink/nft).
#pragma once

#include "net/attributes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace net::nft {

enum class Family : std::uint8_t { inet = 1, arp = 3, bridge = 7 }; // NFPROTO_*

std::string to_string(Family);

// A part of a frame, or of what the kernel knows of it.
struct Field {
    enum class Source {
        in_interface,
        out_interface,
        mark,
        protocol,
        link,
        network,
        transport,
        extension,
        option,
        family, // one byte: NFPROTO_*
        in_group, // the group of the link by which it came
        in_name, // 16 bytes, zeros behind the name
        out_name,
        source_kind, // what the routing tables say of the packet's address (RTN_*)
        destination_kind,
        destination_kind_here // and of the link by which it came
    };

    Source source;
    std::string words; // nft's name of it
    unsigned offset = 0; // in bytes; of a header's presence, 0
    unsigned size = 4; // in bytes
    unsigned header = 0; // the number of the extension header or IP option
    bool presence = false; // whether the header is there at all: one byte, 0 or 1
    bool narrow_words = false; // nft's words stand for the bits under a mask, not for the whole

    bool operator==(const Field&) const = default;
};

// The field (its bits under `mask`, if any) compared with a value of its size. A field that the
// frame does not have compares false whatever the operation.
struct Compare {
    enum class Operation { equal, differs, at_least };

    Field field;
    Operation operation;
    Bytes value;
    Bytes mask = {};

    bool operator==(const Compare&) const = default;
};

struct InRange {
    Field field;
    Bytes low;
    Bytes high;

    bool operator==(const InRange&) const = default;
};

// Whether the fields, one after the other, are an element of the set.
struct Lookup {
    std::vector<Field> fields;
    std::string set;
    bool inverted = false;
    bool interval = false; // as the set is

    bool operator==(const Lookup&) const = default;
};

// Marks the frame, for counting.
struct SetMark {
    std::uint32_t mark;

    bool operator==(const SetMark&) const = default;
};

// Counts the frame in the set's element for the fields.
struct CountIn {
    std::vector<Field> fields;
    std::string set;

    bool operator==(const CountIn&) const = default;
};

struct Verdict {
    enum class Kind { accept, drop, go_to };

    Kind kind;
    std::string chain = {};

    bool operator==(const Verdict&) const = default;
};

// The packet leaves under an address of the device by which it leaves.
struct Masquerade {
    bool operator==(const Masquerade&) const = default;
};

// The packet goes to another address, and with a port to that.
struct RedirectTo {
    Bytes address; // 4 or 16: packets of the other family are not meant
    std::optional<std::uint16_t> port = {};

    bool operator==(const RedirectTo&) const = default;
};

using Expression = std::variant<Compare, InRange, Lookup, SetMark, CountIn, Verdict, Masquerade, RedirectTo>;
using Rule = std::vector<Expression>;

struct Hook {
    std::string name; // "prerouting"
    std::uint32_t number; // NF_BR_PRE_ROUTING
    std::int32_t priority;
    std::string type = "filter"; // of the chain: "filter" or "nat"

    bool operator==(const Hook&) const = default;
};

struct Chain {
    std::string name;
    std::optional<Hook> hook; // policy accept
    std::vector<Rule> rules;

    bool operator==(const Chain&) const = default;
};

// What a set's keys are made of. The raw kinds hold the same as ethernet and ipv6, for fields that
// nft has no name for.
enum class KeyPart { interface, mark, ethernet, ipv4, ipv6, raw_ethernet, raw_ipv6 };

unsigned size_of(KeyPart);

struct Set {
    std::string name;
    std::vector<KeyPart> key;
    bool interval = false;
    bool counting = false; // elements come with the frames, and count them

    bool operator==(const Set&) const = default;
};

struct Table {
    Family family;
    std::string name;
    std::vector<Set> sets;
    std::vector<Chain> chains;

    bool operator==(const Table&) const = default;
};

// One element of a set of a table, its key's parts as bytes of their proper size. `last` is the
// other end of an interval.
struct Element {
    Family family;
    std::string set;
    std::vector<Bytes> key;
    std::vector<Bytes> last = {};

    auto operator<=>(const Element&) const = default;
};

// Lines for `nft -f -` that put the table in place whatever there was of it: sets keep their
// elements, chains get their rules anew.
std::string to_string(const Table&);

std::string to_string(const Rule&);

} // namespace net::nft
