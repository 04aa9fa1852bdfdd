#include "tunnel/config/domain_xml.h"

#include "base/error.h"
#include "base/text.h"

#include <pugixml.hpp>

#include <algorithm>
#include <array>

namespace tunnel {

namespace {

constexpr std::array<std::string_view, 4> tunnel_types{"mcast", "server", "client", "udp"};

std::size_t line_of(std::string_view text, std::size_t offset)
{
    return 1
        + static_cast<std::size_t>(
            std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

std::string place(std::string_view text, std::size_t offset)
{
    const auto line_begin = text.rfind('\n', offset == 0 ? 0 : offset - 1);
    const auto column = offset - (line_begin == std::string_view::npos ? 0 : line_begin + 1) + 1;
    return "line " + std::to_string(line_of(text, offset)) + ", column " + std::to_string(column) + ": ";
}

[[noreturn]] void refuse(std::string_view text, const pugi::xml_node& node, const std::string& why)
{
    const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(1, node.offset_debug())) - 1;
    throw base::UsageError(place(text, offset) + "<" + node.name() + "> " + why);
}

// Begun before the fault and neither closed by "/>" nor by an end tag.
bool is_open(std::string_view text, const pugi::xml_node& node, std::size_t fault)
{
    const auto begin = static_cast<std::size_t>(node.offset_debug());
    const auto end_of_tag = text.find('>', begin);
    if (end_of_tag == std::string_view::npos || text[end_of_tag - 1] == '/')
        return false;
    const auto end_tag = text.find("</" + std::string(node.name()), end_of_tag);
    return end_tag == std::string_view::npos || end_tag >= fault;
}

// The innermost element that was still open at the fault: most often the one that somebody forgot to close.
pugi::xml_node innermost_open(std::string_view text, const pugi::xml_document& document, std::size_t fault)
{
    pugi::xml_node open;
    for (pugi::xml_node node = document.last_child(); node; node = node.last_child())
        if (node.type() == pugi::node_element && is_open(text, node, fault))
            open = node;
    return open;
}

[[noreturn]] void refuse_malformed(
    std::string_view text, const pugi::xml_document& document, const pugi::xml_parse_result& result)
{
    const auto fault = std::min(static_cast<std::size_t>(result.offset), text.size());
    std::string why = "this is not well-formed XML: " + std::string(result.description());
    const bool unclosed = result.status == pugi::status_end_element_mismatch;
    if (const auto open = unclosed ? innermost_open(text, document, fault) : pugi::xml_node())
        why += ", <" + std::string(open.name()) + "> of line "
            + std::to_string(line_of(text, static_cast<std::size_t>(open.offset_debug()))) + " is not closed";
    throw base::UsageError(place(text, fault) + why);
}

void add_word(std::vector<std::string>& words, const std::string& key, const pugi::xml_attribute& attribute)
{
    if (attribute)
        words.push_back(key + "=" + attribute.value());
}

void check_attributes(std::string_view text, const pugi::xml_node& node)
{
    for (const auto& attribute : node.attributes())
        if (attribute.name() != std::string_view("address") && attribute.name() != std::string_view("port"))
            refuse(text, node,
                "has an attribute " + base::quoted(attribute.name())
                    + " that is not known: "
                      "it may have address and port");
}

pugi::xml_node source_of(std::string_view text, const pugi::xml_node& interface)
{
    const auto source = interface.child("source");
    if (!source)
        refuse(text, interface, "lacks <source address='...' port='...'/>");
    check_attributes(text, source);
    for (const auto* const needed : {"address", "port"})
        if (!source.attribute(needed))
            refuse(text, source, "lacks the attribute '" + std::string(needed) + "'");
    return source;
}

void add_local(std::string_view text, const pugi::xml_node& source, bool udp, std::vector<std::string>& words)
{
    const auto local = source.child("local");
    if (udp && !local)
        refuse(text, source, "lacks <local address='...' port='...'/>, which type='udp' needs");
    if (!local)
        return;
    if (!udp)
        refuse(text, local, "has a meaning only with type='udp'");
    check_attributes(text, local);
    const std::string address = local.attribute("address").value();
    const bool v6 = address.find(':') != std::string::npos;
    words.push_back("local=" + (v6 ? "[" + address + "]" : address) + ":" + local.attribute("port").value());
}

XmlTunnel read_tunnel(std::string_view text, const pugi::xml_node& interface)
{
    XmlTunnel tunnel{line_of(text, static_cast<std::size_t>(interface.offset_debug())), {}};
    const std::string type = interface.attribute("type").value();
    for (const auto* const impossible : {"vlan", "filterref"})
        if (const auto node = interface.child(impossible))
            refuse(text, node, "cannot be had with type='" + type + "'");
    const auto source = source_of(text, interface);
    tunnel.words.push_back("type=" + type);
    add_word(tunnel.words, "address", source.attribute("address"));
    add_word(tunnel.words, "port", source.attribute("port"));
    add_local(text, source, type == "udp", tunnel.words);
    add_word(tunnel.words, "mtu", interface.child("mtu").attribute("size"));
    return tunnel;
}

bool is_tunnel(const pugi::xml_node& node)
{
    const std::string_view type = node.attribute("type").value();
    return node.name() == std::string_view("interface")
        && std::find(tunnel_types.begin(), tunnel_types.end(), type) != tunnel_types.end();
}

} // namespace

DomainXml parse_domain_xml(std::string_view text)
{
    pugi::xml_document document;
    const auto result =
        document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_fragment);
    if (!result)
        refuse_malformed(text, document, result);
    DomainXml domain;
    domain.name = document.child("domain").child_value("name");
    const auto collect = [&](const pugi::xml_node& node) {
        if (!is_tunnel(node))
            return;
        domain.tunnels.push_back(read_tunnel(text, node));
        if (node.child("bandwidth"))
            domain.ignored.push_back("line " + std::to_string(domain.tunnels.back().line)
                + ": <bandwidth> has no effect: shape the vif of the guest instead (rate=)");
    };
    document.find_node([&](const pugi::xml_node& node) { return collect(node), false; });
    return domain;
}

} // namespace tunnel
