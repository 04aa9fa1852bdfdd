// frames check GUEST DEVICE LAN-MAC LAN LAN-DEVICE: the guest, on a bridge with the LAN, sends all frames;
// each must
//     be heard on the LAN, or be counted for its reason and not be heard.
// frames route GUEST DEVICE HOST-MAC: the same for a guest that dom0 routes for, by the counters alone. What
// IP and
//     ARP never see is left out.
// frames filter VIF MAC IP: installs the filter of a routed vif.
// frames cost GUEST DEVICE MAC IP LAN-MAC: sends many to the LAN and prints the least nanoseconds that one
//     took, over batches. On veth that is all that becomes of a frame: the sender carries it to its end.
#include "base/error.h"
#include "cases.h"
#include "net/ip_words.h"
#include "netlink/kernel.h"
#include "port.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <thread>

namespace {

using frames::Bytes;
using frames::Case;
using Counts = std::map<std::string, std::uint64_t>;

netlink::Kernel open_kernel()
{
    return netlink::Kernel(netlink::Filters(
        "/run/dom0net/filters", [](const std::string& fault) { throw std::runtime_error(fault); }));
}

Counts counts(const net::KernelView& kernel)
{
    Counts result;
    for (const auto& drop : kernel.drops())
        result[to_string(drop.reason)] += drop.frames;
    return result;
}

// A frame that is always dropped, and counted under "mac": once it is, so is all before it.
Bytes sentinel(const std::string& host)
{
    return frames::ethernet(host, "00:16:3e:ff:ff:ff", 0x0800,
        frames::ipv4({.from = "10.0.0.5", .to = "10.0.0.1"}, frames::udp(9, 9, {})));
}

class Trial {
public:
    Trial(const std::string& guest, const std::string& device, const std::string& host)
        : guest_(guest, device)
        , host_(host)
    { }

    // What the filter counted for the frame: a reason, or nothing.
    std::string judged(const Bytes& frame)
    {
        auto before = counts(kernel_);
        guest_.send(frame);
        guest_.send(sentinel(host_));
        ++before["mac"];
        auto now = counts(kernel_);
        for (int tries = 0; now["mac"] < before["mac"] && tries < 1000; ++tries) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            now = counts(kernel_);
        }
        std::string reasons;
        for (const auto& [reason, count] : now)
            if (count > before[reason])
                reasons += (reasons.empty() ? "" : ", ") + reason;
        return reasons;
    }

    bool agrees(const Case& each)
    {
        const auto reason = judged(each.frame);
        if (reason == (each.reason == "kernel" ? "" : each.reason))
            return true;
        std::printf("%s: expected to %s, but it was %s\n", each.name.c_str(),
            each.reason.empty() ? "pass" : ("be dropped for " + each.reason).c_str(),
            reason.empty() ? "not" : ("dropped for " + reason).c_str());
        return false;
    }

private:
    netlink::Kernel kernel_ = open_kernel();
    frames::Port guest_;
    std::string host_;
};

// Without the padding of short frames, which br_netfilter takes off.
Bytes trimmed(Bytes frame)
{
    while (!frame.empty() && frame.back() == 0)
        frame.pop_back();
    return frame;
}

// Two cases that look alike could not be told apart on the LAN.
void refuse_twins(const std::vector<Case>& cases)
{
    std::map<Bytes, std::string> seen;
    for (const auto& each : cases)
        if (const auto [place, fresh] = seen.emplace(trimmed(each.frame), each.name); !fresh)
            throw base::Error("the same frame: " + place->second + ", " + each.name);
}

int check(const std::vector<std::string>& words)
{
    const auto cases = frames::all_cases(words.at(2));
    refuse_twins(cases);
    Trial trial(words.at(0), words.at(1), words.at(2));
    const frames::Port lan(words.at(3), words.at(4));
    int wrong = 0;
    for (const auto& each : cases)
        wrong += !trial.agrees(each);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::set<Bytes> heard;
    for (const auto& frame : lan.heard())
        heard.insert(trimmed(frame));
    for (const auto& each : cases)
        if (heard.contains(trimmed(each.frame)) != each.reason.empty()) {
            std::printf("%s: %s\n", each.name.c_str(), each.reason.empty() ? "lost" : "leaked");
            ++wrong;
        }
    std::printf("%zu frames, %d wrong\n", cases.size(), wrong);
    return wrong == 0 ? 0 : 1;
}

bool comes_to_ip(const Case& each)
{
    return !each.malformed && each.reason != "kernel" && each.reason != "tag" && each.reason != "ethertype"
        && each.name.find("MAC address") == std::string::npos;
}

int route(const std::vector<std::string>& words)
{
    Trial trial(words.at(0), words.at(1), words.at(2));
    int wrong = 0;
    int sent = 0;
    for (const auto& each : frames::all_cases(words.at(2)))
        if (comes_to_ip(each)) {
            wrong += !trial.agrees(each);
            ++sent;
        }
    std::printf("%d frames, %d wrong\n", sent, wrong);
    return wrong == 0 ? 0 : 1;
}

int filter(const std::vector<std::string>& words)
{
    netlink::Kernel kernel = open_kernel();
    const auto owner = net::IfName::parse(words.at(0));
    kernel.apply(net::InstallFilter{{.owner = owner,
                                        .link = kernel.link(owner).index,
                                        .place = net::FilterPlace::routed,
                                        .mac = net::Mac::parse(words.at(1)),
                                        .addresses = net::parse_ip_words(words.at(2))},
        {}});
    return 0;
}

int cost(const std::vector<std::string>& words)
{
    constexpr int batches = 20;
    constexpr int frames_in_batch = 10'000;
    const frames::Port guest(words.at(0), words.at(1));
    const auto frame = frames::ethernet(words.at(4), words.at(2), 0x0800,
        frames::ipv4({.from = words.at(3), .to = "10.0.0.99"}, frames::udp(9, 9, frames::zeros(32))));
    auto least = std::chrono::nanoseconds::max();
    for (int batch = 0; batch < batches; ++batch) {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < frames_in_batch; ++i)
            guest.send(frame);
        least = std::min<std::chrono::nanoseconds>(least, std::chrono::steady_clock::now() - start);
    }
    std::printf("%lld\n", static_cast<long long>(least.count() / frames_in_batch));
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    const std::map<std::string, int (*)(const std::vector<std::string>&)> verbs = {
        {"check", check}, {"route", route}, {"filter", filter}, {"cost", cost}};
    try {
        const std::vector<std::string> words(argv + 1, argv + argc);
        return verbs.at(words.at(0))({words.begin() + 1, words.end()});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "frames: %s\n", error.what());
        return 2;
    }
}
