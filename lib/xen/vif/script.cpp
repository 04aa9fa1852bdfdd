#include "xen/vif/script.h"

#include "base/error.h"
#include "base/exit_status.h"
#include "base/text.h"
#include "net/json.h"
#include "xen/vif/hooks.h"

#include <cstdio>

namespace xen {

namespace {

class VifScript {
public:
    VifScript(std::string program, VifPlanner planner, const Words& words, const VifOptions& options,
        const VifSurroundings& surroundings)
        : program_(std::move(program))
        , planner_(planner)
        , words_(words)
        , options_(options)
        , around_(surroundings)
    { }

    int run() noexcept
    {
        try {
            call();
            return base::done;
        } catch (const base::UsageError& error) {
            tell_failure(error.what());
            return base::used_wrongly;
        } catch (const std::exception& error) {
            tell_failure(error.what());
            return base::failed;
        }
    }

private:
    void call()
    {
        // Known from the start, so that even a call that makes no sense is told to Xen.
        xenbus_path_ = words_.find("XENBUS_PATH").value_or("");
        around_.log.debug(words_.text() + " XENBUS_PATH=" + xenbus_path_);
        const auto call = Invocation::parse(words_, options_.with_xenstore);
        if (!call)
            return;
        xenbus_path_ = call->xenbus_path;
        if (options_.with_xenstore)
            store_ = around_.open_store();
        kernel_ = around_.open_kernel();
        const VifSettings settings(words_, store_.get(), call->xenbus_path, configuration(*call));
        const auto plan = planner_(*call, settings, *kernel_);
        if (options_.dry_run)
            return print(plan);
        for (const auto& remark : plan.remarks)
            around_.log.debug(remark);
        if (call->going_up())
            go_up(*call, settings, plan);
        else
            go_down(*call, settings, plan);
    }

    // A configuration with a mistake in it must not keep a guest's network from being taken down.
    Configuration configuration(const Invocation& call) const
    {
        try {
            return around_.read_configuration();
        } catch (const base::Error& error) {
            if (call.going_up())
                throw;
            around_.log.error(std::string(error.what()) + ", ignoring");
            return {};
        }
    }

    void print(const VifPlan& plan) const
    {
        const auto text = options_.json
            ? net::to_json(plan.steps) + "\n"
            : net::to_string(plan.steps) + (plan.dhcp ? to_string(*plan.dhcp) : "");
        std::fputs(text.c_str(), stdout);
    }

    void go_up(const Invocation& call, const VifSettings& settings, const VifPlan& plan)
    {
        const auto server = dhcp_server(plan);
        net::carry_out(plan.steps, *kernel_);
        try {
            if (server)
                enter_host(*server, *plan.dhcp->enter, around_.root, around_.log);
            run_all_hooks(call, settings, plan);
            if (call.type == InterfaceType::vif && store_) {
                tell_mtu(call, plan);
                tell_success();
            }
        } catch (...) { // half a connection is worse than none
            if (server)
                leave_dhcp(plan.dhcp->enter->device, plan.dhcp->enter->name);
            net::carry_out_anyway(net::undoing(plan.steps), *kernel_);
            throw;
        }
        around_.log.debug(farewell(plan));
    }

    void go_down(const Invocation& call, const VifSettings& settings, const VifPlan& plan)
    {
        auto failures = net::carry_out_anyway(plan.steps, *kernel_);
        if (plan.dhcp && plan.dhcp->leave)
            if (const auto failure = leave_dhcp(*plan.dhcp->leave, plan.dhcp->forget); !failure.empty())
                failures.push_back(failure);
        run_all_hooks(call, settings, plan);
        if (!failures.empty())
            throw base::Error(base::join(failures, "; "));
        around_.log.debug(farewell(plan));
    }

    // Looked for before anything is changed, so that a missing server leaves nothing behind.
    std::optional<DhcpServer> dhcp_server(const VifPlan& plan) const
    {
        if (!plan.dhcp || !plan.dhcp->enter)
            return std::nullopt;
        return find_dhcp_server(plan.dhcp->choice, plan.dhcp->demanded, around_.root);
    }

    // Best effort: returns what failed, or nothing.
    std::string leave_dhcp(const net::IfName& device, const std::string& host_name) const
    {
        try {
            leave(device, host_name, around_.root, around_.log);
            return {};
        } catch (const base::Error& error) {
            return error.what();
        }
    }

    std::string farewell(const VifPlan& plan) const
    {
        const auto bridge = plan.hook_variables.find("bridge");
        return "Successful " + program_ + " " + words_.command() + " for " + plan.device.str()
            + (bridge == plan.hook_variables.end() ? "" : ", bridge " + bridge->second) + ".";
    }

    void run_all_hooks(const Invocation& call, const VifSettings& settings, const VifPlan& plan) const
    {
        if (const auto hooks = find_hooks(around_.hook_folder); !hooks.empty())
            run_hooks(hooks, hook_variables(call, settings, plan));
    }

    std::map<std::string, std::string> hook_variables(
        const Invocation& call, const VifSettings& settings, const VifPlan& plan) const
    {
        auto variables = plan.hook_variables;
        variables["command"] = words_.command();
        variables["dev"] = plan.device.str();
        variables["type_if"] = call.type == InterfaceType::vif ? "vif" : "tap";
        const auto ip = settings.find("ip");
        variables["ip"] = ip ? ip->text : "";
        variables["XENBUS_PATH"] = call.xenbus_path;
        variables[call.type == InterfaceType::vif ? "vif" : "INTERFACE"] = call.device.str();
        return variables;
    }

    // The front end's MTU is a service to the guest. A driver domain may not be allowed to write it.
    void tell_mtu(const Invocation& call, const VifPlan& plan)
    {
        if (!plan.mtu || !call.id)
            return;
        const auto path = "/local/domain/" + std::to_string(call.id->domain) + "/device/vif/"
            + std::to_string(call.id->device) + "/mtu";
        try {
            write({{path, std::to_string(*plan.mtu)}});
        } catch (const base::SystemError& error) {
            if (error.code != EACCES && error.code != EPERM)
                throw;
            around_.log.debug(std::string(error.what()) + ", ignoring");
        }
    }

    void tell_success()
    {
        write({{xenbus_path_ + "/hotplug-error", {}}, {xenbus_path_ + "/hotplug-status", "connected"}});
    }

    void tell_failure(const std::string& reason) noexcept
    {
        around_.log.error(reason);
        if (!options_.with_xenstore || options_.dry_run || xenbus_path_.empty())
            return;
        try {
            if (!store_)
                store_ = around_.open_store();
            write({{xenbus_path_ + "/hotplug-error", base::printable(reason, 2048)},
                {xenbus_path_ + "/hotplug-status", "error"}});
        } catch (const std::exception& error) {
            if (error.what() != reason)
                around_.log.error(std::string("the failure could not be told to Xen: ") + error.what());
        }
    }

    void write(const std::vector<StoreChange>& changes)
    {
        for (const auto& [path, value] : changes)
            if (value)
                around_.log.debug("Writing " + path + " " + *value + " to xenstore.");
        store_->commit(changes);
    }

    std::string program_;
    VifPlanner planner_;
    const Words& words_;
    const VifOptions& options_;
    const VifSurroundings& around_;
    std::string xenbus_path_ = {};
    std::unique_ptr<Xenstore> store_ = {};
    std::unique_ptr<net::Kernel> kernel_ = {};
};

} // namespace

int run_vif_script(const std::string& program, VifPlanner planner, const Words& words,
    const VifOptions& options, const VifSurroundings& surroundings) noexcept
{
    return VifScript(program, planner, words, options, surroundings).run();
}

} // namespace xen
