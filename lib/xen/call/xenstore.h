// The seam between decisions and Xen's store.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace xen {

// A node to be written, or removed if there is no value. Removing what is not there is no error.
struct StoreChange {
    std::string path;
    std::optional<std::string> value;
    bool may_be_refused = false; // to those who have no right to it, and then it is left out

    bool operator==(const StoreChange&) const = default;
};

// A folder as it was at one moment.
struct StoreFolder {
    std::vector<std::string> names = {}; // all that it holds
    std::map<std::string, std::string> values = {}; // of those that were asked for

    bool has(const std::string& name) const { return std::ranges::find(names, name) != names.end(); }
};

// Paths may be relative, and are then seen from the domain's own folder (/local/domain/0 in dom0).
class Xenstore {
public:
    virtual ~Xenstore() = default;

    // Nothing if there is no such node. Throws base::Error if the store does not answer.
    virtual std::optional<std::string> read(const std::string& path) const = 0;

    // The folder with the values of those of the keys that it has, in one transaction; nothing if there is no
    // such folder. Throws base::Error.
    virtual std::optional<StoreFolder> read_folder(
        const std::string& path, const std::vector<std::string>& keys) const = 0;

    // All of the changes in one transaction, or none. None, and base::Error, if there is no such folder: what
    // the toolstack has taken away is not made anew. Throws base::Error. Returns what was refused and may be.
    virtual std::vector<std::string> commit(const std::string& folder, const std::vector<StoreChange>&) = 0;
};

} // namespace xen
