#include "net/vlan.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>
#include <map>
#include <optional>

namespace net {

namespace {

constexpr std::uint64_t largest_id = 4094;

// One term: the VLANs first, first + step, ... last.
struct Term {
    std::uint64_t first;
    std::uint64_t last;
    std::uint64_t step = 1;
    bool pvid = false;
    bool untagged = false;
    bool single = true;
};

[[noreturn]] void refuse(std::string_view text, const std::string& reason)
{
    throw base::UsageError(base::quoted(text) + " " + reason);
}

std::uint64_t number(std::string_view digits, std::string_view term)
{
    const auto found = base::parse_number(digits);
    if (!found)
        refuse(term, "is not a term such as 10, 10p, 10u, 20-29 or 100+10x4");
    return *found;
}

// "20-29" and "100+10x4", without letters behind them.
Term parse_range(std::string_view digits, std::string_view term)
{
    if (const auto minus = digits.find('-'); minus != std::string_view::npos)
        return {.first = number(digits.substr(0, minus), term),
            .last = number(digits.substr(minus + 1), term),
            .single = false};
    const auto plus = digits.find('+');
    if (plus == std::string_view::npos)
        return {.first = number(digits, term), .last = number(digits, term)};
    const auto times = digits.find('x', plus);
    if (times == std::string_view::npos)
        refuse(term, "has a step but not how many: it has the form 100+10x4");
    Term range{.first = number(digits.substr(0, plus), term),
        .last = 0,
        .step = number(digits.substr(plus + 1, times - plus - 1), term),
        .single = false};
    const auto count = number(digits.substr(times + 1), term);
    if (range.step == 0 || range.step > largest_id || count == 0 || count > largest_id)
        refuse(term, "has a step or a number of VLANs that is not between 1 and 4094");
    range.last = range.first + range.step * count;
    return range;
}

Term parse_term(std::string_view text)
{
    auto digits = text;
    const char letter = text.empty() ? '\0' : text.back();
    if (letter == 'p' || letter == 'u')
        digits.remove_suffix(1);
    auto term = parse_range(digits, text);
    term.pvid = letter == 'p';
    term.untagged = letter == 'p' || letter == 'u';
    if (term.pvid && !term.single)
        refuse(text, "makes several VLANs the port's own: 'p' goes with a single one");
    if (term.first == 0 || term.last > largest_id)
        refuse(text, "is not between 1 and 4094");
    if (term.first > term.last)
        refuse(text, "ends before it begins");
    return term;
}

void add(Vlans& vlans, const Term& term, std::string_view text)
{
    for (auto id = term.first; id <= term.last; id += term.step) {
        const Vlan vlan{static_cast<std::uint16_t>(id), term.pvid, term.untagged};
        const auto place = std::ranges::lower_bound(vlans, vlan.id, {}, &Vlan::id);
        if (place != vlans.end() && place->id == vlan.id)
            refuse(text, "has VLAN " + std::to_string(id) + " twice");
        vlans.insert(place, vlan);
    }
}

std::string letters(const Vlan& vlan)
{
    return std::string(vlan.pvid ? " pvid" : "") + (vlan.untagged ? " untagged" : "");
}

} // namespace

Vlans parse_vlans(std::string_view text)
{
    const auto terms = base::split(text, '/');
    Vlans vlans;
    for (const auto& each : terms) {
        auto term = parse_term(each);
        if (terms.size() == 1 && term.single && !term.untagged)
            term.pvid = term.untagged = true;
        add(vlans, term, text);
    }
    const auto owned = std::ranges::count_if(vlans, &Vlan::pvid);
    if (owned == 0)
        refuse(text, "names no VLAN for frames without a tag: mark one with 'p', as in 10p/20");
    if (owned > 1)
        refuse(text, "has more than one VLAN for frames without a tag: 'p' marks exactly one");
    return vlans;
}

std::string to_string(const Vlans& vlans)
{
    std::vector<std::string> pieces;
    for (auto first = vlans.begin(); first != vlans.end();) {
        auto last = first;
        while (last + 1 != vlans.end() && !first->pvid
            && *(last + 1) == Vlan{static_cast<std::uint16_t>(last->id + 1), false, first->untagged})
            ++last;
        pieces.push_back(std::to_string(first->id) + (last == first ? "" : "-" + std::to_string(last->id))
            + letters(*first));
        first = last + 1;
    }
    return base::join(pieces, ", ");
}

} // namespace net
