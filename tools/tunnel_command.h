// The command line of network-tunnel, and its commands.
#pragma once

#include "tunnel/config.h"

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
    bool help = false;
    bool version = false;

    static CommandLine parse(int argc, char** argv); // throws UsageError
};

int run_command(const CommandLine&); // the exit status; throws what went wrong
