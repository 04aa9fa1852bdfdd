// What this host knows about a tunnel between two commands: how it was described, and what was made for it.
// It is written before anything is made, so that stop can clear up after whatever was killed.
#pragma once

#include "base/unique_fd.h"
#include "tunnel/config/config.h"
#include "tunnel/relay/privileges.h"

#include <optional>
#include <string>
#include <vector>

namespace tunnel {

struct Record {
    Config config;
    bool bridge_is_ours = false;
};

// The folder of all records, /run/dom0net/tunnel, or what DOM0NET_TUNNEL_RUN names.
class Records {
public:
    Records();
    explicit Records(std::string folder)
        : folder_(std::move(folder))
    { }

    // Nobody else starts or stops tunnels while this is held. Makes the folder.
    base::UniqueFd lock() const;

    std::optional<Record> find(const std::string& name) const; // throws Error if it is damaged
    std::vector<std::string> names() const;
    void save(const Record&, const User& owner) const;
    void remove(const std::string& name) const; // with the folder of its socket

    std::string socket(const std::string& name) const { return folder_ + "/" + name + "/status"; }

private:
    std::string file(const std::string& name) const { return folder_ + "/" + name + ".conf"; }

    std::string folder_;
};

// The words in a file, one a line; lines that begin with '#' are comments. Nothing if there is no such file.
std::optional<std::vector<std::string>> words_in_file(const std::string& path);

} // namespace tunnel
