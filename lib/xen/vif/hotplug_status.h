// What Xen is told of a call: hotplug-status, and hotplug-error where it failed.
#pragma once

#include "base/log.h"
#include "xen/call/invocation.h"
#include "xen/call/xenstore.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace xen {

// With the MTU for the front end, if there is one. Throws base::Error.
void tell_connected(Xenstore&, base::Log&, const Invocation&, std::optional<unsigned> mtu);

// Opens the store if that has not been done. What cannot be told is in the log.
void tell_error(const std::function<std::unique_ptr<Xenstore>()>& open_store, std::unique_ptr<Xenstore>&,
    base::Log&, const std::string& xenbus_path, const std::string& reason) noexcept;

} // namespace xen
