// /etc/xen/xend-config.sxp, as far as it says which scripts make the network: read as xend read it, so that a
// host that was set up for xend gets the same network without it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xen {

struct XendScript {
    std::string text; // "network-bridge netdev=eth1"
    unsigned line = 0;

    bool operator==(const XendScript&) const = default;
};

struct XendConfig {
    std::optional<XendScript> network_script = {};
    std::optional<XendScript> vif_script = {};
    // What xend did not look at, though somebody wrote it: a second entry of the name, and words that are not
    // quoted together.
    std::vector<std::string> remarks = {};

    bool operator==(const XendConfig&) const = default;
};

// Of several entries of one name the first counts, of an entry its first value. Throws base::Error
// "FILE:LINE: REASON" for what is no S-expression, and for one that is nested deeper than
// `deepest_xend_config`. Takes time in proportion to the text's length.
XendConfig parse_xend_config(std::string_view text, const std::string& file);

inline constexpr std::size_t deepest_xend_config = 64;

} // namespace xen
