// A call of a vif program in a test: words, a store and a fake kernel.
#pragma once

#include "entries.h"
#include "fake_kernel.h"
#include "fake_xenstore.h"
#include "xen/call/invocation.h"

#include <map>
#include <string>
#include <vector>

namespace test {

inline constexpr const char* backend = "backend/vif/5/0";

inline xen::Words words_of(
    const std::vector<std::string>& argv, const std::map<std::string, std::string>& environment = {})
{
    return {argv, [environment](const char* name) {
                const auto found = environment.find(name);
                return found == environment.end() ? nullptr : found->second.c_str();
            }};
}

// As libxl calls for the vif 5.0.
inline xen::Words online(std::vector<std::string> more = {})
{
    more.insert(more.begin(), {"online", "type_if=vif"});
    return words_of(more, {{"XENBUS_PATH", backend}, {"vif", "vif5.0"}});
}

inline xen::Words offline(std::vector<std::string> more = {})
{
    more.insert(more.begin(), {"offline", "type_if=vif"});
    return words_of(more, {{"XENBUS_PATH", backend}, {"vif", "vif5.0"}});
}

inline xen::Words tap(const std::string& action)
{
    return words_of({action, "type_if=tap"}, {{"XENBUS_PATH", backend}, {"INTERFACE", "vif5.0-emu"}});
}

// What the toolstack writes for the vif 5.0.
inline StoreContent store_of_vif()
{
    const std::string path = backend;
    return {.nodes = {{path + "/bridge", "xenbr0"}, {path + "/mac", "00:16:3e:00:00:05"},
                {path + "/handle", "0"}, {path + "/frontend-id", "5"}, {path + "/hotplug-status", ""},
                {"/local/domain/5/device/vif/0/mtu", "1500"}}};
}

// A host with a bridge that carries a card, and the guest's interface as netback made it.
inline void fill_host(FakeKernel& kernel)
{
    kernel.plug_in("eth9", "00:25:90:00:00:09");
    kernel.add_plain_bridge("xenbr0");
    kernel.set_master("eth9", "xenbr0");
    kernel.set_up("eth9");
    kernel.set_up("xenbr0");
    kernel.plug_in("vif5.0", "fe:ff:ff:ff:ff:ff", "vif");
    kernel.plug_in("vif5.0-emu", "5a:00:00:00:00:01", "tun");
}

} // namespace test
