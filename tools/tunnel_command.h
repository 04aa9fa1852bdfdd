// The command line of network-tunnel, and its commands.
#pragma once

#include "tunnel/config/config.h"

#include <optional>
#include <string>
#include <vector>

struct CommandLine {
    std::string command = {};
    std::vector<std::string> words = {}; // NAME=VALUE
    std::vector<std::string> program = {}; // behind "--"
    std::optional<std::string> domain_xml = {};
    std::optional<std::string> socket = {};
    bool json = false;
    bool metrics = false;
    bool dry_run = false;
    bool without_relay = false; // start: the service manager starts it
    bool help = false;
    bool version = false;

    static CommandLine parse(int argc, char** argv); // throws UsageError
};

// The exit status; they throw what went wrong.
int run_command(const CommandLine&);
int start_tunnels(const CommandLine&);
int stop_tunnels(const CommandLine&);

// The tunnel that the words name, or nothing if they do not. Throws UsageError if it is no name.
std::optional<std::string> name_in(const std::vector<std::string>& words);
bool only_name(const std::vector<std::string>& words); // nothing but name=

// The tunnels of the command line: one, or those of --domain-xml. A lone name= stands for what the record
// or /etc/xen/tunnels/NAME.conf says.
std::vector<tunnel::Config> described_tunnels(const CommandLine&);
