#include "xen/vif/drops.h"

#include "base/error.h"
#include "net/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace xen {

namespace {

struct Line {
    std::string vif;
    std::string link; // empty if it is gone
    net::DropCount count;
};

bool is_named(const net::InstalledFilter& filter, const net::IfName& name)
{
    return filter.filter.owner == name || filter.link == name;
}

std::vector<Line> lines_of(
    const std::vector<net::InstalledFilter>& filters, std::vector<net::DropCount> counts)
{
    std::vector<Line> lines;
    std::ranges::sort(counts, {}, [](const auto& count) { return std::pair(count.link, count.reason); });
    for (const auto& [filter, link] : filters)
        for (const auto& count : counts)
            if (count.link == filter.link)
                lines.push_back({filter.owner.str(), link ? link->str() : "", count});
    return lines;
}

std::string padded(const std::string& text, std::size_t width)
{
    return text + std::string(width > text.size() ? width - text.size() : 1, ' ');
}

std::string as_text(const std::vector<Line>& lines)
{
    if (lines.empty())
        return "nothing was dropped\n";
    std::string text = padded("interface", 18) + padded("reason", 14) + padded("frames", 12) + "bytes\n";
    for (const auto& [vif, link, count] : lines)
        text += padded(link.empty() ? vif : link, 18) + padded(to_string(count.reason), 14)
            + padded(std::to_string(count.frames), 12) + std::to_string(count.bytes) + "\n";
    return text;
}

std::string as_json_text(const std::vector<Line>& lines)
{
    auto list = nlohmann::json::array();
    for (const auto& [vif, link, count] : lines)
        list.push_back({{"vif", vif}, {"link", link.empty() ? nlohmann::json() : nlohmann::json(link)},
            {"reason", to_string(count.reason)}, {"frames", count.frames}, {"bytes", count.bytes}});
    return net::json_text(list, 2) + "\n";
}

} // namespace

std::string drops_report(const net::KernelView& kernel, const std::optional<net::IfName>& only, bool as_json)
{
    auto filters = kernel.filters();
    if (only)
        std::erase_if(filters, [&](const auto& filter) { return !is_named(filter, *only); });
    if (only && filters.empty())
        throw base::UsageError(only->str() + " has no filter");
    const auto lines = lines_of(filters, kernel.drops());
    return as_json ? as_json_text(lines) : as_text(lines);
}

} // namespace xen
