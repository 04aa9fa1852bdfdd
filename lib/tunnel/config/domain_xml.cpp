#include "tunnel/config/domain_xml.h"

#include "base/error.h"
#include "base/text.h"

#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace tunnel {

namespace {

constexpr std::array<std::string_view, 4> tunnel_types{"mcast", "server", "client", "udp"};

// The text, and where its lines begin: finding a place does not read it all again.
class Source {
public:
    explicit Source(std::string_view text)
        : text_(text)
    {
        for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
            lines_.push_back(at + 1);
    }

    std::string_view text() const { return text_; }

    std::size_t line_of(std::size_t offset) const
    {
        return static_cast<std::size_t>(
            std::upper_bound(lines_.begin(), lines_.end(), offset) - lines_.begin());
    }

    std::string place(std::size_t offset) const
    {
        const auto line = line_of(offset);
        return "line " + std::to_string(line) + ", column " + std::to_string(offset - lines_[line - 1] + 1)
            + ": ";
    }

private:
    std::string_view text_;
    std::vector<std::size_t> lines_{0};
};

std::size_t offset_of(const pugi::xml_node& node)
{
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(1, node.offset_debug())) - 1; // of its '<'
}

// Names come from a stranger's file.
std::string tag(const pugi::xml_node& node)
{
    const auto name = base::quoted(node.name());
    return "<" + name.substr(1, name.size() - 2) + ">";
}

[[noreturn]] void refuse(const Source& source, const pugi::xml_node& node, const std::string& why)
{
    throw base::UsageError(source.place(offset_of(node)) + tag(node) + " " + why);
}

// Where the last end tag of each name is, before the fault.
std::map<std::string_view, std::size_t> last_end_tags(std::string_view text, std::size_t fault)
{
    std::map<std::string_view, std::size_t> ends;
    for (auto at = text.find("</"); at < fault; at = text.find("</", at + 2)) {
        const auto name = text.substr(at + 2, text.find_first_of(" \t\r\n>", at) - at - 2);
        ends[name] = at;
    }
    return ends;
}

// The innermost element that was still open at the fault, neither closed by "/>" nor by an end tag: most
// often the one that somebody forgot to close.
pugi::xml_node innermost_open(std::string_view text, const pugi::xml_document& document, std::size_t fault)
{
    const auto ends = last_end_tags(text, fault);
    pugi::xml_node open;
    for (pugi::xml_node node = document.last_child(); node; node = node.last_child()) {
        if (node.type() != pugi::node_element)
            continue;
        const auto end_of_tag = text.find('>', offset_of(node));
        const auto end_tag = ends.find(node.name());
        if (end_of_tag != std::string_view::npos && text[end_of_tag - 1] != '/'
            && (end_tag == ends.end() || end_tag->second < end_of_tag))
            open = node;
    }
    return open;
}

[[noreturn]] void refuse_malformed(
    const Source& source, const pugi::xml_document& document, const pugi::xml_parse_result& result)
{
    const auto fault = std::min(static_cast<std::size_t>(result.offset), source.text().size());
    std::string why = "this is not well-formed XML: " + std::string(result.description());
    const bool unclosed = result.status == pugi::status_end_element_mismatch;
    if (const auto open = unclosed ? innermost_open(source.text(), document, fault) : pugi::xml_node())
        why += ", " + tag(open) + " of line " + std::to_string(source.line_of(offset_of(open)))
            + " is not closed";
    throw base::UsageError(source.place(fault) + why);
}

// pugixml takes any number of elements side by side, XML does not.
void check_root(const Source& source, const pugi::xml_document& document)
{
    const auto root = document.document_element();
    for (auto node = root.next_sibling(); node; node = node.next_sibling())
        if (node.type() == pugi::node_element)
            refuse(source, node,
                "is a second element beside " + tag(root) + ": one file holds one domain, or one part of it");
}

void add_word(std::vector<std::string>& words, const std::string& key, const pugi::xml_attribute& attribute)
{
    if (attribute)
        words.push_back(key + "=" + attribute.value());
}

void check_attributes(const Source& text, const pugi::xml_node& node)
{
    std::set<std::string_view> seen;
    for (const auto& attribute : node.attributes()) {
        if (!seen.insert(attribute.name()).second)
            refuse(text, node, "has the attribute " + base::quoted(attribute.name()) + " twice");
        if (attribute.name() != std::string_view("address") && attribute.name() != std::string_view("port"))
            refuse(text, node,
                "has an attribute " + base::quoted(attribute.name())
                    + " that is not known: "
                      "it may have address and port");
    }
}

pugi::xml_node source_of(const Source& text, const pugi::xml_node& interface)
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

void add_local(const Source& text, const pugi::xml_node& source, bool udp, std::vector<std::string>& words)
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

XmlTunnel read_tunnel(const Source& text, const pugi::xml_node& interface)
{
    XmlTunnel tunnel{text.line_of(offset_of(interface)), {}};
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
    const Source source(text);
    if (!result)
        refuse_malformed(source, document, result);
    check_root(source, document);
    DomainXml domain;
    domain.name = document.child("domain").child_value("name");
    const auto collect = [&](const pugi::xml_node& node) {
        if (!is_tunnel(node))
            return;
        domain.tunnels.push_back(read_tunnel(source, node));
        if (node.child("bandwidth"))
            domain.ignored.push_back("line " + std::to_string(domain.tunnels.back().line)
                + ": <bandwidth> has no effect: shape the vif of the guest instead (rate=)");
    };
    document.find_node([&](const pugi::xml_node& node) { return collect(node), false; });
    return domain;
}

} // namespace tunnel
