#include "net/nft/filter_rules.h"

namespace net::filter_rules {

namespace {

Field raw(Source source, const std::string& base, unsigned offset, unsigned size)
{
    return {
        source, "@" + base + "," + std::to_string(offset * 8) + "," + std::to_string(size * 8), offset, size};
}

Bytes bytes_of(std::uint64_t value, unsigned size)
{
    Bytes bytes(size);
    for (unsigned i = size; i-- > 0; value >>= 8)
        bytes[i] = static_cast<std::uint8_t>(value);
    return bytes;
}

} // namespace

Field link(unsigned offset, unsigned size)
{
    return raw(Source::link, "ll", offset, size);
}

Field network(unsigned offset, unsigned size)
{
    return raw(Source::network, "nh", offset, size);
}

Field transport(unsigned offset, unsigned size)
{
    return raw(Source::transport, "th", offset, size);
}

Compare is(const Field& field, std::uint64_t value)
{
    return {field, Compare::Operation::equal, bytes_of(value, field.size)};
}

Compare is_not(const Field& field, std::uint64_t value)
{
    return {field, Compare::Operation::differs, bytes_of(value, field.size)};
}

Compare masked(Compare compare, std::uint64_t mask)
{
    compare.mask = bytes_of(mask, compare.field.size);
    return compare;
}

Compare is_present(const Field& header)
{
    return is(header, 1);
}

InRange between(const Field& field, std::uint64_t low, std::uint64_t high)
{
    return {field, bytes_of(low, field.size), bytes_of(high, field.size)};
}

Compare is_sound()
{
    return {final_protocol, Compare::Operation::at_least, {0}};
}

Lookup in(const std::string& set, const Field& field)
{
    return {{iif, field}, set};
}

Lookup in_nets(const std::string& set, const Field& field)
{
    return {.fields = {iif, field}, .set = set, .interval = true};
}

Verdict go_to(const std::string& chain)
{
    return {Verdict::Kind::go_to, chain};
}

Verdict drop(DropReason reason)
{
    return go_to("drop_" + to_string(reason));
}

} // namespace net::filter_rules
