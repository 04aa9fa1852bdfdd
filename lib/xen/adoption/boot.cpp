#include "xen/adoption/boot.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "xen/adoption/hand_over.h"
#include "xen/adoption/kept_file.h"
#include "xen/adoption/xend_config.h"
#include "xen/call/paths.h"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace xen {

namespace {

using std::chrono::steady_clock;

constexpr std::array<std::string_view, 4> our_names{
    "network-bridge", "network-route", "network-nat", "network-tunnel"};
constexpr std::string_view bonding = "network-bridge-bonding"; // ours knows bonds by itself
constexpr std::string_view dummy = "network-dummy"; // xend's way to say that there is nothing to run

class Finder {
public:
    explicit Finder(const BootPlaces& places)
        : places_(places)
    { }

    // Nothing if there is nothing to run.
    std::optional<NetworkScript> find(const std::string& place, std::vector<std::string> words) const
    {
        const auto name = words.front();
        words.erase(words.begin());
        if (const auto ours = our_program(name))
            return NetworkScript{place, *ours, words, card_in(words, place)};
        const auto path = name.starts_with('/') ? name : places_.scripts + "/" + name;
        const bool is_there = base::is_accessible(path, X_OK);
        if (!is_there && name == dummy)
            return std::nullopt;
        if (!is_there)
            throw base::Error(place + ": there is no program " + base::quoted(path));
        need_trusted(path);
        need_trusted(base::folder_of(path));
        return NetworkScript{place, path, words};
    }

private:
    std::optional<std::string> our_program(const std::string& name) const
    {
        const auto prefix = places_.scripts + "/";
        auto plain = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
        if (plain == bonding && !base::is_accessible(prefix + plain, F_OK))
            plain = our_names.front();
        if (std::ranges::find(our_names, plain) == our_names.end())
            return std::nullopt;
        const auto path = places_.programs + "/" + plain;
        return base::is_accessible(path, X_OK) ? std::optional(path) : std::nullopt;
    }

    static std::optional<net::DeviceName> card_in(
        const std::vector<std::string>& words, const std::string& place)
    {
        constexpr std::string_view key = "netdev=";
        std::optional<net::DeviceName> card;
        for (const auto& word : words)
            if (word.starts_with(key) && word.size() > key.size()) {
                if (const auto fault = net::DeviceName::fault(word.substr(key.size())))
                    throw base::Error(place + ": " + base::quoted(word) + " names no interface: " + *fault);
                card = net::DeviceName::parse(word.substr(key.size()));
            }
        return card;
    }

    const BootPlaces& places_;
};

BootNetwork from_configuration(const std::vector<std::string>& lines, const BootPlaces& places)
{
    BootNetwork network;
    for (const auto& line : lines)
        if (auto script = Finder(places).find(places.configuration, base::words(line)))
            network.scripts.push_back(std::move(*script));
    return network;
}

BootNetwork from_xend(const BootPlaces& places)
{
    need_trusted(places.xend_config);
    const auto text = base::read_regular_file(places.xend_config, largest_text);
    auto config = parse_xend_config(text.value_or(""), places.xend_config);
    BootNetwork network{{}, std::move(config.remarks)};
    if (!config.network_script)
        return network;
    // At each single blank, as xend split it.
    const auto& [line, number] = *config.network_script;
    auto script =
        Finder(places).find(places.xend_config + ":" + std::to_string(number), base::split(line, ' '));
    if (script)
        network.scripts.push_back(std::move(*script));
    return network;
}

void await_card(
    const NetworkScript& script, const net::KernelView& kernel, std::chrono::milliseconds patience)
{
    if (!script.card || kernel.find_device(*script.card))
        return;
    const auto name = net::IfName::try_parse(script.card->str());
    if (!name || !kernel.await_link(*name, std::max(patience, std::chrono::milliseconds(0))))
        throw base::Error("there is no interface " + script.card->str()
            + (patience.count() > 0 ? ", though it was waited for" : ""));
}

} // namespace

std::vector<std::string> NetworkScript::call(const std::string& verb) const
{
    std::vector<std::string> all{program, verb};
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

BootPlaces usual_boot_places()
{
    return {paths::configuration, paths::xend_config, paths::scripts, installed_programs()};
}

BootNetwork find_boot_network(const BootPlaces& places)
{
    need_trusted(places.configuration); // it says what root runs
    const auto configuration = read_configuration(places.configuration);
    return configuration.network ? from_configuration(*configuration.network, places) : from_xend(places);
}

void run_boot_network(const BootNetwork& network, const std::string& verb, const net::KernelView& kernel,
    std::chrono::milliseconds patience, const RunScript& run)
{
    auto scripts = network.scripts;
    if (verb == "stop")
        std::ranges::reverse(scripts);
    const auto deadline = steady_clock::now() + patience;
    std::vector<std::string> faults;
    for (const auto& script : scripts) {
        const auto call = script.call(verb);
        try {
            if (verb != "stop")
                await_card(script, kernel,
                    std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now()));
            if (const auto status = run(call); status != 0)
                faults.push_back(
                    base::join(call, " ") + " failed with exit status " + std::to_string(status));
        } catch (const base::Error& error) {
            faults.push_back(base::join(call, " ") + ": " + error.what());
        }
    }
    if (!faults.empty())
        throw base::Error(base::join(faults, "; "));
}

} // namespace xen
