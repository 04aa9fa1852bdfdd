// What there is to tell of the tunnels that this host has started, whether their relays run or not.
#pragma once

#include "tunnel/relay/record.h"

#include <string>
#include <string_view>

namespace tunnel {

// In the relay's own words, or a few about one that does not answer. The format is text, json or metrics.
// Throws Error if no such tunnel was started.
std::string report(const Records&, const std::string& name, std::string_view format);

// Of all tunnels, in the text format of Prometheus.
std::string report_metrics(const Records&);

} // namespace tunnel
