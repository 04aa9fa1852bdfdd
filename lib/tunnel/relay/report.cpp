#include "tunnel/relay/report.h"

#include "base/error.h"
#include "base/text.h"
#include "tunnel/relay/status_socket.h"
#include "tunnel/wire/socket.h"
#include "tunnel/wire/status.h"

namespace tunnel {

std::string report(const Records& records, const std::string& name, std::string_view format)
{
    if (const auto text = ask(records.socket(name), format))
        return *text;
    const auto record = records.find(name);
    if (!record)
        throw base::Error("name=" + base::quoted(name) + ": no such tunnel was started");
    Status status;
    status.config = record->config;
    status.state = record->config.has_relay() ? "stopped" : "in the kernel";
    status.tap = record->config.tap_name().str();
    status.tap_mtu = mtu_of(status.tap);
    return print(status, format);
}

std::string report_metrics(const Records& records)
{
    std::vector<std::string> texts;
    for (const auto& name : records.names()) {
        try {
            texts.push_back(report(records, name, "metrics"));
        } catch (const base::Error&) { // stopped while we looked
        }
    }
    return join_metrics(texts);
}

} // namespace tunnel
