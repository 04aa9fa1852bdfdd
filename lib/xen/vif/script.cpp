#include "xen/vif/script.h"

#include "base/error.h"
#include "base/exit_status.h"
#include "base/text.h"
#include "net/json.h"
#include "xen/vif/device.h"
#include "xen/vif/hooks.h"
#include "xen/vif/hotplug_status.h"

#include <algorithm>
#include <concepts>
#include <cstdio>
#include <ranges>

namespace xen {

namespace {

// libxl ends a call after 40 s; Xen is to be told of a hook that hangs before that.
constexpr std::chrono::seconds time_for_hooks{30};

std::string text_of(const std::optional<Setting>& setting)
{
    return setting ? setting->text : "";
}

class VifScript {
public:
    VifScript(std::string program, VifPlanner planner, const Words& words, const VifOptions& options,
        const VifSurroundings& surroundings)
        : program_(std::move(program))
        , planner_(std::move(planner))
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
        const auto settings = read_settings(*call);
        if (!begin_turn(*call))
            return around_.log.debug(
                "a later call for " + call->device.str() + " has been here: nothing to do");
        if (options_.dry_run)
            print(planner_(*call, settings, kernel()));
        else if (call->going_up())
            go_up(*call, settings);
        else
            go_down(*call, settings);
    }

    net::Kernel& kernel()
    {
        if (!kernel_)
            kernel_ = around_.open_kernel();
        return *kernel_;
    }

    // Before the turn: a store that does not answer keeps nobody waiting but the call that asks it.
    VifSettings read_settings(const Invocation& call)
    {
        auto configured = configuration(call);
        open_store(call);
        if (store_ && call.going_up())
            return VifSettings::of_one_moment(words_, *store_, call.xenbus_path, std::move(configured));
        VifSettings settings(words_, store_.get(), call.xenbus_path, std::move(configured));
        settings.find("vifname");
        return settings;
    }

    void open_store(const Invocation& call)
    {
        if (!options_.with_xenstore)
            return;
        const auto open = [&] { store_ = around_.open_store(); };
        if (call.going_up() || options_.dry_run)
            open();
        else
            note_failure(open);
    }

    // False if the call is overtaken. Who goes down does so even where no turn can be had for want of a file.
    bool begin_turn(const Invocation& call)
    {
        if (around_.turns.empty() || options_.dry_run)
            return true;
        try {
            turn_.emplace(around_.turns, call.device, around_.began, around_.began + Turn::patience);
        } catch (const base::SystemError& error) {
            if (call.going_up())
                throw;
            around_.log.error(std::string(error.what()) + ", ignoring");
            return true;
        }
        if (!call.going_up()) // cut short, too, it counts: the guest is not wanted any more
            take_effect();
        return !turn_->is_overtaken();
    }

    void take_effect()
    {
        try {
            if (turn_ && !turn_->is_overtaken())
                turn_->take_effect();
        } catch (const base::SystemError& error) {
            around_.log.error(std::string(error.what()) + ", ignoring");
        }
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

    static net::Plan all_steps(const VifPlan& plan)
    {
        auto steps = plan.steps;
        steps.insert(steps.end(), plan.last_steps.begin(), plan.last_steps.end());
        return steps;
    }

    void print(const VifPlan& plan) const
    {
        auto text = options_.json ? net::to_json(all_steps(plan)) + "\n" : net::to_string(plan.steps);
        if (!options_.json) {
            for (const auto& effect : plan.effects)
                text += effect->to_string();
            text += net::to_string(plan.last_steps);
        }
        std::fputs(text.c_str(), stdout);
    }

    void log(const VifPlan& plan) const
    {
        for (const auto& remark : plan.remarks)
            around_.log.debug(remark);
        for (const auto& warning : plan.warnings)
            around_.log.error(warning);
    }

    void go_up(const Invocation& call, const VifSettings& settings)
    {
        const auto plan = planner_(call, settings, kernel());
        log(plan);
        const auto hooks = find_hooks(around_.hook_folder);
        for (const auto& effect : plan.effects)
            effect->prepare(*kernel_, around_.log);
        net::carry_out(plan.steps, *kernel_);
        std::vector<Effect*> begun;
        try {
            for (const auto& effect : plan.effects) {
                begun.push_back(effect.get());
                effect->apply(*kernel_, around_.log);
            }
            net::carry_out(plan.last_steps, *kernel_);
            run_hooks(hooks, call, settings, plan);
            tell_success(call, plan);
        } catch (const std::exception& error) { // half a connection is worse than none
            undo(begun, plan, error);
        }
        take_effect();
        around_.log.debug(success_text(plan));
    }

    [[noreturn]] void undo(
        const std::vector<Effect*>& effects, const VifPlan& plan, const std::exception& reason)
    {
        carry_out_anyway(net::undoing(plan.last_steps));
        for (auto* const effect : std::views::reverse(effects))
            note_failure([&] { effect->undo(*kernel_, around_.log); });
        carry_out_anyway(net::undoing(plan.steps));
        if (failures_.empty())
            throw;
        throw net::IncompleteUndo(
            std::string(reason.what()) + "; could not undo: " + base::join(failures_, "; "));
    }

    // Everything is tried; and where something failed, looking included, the guest is cut off all the same.
    void go_down(const Invocation& call, const VifSettings& settings)
    {
        const auto plan = plan_way_down(call, settings);
        log(plan);
        carry_out_anyway(plan.steps);
        for (const auto& effect : plan.effects)
            note_failure([&] { effect->apply(kernel(), around_.log); });
        note_failure([&] { run_hooks(find_hooks(around_.hook_folder), call, settings, plan); });
        if (!settings.fault().empty())
            note_failure(settings.fault());
        if (failures_.empty())
            return around_.log.debug(success_text(plan));
        note_failure([&] { disconnect(call, settings); });
        throw base::Error(base::join(failures_, "; "));
    }

    VifPlan plan_way_down(const Invocation& call, const VifSettings& settings)
    {
        try {
            return planner_(call, settings, kernel());
        } catch (const base::UsageError&) {
            throw;
        } catch (const base::Error& error) {
            note_failure(error.what());
            return {.device = call.device};
        }
    }

    void disconnect(const Invocation& call, const VifSettings& settings)
    {
        if (const auto link = find_device(call, wanted_name(call, settings), kernel()))
            carry_out_anyway(plan_disconnection(*link, kernel()));
    }

    void carry_out_anyway(const net::Plan& steps)
    {
        if (!steps.empty())
            for (const auto& failure : net::carry_out_anyway(steps, kernel()))
                note_failure(failure);
    }

    // What is gone on after.
    void note_failure(const std::string& failure)
    {
        if (std::ranges::find(failures_, failure) == failures_.end())
            failures_.push_back(failure);
    }

    template <std::invocable Action> void note_failure(const Action& action)
    {
        try {
            action();
        } catch (const base::Error& error) {
            note_failure(std::string(error.what()));
        }
    }

    std::string success_text(const VifPlan& plan) const
    {
        const auto bridge = plan.hook_variables.find("bridge");
        return "Successful " + program_ + " " + words_.command() + " for " + plan.device.str()
            + (bridge == plan.hook_variables.end() ? "" : ", bridge " + bridge->second) + ".";
    }

    void run_hooks(const std::vector<std::string>& hooks, const Invocation& call, const VifSettings& settings,
        const VifPlan& plan) const
    {
        if (!hooks.empty())
            xen::run_hooks(hooks, hook_variables(call, settings, plan), around_.began + time_for_hooks);
    }

    std::map<std::string, std::string> hook_variables(
        const Invocation& call, const VifSettings& settings, const VifPlan& plan) const
    {
        auto variables = plan.hook_variables;
        variables["command"] = words_.command();
        variables["dev"] = plan.device.str();
        variables["type_if"] = call.type == InterfaceType::vif ? "vif" : "tap";
        variables.emplace("ip", text_of(settings.find("ip")));
        variables["vifname"] = text_of(settings.find("vifname"));
        variables["script"] = program_;
        if (call.id) {
            variables["domid"] = std::to_string(call.id->domain);
            variables["devid"] = std::to_string(call.id->device);
        }
        variables["XENBUS_PATH"] = call.xenbus_path;
        variables[call.type == InterfaceType::vif ? "vif" : "INTERFACE"] = call.device.str();
        return variables;
    }

    // Of the vif; a tap leaves the vif's nodes alone.
    void tell_success(const Invocation& call, const VifPlan& plan) const
    {
        if (call.type == InterfaceType::vif && store_)
            tell_connected(*store_, around_.log, call, plan.mtu);
    }

    void tell_failure(const std::string& reason) noexcept
    {
        around_.log.error(reason);
        if (options_.with_xenstore && !options_.dry_run && !xenbus_path_.empty())
            tell_error(around_.open_store, store_, around_.log, xenbus_path_, reason);
    }

    std::string program_;
    VifPlanner planner_;
    const Words& words_;
    const VifOptions& options_;
    const VifSurroundings& around_;
    std::string xenbus_path_ = {};
    std::unique_ptr<Xenstore> store_ = {};
    std::unique_ptr<net::Kernel> kernel_ = {};
    std::optional<Turn> turn_ = {};
    std::vector<std::string> failures_ = {}; // of what is gone on after
};

} // namespace

int run_vif_script(const std::string& program, VifPlanner planner, const Words& words,
    const VifOptions& options, const VifSurroundings& surroundings) noexcept
{
    return VifScript(program, std::move(planner), words, options, surroundings).run();
}

} // namespace xen
