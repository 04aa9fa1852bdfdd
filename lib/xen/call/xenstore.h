// The seam between decisions and Xen's store.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace xen {

// A node to be written, or removed if there is no value. Removing what is not there is no error.
struct StoreChange {
    std::string path;
    std::optional<std::string> value;

    bool operator==(const StoreChange&) const = default;
};

// Paths may be relative, and are then seen from the domain's own folder (/local/domain/0 in dom0).
class Xenstore {
public:
    virtual ~Xenstore() = default;

    // Nothing if there is no such node. Throws base::Error if the store does not answer.
    virtual std::optional<std::string> read(const std::string& path) const = 0;

    // All of the changes in one transaction, or none. Throws base::Error.
    virtual void commit(const std::vector<StoreChange>&) = 0;
};

} // namespace xen
