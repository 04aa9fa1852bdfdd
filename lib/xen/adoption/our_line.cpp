#include "xen/adoption/our_line.h"

#include <algorithm>

namespace xen {

namespace {

constexpr std::string_view comment =
    "# The next line is from \"dom0net enable\"; \"dom0net disable\" takes both away.\n";

std::size_t find_comment(std::string_view text)
{
    auto at = text.find(comment);
    while (at != std::string_view::npos && at > 0 && text[at - 1] != '\n')
        at = text.find(comment, at + 1);
    return at;
}

} // namespace

std::string with_our_line(std::string_view text, std::string_view line)
{
    const auto ours = std::string(comment).append(line).append("\n");
    if (const auto at = find_comment(text); at != std::string_view::npos && text.substr(at).starts_with(ours))
        return std::string(text);
    auto rest = without_our_line(text);
    if (!rest.empty() && !rest.ends_with('\n'))
        rest += '\n';
    return rest + ours;
}

std::string without_our_line(std::string_view text)
{
    std::string rest;
    for (auto at = find_comment(text); at != std::string_view::npos; at = find_comment(text)) {
        rest += text.substr(0, at);
        const auto line = text.find('\n', at + comment.size());
        text.remove_prefix(std::min(line, text.size() - 1) + 1);
    }
    return rest.append(text);
}

} // namespace xen
